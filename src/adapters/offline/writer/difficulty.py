"""How hard an item is: the grammar it asks for, the length of its sentence, how rare its words are."""

from __future__ import annotations

from functools import lru_cache

from adapters.offline.writer.items import Item
from domain.practice import Difficulty, focuses_of

_LEVELS = {Difficulty.BEGINNER: 0.0, Difficulty.INTERMEDIATE: 1.0, Difficulty.ADVANCED: 2.0}
_FOCUS_LEVELS = {focus.key: _LEVELS[focus.level] for focus in focuses_of("it")}
_USUAL_LENGTH = 15
_USUAL_FREQUENCY = 5.0


def hardness(item: Item) -> float:
    """About 0 for a beginner's item, 2 for an advanced one."""
    grammar = _FOCUS_LEVELS.get(item.focus or "", 0.8)
    words = [word.lower for word in item.sentence.words if word.text.isalpha()]
    length = (len(words) - _USUAL_LENGTH) / _USUAL_LENGTH
    rarity = _USUAL_FREQUENCY - sum(map(_frequency, words)) / len(words)
    return grammar + 0.5 * length + 0.4 * rarity


def distance(item: Item, difficulty: Difficulty) -> float:
    return abs(hardness(item) - _LEVELS[difficulty])


def suits(focus: str | None, difficulty: Difficulty) -> bool:
    """Whether the grammar is at most one level away; a question on what the text says suits everybody."""
    return abs(_FOCUS_LEVELS.get(focus or "", _LEVELS[difficulty]) - _LEVELS[difficulty]) <= 1


@lru_cache(maxsize=50_000)
def _frequency(word: str) -> float:
    from wordfreq import zipf_frequency

    return float(zipf_frequency(word, "it"))
