"""Sign planes: a turn that changes no length or angle, and bits that are the same everywhere."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pytest
from numpy.typing import NDArray

from adapters.postgres.sign_planes import DIMENSIONS, SECOND, SignPlanes, _turned, sign_planes
from tests.builders_vectors import found_by_planes, some_vectors

Floats = NDArray[np.float32]


def bits(text: str) -> Floats:
    """+1 and -1."""
    return np.frombuffer(text.encode(), dtype=np.uint8).astype(np.float32) * 2 - (2 * ord("0") + 1)


def sparse(count: int, *, axes: int) -> Floats:
    """Vectors that are not zero along a few axes only, always among the first hundred."""
    chance = np.random.default_rng(3)
    vectors = np.zeros((count, DIMENSIONS), dtype=np.float32)
    for row in vectors:
        row[chance.choice(100, axes, replace=False)] = chance.standard_normal(axes)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def test_turning_keeps_lengths_and_angles() -> None:
    vectors = some_vectors(50, seed=1)
    turned = _turned(vectors)
    assert turned @ turned.T == pytest.approx(vectors @ vectors.T, abs=1e-5)


def test_turning_is_one_orthogonal_matrix() -> None:
    matrix = _turned(np.eye(DIMENSIONS, dtype=np.float32))
    assert matrix @ matrix.T == pytest.approx(np.eye(DIMENSIONS), abs=1e-5)
    vectors = some_vectors(3, seed=2)
    assert _turned(vectors) == pytest.approx(vectors @ matrix, abs=1e-5)


def test_an_axis_is_spread_over_all_numbers() -> None:
    for row in _turned(np.eye(DIMENSIONS, dtype=np.float32)[[0, 1, 511, 1023]]):
        assert np.abs(row).max() < 0.2
        assert abs(float(np.sign(row).sum())) < 150


def test_the_bits_are_the_same_everywhere() -> None:
    """Whatever makes this fail makes stored planes useless: they would have to be made anew."""
    numbers = [[((7 * at + row) % 1_000 - 500) / 15_000 for at in range(DIMENSIONS)] for row in range(5)]
    made = sign_planes(numbers)
    digest = sha256("".join(one.first + one.second for one in made).encode()).hexdigest()
    assert digest == "5618d25f6d70cea95e2d8d57ed0b09c8694d28e7fe7790f08ab06a6d59cde5d8"


def test_a_vector_among_others_has_the_planes_that_it_has_alone() -> None:
    vectors = some_vectors(20, seed=4)
    assert [sign_planes([vector])[0] for vector in vectors.tolist()] == sign_planes(vectors.tolist())


def test_of_nothing_there_is_nothing() -> None:
    assert sign_planes([]) == []


def test_zero_has_planes_too() -> None:
    assert sign_planes([[0.0] * DIMENSIONS]) == [SignPlanes("1" * DIMENSIONS, "1" * DIMENSIONS, 0.0)]


@pytest.mark.parametrize("vectors", [some_vectors(200, seed=5), sparse(200, axes=8), sparse(200, axes=60)])
def test_the_second_plane_counts_as_with_normal_numbers(vectors: Floats) -> None:
    ratios = [one.ratio for one in sign_planes(vectors.tolist())]
    assert np.mean(ratios) == pytest.approx(SECOND, abs=0.02)


@pytest.mark.parametrize("vectors", [some_vectors(20, seed=6), sparse(20, axes=60)])
def test_both_planes_together_are_nearly_the_vector(vectors: Floats) -> None:
    for vector, one in zip(_turned(vectors), sign_planes(vectors.tolist()), strict=True):
        guess = bits(one.first) + SECOND * bits(one.second)
        cosine = float(guess @ vector / np.linalg.norm(guess) / np.linalg.norm(vector))
        assert cosine > 0.92  # of the first plane alone .80


@pytest.mark.parametrize("axes", [2, 8, 60])
def test_sparse_vectors_are_found_as_well_as_any(axes: int) -> None:
    """Signs of unturned ones say next to nothing."""
    vectors = sparse(3_000, axes=axes)
    for question in vectors[:5]:
        nearest = set(np.argsort(-(vectors @ question), kind="stable")[:10])
        reached = vectors[list(nearest)] @ question > 0.05  # of two axes few have anything in common
        found = found_by_planes(vectors, question, candidates=400)
        assert {at for at, counts in zip(nearest, reached, strict=True) if counts} <= found
