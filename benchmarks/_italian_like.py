"""Text that an Italian analyser treats as Italian: invented words with Italian endings, as unevenly used as real ones.

Words of a text are drawn by Zipf's law: half of those that carry a topic from all words, half from the few hundred that
the topic of a passage has for itself; between them stand the small words that no search looks at. A passage of 120
words has about 60 different stems, as one of a textbook has.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

WORDS_OF_A_PASSAGE = 120
WORDS_OF_A_QUESTION = 6

_STEMS = 40_000
_TOPIC_WORDS = 400
_ZIPF = 1.05
_TOPICAL = 0.5
_SMALL_SHARE = 0.42

_ONSETS = ("b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "br", "cr", "fr", "gr", "pr", "st", "tr")
_VOWELS = ("a", "e", "i", "o", "u")
_ENDINGS = (
    ("o", "i"),
    ("a", "e"),
    ("e", "i"),
    ("ico", "ica", "ici", "iche"),
    ("azione", "azioni"),
    ("amento", "amenti"),
    ("ità",),
    ("are", "ano", "ato", "ava"),
)
_SMALL = (
    "il",
    "la",
    "di",
    "che",
    "e",
    "un",
    "una",
    "in",
    "per",
    "con",
    "non",
    "del",
    "della",
    "nel",
    "sono",
    "è",
    "più",
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A text, and its words that carry a topic."""

    text: str
    content_words: tuple[str, ...]


class ItalianLike:
    """The same text from the same seed and number."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._words = _vocabulary(seed)

    def passages(self, source: int, count: int) -> list[Passage]:
        """Those of a source: each is about one of its three topics."""
        chance = np.random.default_rng([self._seed, source, 2])
        topics = [chance.choice(_STEMS, _TOPIC_WORDS, replace=False) for _ in range(3)]
        return [self._passage(chance, topics[chance.integers(0, 3)]) for _ in range(count)]

    def question(self, passage: Passage, *, number: int) -> str:
        """Some words of the passage; a common one is as likely as it is frequent there."""
        chance = np.random.default_rng([self._seed, number, 3])
        words = chance.choice(passage.content_words, WORDS_OF_A_QUESTION, replace=False)
        return f"Che cosa è {' '.join(words)}?"

    def title(self, source: int) -> str:
        """Three words."""
        chance = np.random.default_rng([self._seed, source, 4])
        return " ".join(self._words[stem][0] for stem in chance.integers(0, _STEMS, 3)).capitalize()

    def _passage(self, chance: np.random.Generator, topic: NDArray[np.int64]) -> Passage:
        small = chance.random(WORDS_OF_A_PASSAGE) < _SMALL_SHARE
        topical = chance.random(WORDS_OF_A_PASSAGE) < _TOPICAL
        stems = np.where(
            topical, topic[_zipf(chance, _TOPIC_WORDS)[:WORDS_OF_A_PASSAGE]], _zipf(chance, _STEMS)[:WORDS_OF_A_PASSAGE]
        )
        inflections = chance.integers(0, 1_000, WORDS_OF_A_PASSAGE)
        words, content = [], []
        for at in range(WORDS_OF_A_PASSAGE):
            forms = self._words[stems[at]]
            word = _SMALL[inflections[at] % len(_SMALL)] if small[at] else forms[inflections[at] % len(forms)]
            if not small[at]:
                content.append(word)
            words.append(word if at % 15 else word.capitalize())
            if at % 15 == 14:
                words[-1] += "."
        return Passage(" ".join(words), tuple(dict.fromkeys(content)))


def _zipf(chance: np.random.Generator, words: int) -> NDArray[np.int64]:
    """Ranks from 0, one for each word of a passage."""
    return np.searchsorted(_cumulative(words), chance.random(WORDS_OF_A_PASSAGE))


@lru_cache
def _cumulative(words: int) -> NDArray[np.float64]:
    frequency = np.arange(1, words + 1, dtype=np.float64) ** -_ZIPF
    return np.asarray(np.cumsum(frequency) / frequency.sum())


@lru_cache
def _vocabulary(seed: int) -> tuple[tuple[str, ...], ...]:
    """The forms of each stem; what is used more often is shorter."""
    chance = np.random.default_rng([seed, 5])
    stems: dict[str, None] = {}
    while len(stems) < _STEMS:
        syllables = 1 + (len(stems) > 200) + (len(stems) > 8_000) + int(chance.integers(0, 2))
        drawn = chance.integers(0, 1_000, 2 * syllables)
        parts = [_ONSETS[one % 20] + _VOWELS[other % 5] for one, other in drawn.reshape(-1, 2)]
        stems["".join(parts) + _ONSETS[int(chance.integers(0, 13))]] = None
    endings = chance.integers(0, len(_ENDINGS), _STEMS)
    return tuple(
        tuple(stem + ending for ending in _ENDINGS[chosen]) for stem, chosen in zip(stems, endings, strict=True)
    )
