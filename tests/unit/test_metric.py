"""What "near" means: one representation of vectors, three scales."""

from __future__ import annotations

from math import hypot, inf, nan, sqrt
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.library import Metric, Neighbour, neighbours, unit_vector
from domain.shared import ChunkId, InvalidInput

ONE, TWO, THREE = (ChunkId(UUID(int=number)) for number in (1, 2, 3))
_numbers = st.floats(min_value=-1e6, max_value=1e6).filter(lambda number: abs(number) > 1e-6)


@given(st.lists(_numbers, min_size=3, max_size=3))
def test_a_unit_vector_has_length_one_and_the_same_direction(numbers: list[float]) -> None:
    unit = unit_vector(numbers, dimensions=3)
    assert hypot(*unit) == pytest.approx(1.0)
    length = hypot(*numbers)
    assert [one * length for one in unit] == pytest.approx(numbers)


@pytest.mark.parametrize("numbers", [[], [1.0, 2.0], [0.0, 0.0, 0.0], [1.0, nan, 0.0], [inf, 0.0, 0.0]])
def test_what_has_no_direction_is_no_vector(numbers: list[float]) -> None:
    with pytest.raises(InvalidInput) as refused:
        unit_vector(numbers, dimensions=3)
    assert refused.value.data["field"] == "vector"


@pytest.mark.parametrize(("metric", "score"), [(Metric.COSINE, 0.5), (Metric.INNER_PRODUCT, 0.5), (Metric.L2, 1.0)])
def test_neighbours_are_scored_on_the_scale_that_was_asked_for(metric: Metric, score: float) -> None:
    assert neighbours({ONE: 0.5}, limit=1, metric=metric) == [Neighbour(chunk_id=ONE, similarity=0.5, score=score)]


def test_the_nearest_come_first_and_equals_by_id_within_limit_and_threshold() -> None:
    cosines = {THREE: 0.9, TWO: 0.9, ONE: 0.1}
    assert [one.chunk_id for one in neighbours(cosines, limit=5)] == [TWO, THREE, ONE]
    assert [one.chunk_id for one in neighbours(cosines, limit=1)] == [TWO]
    assert neighbours(cosines, limit=0) == []
    near = neighbours(cosines, limit=5, metric=Metric.L2, threshold=sqrt(2 - 2 * 0.5))
    assert [one.chunk_id for one in near] == [TWO, THREE]
