"""What "near" means between two vectors: one representation of unit length, three scales to read it on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import hypot, isfinite, sqrt

from domain.shared import ChunkId, InvalidInput


class Metric(StrEnum):
    """How similarity is expressed. Vectors have unit length, so that all three follow from the cosine, exactly.

    COSINE and INNER_PRODUCT run from -1 to 1, the larger the nearer; L2 is a distance from 0 to 2, the smaller the
    nearer.
    """

    COSINE = "COSINE"
    L2 = "L2"
    INNER_PRODUCT = "INNER_PRODUCT"

    def of_cosine(self, cosine: float) -> float:
        """The value on this metric's scale. A cosine a rounding beyond ±1 is taken as ±1."""
        bounded = max(-1.0, min(1.0, cosine))
        return sqrt(2.0 - 2.0 * bounded) if self is Metric.L2 else bounded

    def admits(self, cosine: float, threshold: float | None) -> bool:
        """Whether a vector is at least as near as `threshold`, which is on this metric's scale."""
        if threshold is None:
            return True
        value = self.of_cosine(cosine)
        return value <= threshold if self is Metric.L2 else value >= threshold

    def check(self, threshold: float | None) -> None:
        """Errors: InvalidInput when no two vectors can be so near or so far (NaN included)."""
        lowest, highest = (0.0, 2.0) if self is Metric.L2 else (-1.0, 1.0)
        if threshold is not None and not lowest <= threshold <= highest:
            raise InvalidInput(
                f"With {self} a threshold is between {lowest:g} and {highest:g}.", field="threshold", limit=highest
            )


def unit_vector(numbers: Sequence[float], *, dimensions: int) -> list[float]:
    """The same direction with length 1: what every store keeps and is asked with.

    Errors: InvalidInput for another number of dimensions, for what is not a finite number, and for a vector of zeros,
    which has no direction.
    """
    if len(numbers) != dimensions:
        raise InvalidInput(
            f"A vector has {dimensions:,} numbers.", field="vector", limit=dimensions, actual=len(numbers)
        )
    length = hypot(*numbers)
    if not isfinite(length) or length == 0.0:
        raise InvalidInput("A vector is made of finite numbers, and one of them is not 0.", field="vector")
    return [float(number) / length for number in numbers]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A chunk that is near. `similarity` is the cosine; `score` is the same on the scale of the metric asked for."""

    chunk_id: ChunkId
    similarity: float
    score: float


def neighbours(
    cosines: Mapping[ChunkId, float], *, limit: int, metric: Metric = Metric.COSINE, threshold: float | None = None
) -> list[Neighbour]:
    """The nearest that the threshold admits, nearest first; equally near ones in the order of ids."""
    admitted = [(chunk, cosine) for chunk, cosine in cosines.items() if metric.admits(cosine, threshold)]
    ordered = sorted(admitted, key=lambda pair: (-pair[1], pair[0].int))
    return [
        Neighbour(chunk_id=chunk, similarity=cosine, score=metric.of_cosine(cosine))
        for chunk, cosine in ordered[:limit]
    ]
