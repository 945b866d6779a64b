"""Chunks for exercises without a topic: from every source, from all over each."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.library import spread
from domain.shared import SourceId

libraries = st.dictionaries(st.integers(1, 40).map(lambda n: SourceId(UUID(int=n))), st.integers(0, 30), max_size=8)


@given(libraries, st.integers(0, 60))
def test_as_many_as_wanted_where_there_are_so_many_and_none_twice(counts: dict[SourceId, int], limit: int) -> None:
    places = spread(counts, limit)
    assert len(places) == len(set(places)) == min(limit, sum(counts.values()))
    assert all(0 <= position < counts[source] for source, position in places)


@given(libraries, st.integers(1, 60))
def test_no_source_gets_two_more_than_another_that_has_some_left(counts: dict[SourceId, int], limit: int) -> None:
    taken = dict.fromkeys(counts, 0)
    for source, _ in spread(counts, limit):
        taken[source] += 1
    unfinished = [taken[source] for source in counts if taken[source] < counts[source]]
    assert max(taken.values(), default=0) <= min(unfinished, default=limit) + 1


def test_the_sources_take_turns() -> None:
    first, second = SourceId(UUID(int=1)), SourceId(UUID(int=2))
    assert spread({first: 9, second: 1}, 4) == [(first, 1), (second, 0), (first, 4), (first, 7)]
