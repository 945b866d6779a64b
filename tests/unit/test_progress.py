"""The time that is still to wait: honest within a fifth, whoever else is waiting and however slow the provider is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.library import (
    EmbeddingOutlook,
    EmbeddingPace,
    Source,
    SourceStatus,
    chunks_ahead,
    eta_seconds,
    limited_pace,
)
from domain.shared import user_id_of
from tests.builders import NOON
from tests.builders_library import a_source
from tests.queue_simulation import Simulation

OWNER = user_id_of("ada")
SECOND = timedelta(seconds=1)


def a_waiting_source(missing: int = 40) -> Source:
    return replace(a_source(OWNER, status=SourceStatus.READY), chunk_count=missing, embedded_chunk_count=0)


def outlook(ahead: int, **pace: object) -> EmbeddingOutlook:
    given = {"texts_per_request": 16, "seconds_per_request": 2.0, **pace}
    return EmbeddingOutlook(ahead=ahead, pace=EmbeddingPace(**given))  # type: ignore[arg-type]


class TestEta:
    def test_nothing_is_to_wait_for_when_every_chunk_has_its_vector(self) -> None:
        done = replace(a_waiting_source(5), embedded_chunk_count=5)
        assert eta_seconds(done, outlook(100)) is None

    def test_nothing_is_to_wait_for_after_a_failure(self) -> None:
        assert eta_seconds(a_source(OWNER).failed("Rovinato.", at=NOON), outlook(9)) is None

    def test_without_a_limit_requests_follow_one_another(self) -> None:
        assert eta_seconds(a_waiting_source(), outlook(160)) == 20

    def test_a_source_that_is_being_read_takes_a_request_more(self) -> None:
        assert eta_seconds(a_source(OWNER), outlook(0)) == 4

    def test_slots_are_used_as_they_become_free_and_again_after_their_time(self) -> None:
        limited = {"slots": (0.0, 40.0), "slot_seconds": 63.0}
        assert [eta_seconds(a_waiting_source(), outlook(16 * requests, **limited)) for requests in (1, 2, 3, 4)] == [
            2,
            42,
            65,
            105,
        ]

    def test_while_the_provider_blocks_nothing_goes(self) -> None:
        assert eta_seconds(a_waiting_source(), outlook(16, slots=(0.0,), slot_seconds=63.0, blocked=30.0)) == 32

    def test_what_is_under_way_has_its_slot(self) -> None:
        assert eta_seconds(a_waiting_source(), outlook(32, slots=(10.0,), slot_seconds=63.0, in_flight=1)) == 12


class TestAhead:
    def test_others_count_only_as_far_as_they_go_first(self) -> None:
        assert chunks_ahead(turns=3, before=[5_000, 1], after=[5_000, 2]) == 3 + (3 + 1) + (2 + 2)


def pace(**given: object) -> EmbeddingPace:
    usual = {
        "at": NOON,
        "limit": 2,
        "texts_per_request": 16,
        "seconds_per_request": 1.0,
        "keeps": 61.0,
        "answered": [],
        "under_way": [],
        "unembedded": 9,
        "blocked_until": None,
        **given,
    }
    return limited_pace(**usual)  # type: ignore[arg-type]


class TestLimitedPace:
    def test_a_slot_that_carries_nothing_is_free(self) -> None:
        assert pace(answered=[NOON + 20 * SECOND]).slots == (0.0, 20.0)

    def test_a_request_under_way_keeps_its_slot_until_its_answer_and_a_minute(self) -> None:
        under_way = pace(under_way=[(NOON, NOON + 151 * SECOND, True), (NOON, NOON + 151 * SECOND, False)])
        assert (under_way.slots, under_way.in_flight) == ((62.0, 62.0), 1)

    def test_one_that_has_stored_its_vectors_brings_no_more(self) -> None:
        stored = pace(under_way=[(NOON, NOON + 151 * SECOND, True)], unembedded=0)
        assert (stored.slots, stored.in_flight) == ((0.0, 62.0), 0)

    def test_one_whose_holder_died_keeps_it_until_its_lease_is_over(self) -> None:
        dead = pace(under_way=[(NOON - 70 * SECOND, NOON + 81 * SECOND, True)])
        assert (dead.slots, dead.in_flight) == ((0.0, 81.0), 0)

    def test_a_lowered_limit_is_reached_from_above(self) -> None:
        lowered = pace(answered=[NOON + seconds * SECOND for seconds in (10, 20, 30)])
        assert lowered.slots == (20.0, 30.0)

    def test_a_block_that_is_over_blocks_no_more(self) -> None:
        assert pace(blocked_until=NOON - SECOND).blocked == 0.0
        assert pace(blocked_until=NOON + SECOND).blocked == 1.0


SIZES = st.integers(1, 30) | st.integers(1, 900)


@st.composite
def situations(draw: st.DrawFn) -> Simulation:
    users = draw(st.lists(st.lists(SIZES, min_size=1, max_size=4), min_size=1, max_size=25))
    return Simulation(
        waiting={
            f"user {user}": {f"source {user}.{number}": size for number, size in enumerate(sizes)}
            for user, sizes in enumerate(users)
        },
        batch_size=draw(st.sampled_from([1, 4, 16, 64])),
        latency=draw(st.floats(0.05, 8.0)),
        limit=draw(st.sampled_from([None, 1, 2, 3, 7, 30, 60, 500])),
    )


@settings(max_examples=300)
@given(simulation=situations(), later=st.integers(0, 40))
def test_the_time_told_after_the_first_batch_is_within_a_fifth_of_what_it_takes(
    simulation: Simulation, later: int
) -> None:
    simulation.request()
    for _ in range(later):
        if not simulation.is_done:
            simulation.request()
    asked_at = simulation.now
    told = {
        source: eta_seconds(a_waiting_source(), simulation.outlook(user, source))
        for user, sources in simulation.waiting.items()
        for source in sources
    }
    while not simulation.is_done:
        simulation.request()
    for source, eta in told.items():
        takes = simulation.done_at[source] - asked_at
        assert eta is not None
        assert abs(eta - takes) <= 0.2 * takes + 1.0, (source, eta, takes)  # a second: whole numbers are told
