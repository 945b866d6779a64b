"""Vectors without a model: hashed lemmas, their pairs and letter groups, weighted by how rare a word is.

It finds shared and inflected words, near spellings and words that stand together, not paraphrase. It is deterministic,
needs no network and no weights, and gives what a real embedder gives: 1,024 numbers of unit length.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from adapters.lexical import STOP_WORDS
from application.library.ports import Embedder
from domain.library import Weights

DIMENSIONS = 1024
MODEL = "offline-hash-2"
"""Changes when the numbers do: vectors of two versions are never compared."""

FUSION_WEIGHTS = Weights(lexical=0.8, semantic=0.2)
"""On 2,000 Italian questions anything from .05 to .3 for meaning is better than words alone: see docs/retrieval.md."""

REQUESTS_PER_MINUTE = 1_200
"""Nobody holds it back: so many batches of 16 one worker embeds and stores in a minute, measured on 2 cores."""

_LANGUAGES = ("it", "en")
_STOP_WORDS = frozenset().union(*(STOP_WORDS[language] for language in _LANGUAGES))
_COMMON, _RARE = 6.6, 0.6
"""On the Zipf scale (log10 of uses in a billion words): from here on a word weighs nothing, and from here up all."""
_LEAST_WEIGHT = 0.05
_GROUP_LENGTHS = (3, 4, 5)
_GROUP_WEIGHT = 0.3
_PAIR_WEIGHT = 0.5
"""Of the mean of both words. Neighbours are what the lexical leg knows nothing of."""
_OPENING, _OPENING_WEIGHT = 16, 2.0
"""So many telling words at the beginning, of the title as of the text, count for so much more."""
_DAMPING = 0.4
"""A feature counts by this power of its summed weights, so that one that is repeated does not drown the others."""
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
    words = [word for word in map(_read, _words(text)) if word is not None]
    if not words:
        return _vector_of(_NOTHING, np.ones(1))
    pairs = [
        (_number(f"pair {one.lemma} {other.lemma}"), _PAIR_WEIGHT * (one.weight + other.weight) / 2)
        for one, other in pairwise(words)
    ]
    features = [word.features for word in words] + [np.array([number for number, _ in pairs], np.uint64)]
    weights = [_OPENING_WEIGHT * word.weights for word in words[:_OPENING]]
    weights += [word.weights for word in words[_OPENING:]] + [np.array([weight for _, weight in pairs])]
    return _vector_of(np.concatenate(features), np.concatenate(weights))


def _vector_of(features: NDArray[np.uint64], weights: NDArray[np.float64]) -> list[float]:
    distinct, which = np.unique(features, return_inverse=True)
    counts = np.bincount(which, weights) ** _DAMPING
    # The top bit is the sign: two features that fall on one place cancel as often as they add up.
    signed = np.where(distinct >> np.uint64(63), counts, -counts)
    vector = np.bincount((distinct % np.uint64(DIMENSIONS)).astype(np.int64), signed, minlength=DIMENSIONS)
    length = float(np.sqrt(vector @ vector))
    if length == 0.0:  # every feature cancelled: as good as none
        return _vector_of(_NOTHING, np.ones(1))
    numbers: list[float] = (vector / length).tolist()
    return numbers


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).lower())


class _Word(NamedTuple):
    """A word that says something: how much, from 0 to 1, and its lemma and letter groups as numbers with weights."""

    lemma: str
    weight: float
    features: NDArray[np.uint64]
    weights: NDArray[np.float64]


@lru_cache(maxsize=65_536)
def _read(word: str) -> _Word | None:
    import simplemma
    import wordfreq

    zipf = max(wordfreq.zipf_frequency(word, language, wordlist="small") for language in _LANGUAGES)
    weight = min(1.0, max(0.0, (_COMMON - zipf) / (_COMMON - _RARE)))
    if weight <= _LEAST_WEIGHT or word in _STOP_WORDS:
        return None
    lemma = _fold(str(simplemma.lemmatize(word, lang=_LANGUAGES)).lower())
    features, weights = [_number("lemma " + lemma)], [weight]
    for length in _GROUP_LENGTHS:
        groups = _groups(f"<{lemma}>", length)
        features += [_number("group " + group) for group in groups]
        weights += [_GROUP_WEIGHT * weight / sqrt(len(groups))] * len(groups)
    return _Word(lemma, weight, np.array(features, np.uint64), np.array(weights))


def _groups(word: str, length: int) -> list[str]:
    return [word[start : start + length] for start in range(max(1, len(word) - length + 1))]


def _fold(word: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))


def _number(feature: str) -> int:
    return int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "big")


_NOTHING = np.array([_number("no telling word")], np.uint64)
