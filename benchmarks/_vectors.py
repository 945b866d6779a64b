"""Vectors as an embedding model gives them, without a model: correlated, in clusters, and the same from the same seed.

The numbers of a vector, seen along the right axes, get smaller and smaller (as i ** -0.45), and a random rotation hides
those axes. All vectors share a mean; each user has 30 clusters and each source is about 3 of them. Cosines of any two
of a user's vectors are then .10, .28 and .45 (quantiles 5, 50 and 95%), .77 for one pair in a thousand: as measured of
real embeddings of one library. What differs from real ones: users share no clusters, so a question for another user's
library ("off topic") is farther from everything than any real question would be.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 1024
CLUSTERS = 30
CLUSTERS_OF_A_SOURCE = 3

_DECAY = 0.45
_MEAN, _CLUSTER, _OWN = 0.28, 0.42, 0.30
"""What each part contributes to the square of a vector's length."""

_LIKENESS = 0.75
"""The cosine of a question and the chunk that it was made for, about: near, but not the same."""

Floats = NDArray[np.float32]


class SyntheticVectors:
    """Vectors of unit length, by user (a number) and source of the user (a number)."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        axes = np.arange(1, DIMENSIONS + 1, dtype=np.float32) ** -np.float32(_DECAY)
        self._spectrum = axes / np.linalg.norm(axes)
        chance = np.random.default_rng([seed])
        self._rotation = np.linalg.qr(chance.standard_normal((DIMENSIONS, DIMENSIONS), dtype=np.float32))[0]
        mean = self._spread(chance, 1)
        self._mean = mean / np.linalg.norm(mean)

    def of_source(self, user: int, source: int, count: int) -> Floats:
        """`count` rows of 1,024."""
        chance = np.random.default_rng([self._seed, user, source])
        about = chance.choice(CLUSTERS, CLUSTERS_OF_A_SOURCE, replace=False)
        centres = self._spread(np.random.default_rng([self._seed, user]), CLUSTERS)
        chosen = centres[about[chance.integers(0, CLUSTERS_OF_A_SOURCE, count)]]
        own = self._spread(chance, count)
        mixed = _MEAN**0.5 * self._mean + _CLUSTER**0.5 * chosen + _OWN**0.5 * own
        return _unit(mixed @ self._rotation)

    def questions(self, near: Floats, *, number: int) -> Floats:
        """One for each of these vectors, with noise of its own. Another `number` makes other questions."""
        chance = np.random.default_rng([self._seed, number, 1])
        noise = _unit(self._spread(chance, len(near)) @ self._rotation)
        return _unit(_LIKENESS * near + (1 - _LIKENESS**2) ** 0.5 * noise)

    def _spread(self, chance: np.random.Generator, count: int) -> Floats:
        return chance.standard_normal((count, DIMENSIONS), dtype=np.float32) * self._spectrum


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def nearest(vectors: NDArray[np.float16], questions: Floats, *, count: int) -> list[frozenset[int]]:
    """The rows with the largest inner products with each question, compared one by one as PostgreSQL would.

    That is: from half-precision numbers on both sides, added up in single precision.
    """
    asked = questions.astype(np.float16).astype(np.float32)
    products = np.concatenate(
        [vectors[start : start + 10_000].astype(np.float32) @ asked.T for start in range(0, len(vectors), 10_000)]
    )
    best = np.argpartition(-products, min(count, len(vectors)) - 1, axis=0)[:count]
    return [frozenset(int(row) for row in best[:, question]) for question in range(len(questions))]
