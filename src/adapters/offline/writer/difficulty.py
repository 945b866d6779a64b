"""How hard an item is: the grammar it asks for, the length and build of its sentence, how rare its words are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import log

from adapters.offline.writer.items import Item
from domain.practice import Difficulty, focuses_of, words

_LEVELS = {Difficulty.BEGINNER: 0.0, Difficulty.INTERMEDIATE: 1.0, Difficulty.ADVANCED: 2.0}
_FOCUS_LEVELS = {focus.key: _LEVELS[focus.level] for focus in focuses_of("it")}
_CONTENT_LEVEL = 0.8
_SUBORDINATING = frozenset(
    words("che cui quando mentre dove se perché poiché quale quali benché affinché come siccome qualora sebbene")
)
_USUAL = {"words": 16, "letters": 5.2, "frequency": 4.9, "subordinate": 0.5}
"""Of the sentences that exercises are made from."""
_MEANINGFUL = 4
"""Letters: shorter words are mostly those of grammar, and equally frequent in easy and in hard texts."""
_USUAL_KEY = 4.0


def hardness(item: Item) -> float:
    """About 0 for a beginner's item, 2 for an advanced one."""
    spoken = [word.lower for word in item.sentence.words if word.text.isalpha()]
    return _asked(item) + sentence_hardness(spoken)


def sentence_hardness(spoken: Sequence[str]) -> float:
    """How much harder than usual a sentence is, by its words in lower case; most are between -1 and 1.

    The weights were chosen by rank correlation with the CEFR levels of learners' texts and the grades of school tests.
    """
    if not spoken:
        return 0.0
    length = log((1 + len(spoken)) / (1 + _USUAL["words"]))
    letters = sum(map(len, spoken)) / len(spoken) - _USUAL["letters"]
    subordinate = sum(word in _SUBORDINATING for word in spoken) - _USUAL["subordinate"]
    meaningful = [word for word in spoken if len(word) >= _MEANINGFUL] or list(spoken)
    rarity = _USUAL["frequency"] - sum(map(frequency, meaningful)) / len(meaningful)
    return 0.5 * length + 0.5 * letters + 0.2 * subordinate + 0.25 * rarity


def _asked(item: Item) -> float:
    """Grammar has its level; of content, a rare key is harder than a frequent one."""
    if item.focus is not None:
        return _FOCUS_LEVELS.get(item.focus, _CONTENT_LEVEL)
    if item.gap is None or not item.key.islower():
        return _CONTENT_LEVEL
    return _CONTENT_LEVEL + 0.2 * (_USUAL_KEY - frequency(item.key))


def distance(item: Item, difficulty: Difficulty) -> float:
    return abs(hardness(item) - _LEVELS[difficulty])


def suits(focus: str | None, difficulty: Difficulty) -> bool:
    """Whether the grammar is at most one level away; a question on what the text says suits everybody."""
    return levels_apart(focus, difficulty) <= 1


def levels_apart(focus: str | None, difficulty: Difficulty) -> float:
    """How many levels the grammar is from the difficulty; content is at home on every level."""
    return abs(_FOCUS_LEVELS.get(focus or "", _LEVELS[difficulty]) - _LEVELS[difficulty])


@lru_cache(maxsize=50_000)
def frequency(word: str) -> float:
    """Zipf frequency: 3 for once in a million words, 6 for once in a thousand; 0 for an unknown word."""
    from wordfreq import zipf_frequency

    return float(zipf_frequency(word, "it"))
