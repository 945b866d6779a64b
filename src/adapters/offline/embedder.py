"""Vectors without a model: hashed lemmas and letter groups, weighted by how rare a word is in the language.

It finds shared and inflected words and near spellings, not paraphrase. It is deterministic, needs no network and no
weights, and gives what a real embedder gives: 1,024 numbers of unit length.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from math import sqrt

from application.library.ports import Embedder
from domain.library import Weights

DIMENSIONS = 1024
MODEL = "offline-hash-1"
"""Changes when the numbers do: vectors of two versions are never compared."""

FUSION_WEIGHTS = Weights(lexical=0.9, semantic=0.1)
"""Chosen with `benchmarks.retrieval --sweep` on 2,000 Italian questions. The gain over words alone is small, nDCG@10
.840 against .838, and from a weight of .3 on it is a loss."""

REQUESTS_PER_MINUTE = 1_200
"""Nobody holds it back: so many batches of 16 one worker embeds and stores in a minute, measured on 2 cores."""

_LANGUAGES = ("it", "en")
_COMMON, _RARE = 6.6, 0.6
"""On the Zipf scale (log10 of uses in a billion words): from here on a word weighs nothing, and from here up all."""
_LEAST_WEIGHT = 0.05
_GROUP_LENGTH = 4
_GROUP_WEIGHT = 0.5
_DAMPING = 0.4
"""A feature counts by this power of its summed weights. Chosen on 2,000 Italian questions, where with all else equal
nDCG@10 is .71 with it, .70 with a square root, .62 with log(1 + x), .52 with none."""
_TEXTS_PER_TURN = 64

_APOSTROPHES = str.maketrans("’‘ʼ´`", "'''''")
_WORD = re.compile(r"[^\W\d_]+|\d+")


class OfflineEmbedder(Embedder):
    """Deterministic vectors; never raises. A text without any telling word gets a fixed vector of its own."""

    @property
    def model(self) -> str:
        return MODEL

    @property
    def dimensions(self) -> int:
        return DIMENSIONS

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        # In a thread and in turns: the event loop goes on answering, also while the word lists load.
        vectors: list[list[float]] = []
        for start in range(0, len(texts), _TEXTS_PER_TURN):
            vectors += await asyncio.to_thread(_vectors, texts[start : start + _TEXTS_PER_TURN])
        return vectors


def _vectors(texts: Sequence[str]) -> list[list[float]]:
    return [_vector(text) for text in texts]


def _vector(text: str) -> list[float]:
    counts: dict[int, float] = {}
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).lower()):
        for feature, weight in _features(word):
            counts[feature] = counts.get(feature, 0.0) + weight
    if not counts:
        counts[_number("no telling word")] = 1.0
    vector = [0.0] * DIMENSIONS
    for feature, count in sorted(counts.items()):  # in one order, so that the rounding is the same every time
        # The top bit is the sign: two features that fall on one place cancel as often as they add up.
        vector[feature % DIMENSIONS] += count**_DAMPING if feature >> 63 else -(count**_DAMPING)
    length = sqrt(sum(number * number for number in vector))
    if length == 0.0:  # every feature cancelled: as good as none
        return _vector("")
    return [number / length for number in vector]


@lru_cache(maxsize=65_536)
def _features(word: str) -> tuple[tuple[int, float], ...]:
    """The lemma and its groups of four letters, each as a number with a weight; none for a word that says nothing."""
    import simplemma
    import wordfreq

    zipf = max(wordfreq.zipf_frequency(word, language, wordlist="small") for language in _LANGUAGES)
    weight = min(1.0, max(0.0, (_COMMON - zipf) / (_COMMON - _RARE)))
    if weight <= _LEAST_WEIGHT:
        return ()
    lemma = _fold(str(simplemma.lemmatize(word, lang=_LANGUAGES)).lower())
    groups = list(_groups(f"<{lemma}>"))
    share = _GROUP_WEIGHT * weight / sqrt(len(groups))
    return ((_number("lemma " + lemma), weight), *((_number("group " + group), share) for group in groups))


def _groups(word: str) -> Iterator[str]:
    for start in range(max(1, len(word) - _GROUP_LENGTH + 1)):
        yield word[start : start + _GROUP_LENGTH]


def _fold(word: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))


def _number(feature: str) -> int:
    return int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "big")
