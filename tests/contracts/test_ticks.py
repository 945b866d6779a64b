"""The contract of the scheduler's ticks: of all workers one gets the hour, and an hour that was lost comes back."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.memory.jobs import MemoryJobQueue
from adapters.memory.ticks import MemoryTicks
from adapters.postgres.ticks import PostgresTicks
from application.shared import FireDueJobs, Scheduled, Ticks
from domain.accounts import period_start
from tests.builders import NOON, TickingClock
from tests.contracts.conftest import Store

HOUR = timedelta(hours=1)
LONG_AGO = NOON - timedelta(days=400)


@pytest.fixture
def ticks(store: Store) -> Ticks:
    return store.worker_reader(memory=MemoryTicks, postgres=PostgresTicks)


@pytest.fixture
def job() -> str:
    """A job that no other test schedules."""
    return f"test.{uuid4()}"


class TestTicks:
    async def test_a_tick_is_claimed_once(self, ticks: Ticks, job: str) -> None:
        assert await ticks.claim(job=job, tick=NOON, at=NOON, lost_before=LONG_AGO)
        assert not await ticks.claim(job=job, tick=NOON, at=NOON + HOUR, lost_before=LONG_AGO)

    async def test_another_tick_and_another_job_are_others(self, ticks: Ticks, job: str) -> None:
        assert await ticks.claim(job=job, tick=NOON, at=NOON, lost_before=LONG_AGO)
        assert await ticks.claim(job=job, tick=NOON + HOUR, at=NOON + HOUR, lost_before=LONG_AGO)
        assert await ticks.claim(job=f"{job}.other", tick=NOON, at=NOON, lost_before=LONG_AGO)

    async def test_of_twenty_at_once_one_gets_it(self, ticks: Ticks, job: str) -> None:
        asked = (ticks.claim(job=job, tick=NOON, at=NOON, lost_before=LONG_AGO) for _ in range(20))
        assert sorted(await asyncio.gather(*asked)) == [False] * 19 + [True]

    async def test_a_lost_one_is_claimed_again_and_by_one_of_twenty(self, ticks: Ticks, job: str) -> None:
        assert await ticks.claim(job=job, tick=NOON, at=NOON, lost_before=LONG_AGO)
        later = NOON + HOUR
        asked = (ticks.claim(job=job, tick=NOON, at=later, lost_before=NOON + HOUR / 2) for _ in range(20))
        assert sum(await asyncio.gather(*asked)) == 1
        assert not await ticks.claim(job=job, tick=NOON, at=later, lost_before=NOON + HOUR / 2)

    async def test_a_finished_one_is_never_lost(self, ticks: Ticks, job: str) -> None:
        assert await ticks.claim(job=job, tick=NOON, at=NOON, lost_before=LONG_AGO)
        await ticks.finish(job=job, tick=NOON, at=NOON + HOUR)
        await ticks.finish(job=job, tick=NOON, at=NOON + HOUR)
        assert not await ticks.claim(job=job, tick=NOON, at=NOON + 9 * HOUR, lost_before=NOON + 8 * HOUR)

    async def test_one_that_was_finished_before_anybody_claimed_it_is_not_claimed(self, ticks: Ticks, job: str) -> None:
        await ticks.finish(job=job, tick=NOON, at=NOON)
        assert not await ticks.claim(job=job, tick=NOON, at=NOON + HOUR, lost_before=NOON + HOUR / 2)


class TestFireDueJobs:
    @pytest.fixture
    def jobs(self) -> MemoryJobQueue:
        return MemoryJobQueue()

    @pytest.fixture
    def clock(self) -> TickingClock:
        return TickingClock()

    @pytest.fixture
    def fire(self, ticks: Ticks, job: str, jobs: MemoryJobQueue, clock: TickingClock) -> FireDueJobs:
        monthly = Scheduled(job=job, latest=period_start)
        return FireDueJobs(schedule=(monthly,), ticks=ticks, jobs=jobs, clock=clock, patience=HOUR)

    async def test_a_month_is_fired_once_however_often_and_by_however_many_it_is_looked_at(
        self, fire: FireDueJobs, ticks: Ticks, job: str, jobs: MemoryJobQueue, clock: TickingClock
    ) -> None:
        fired = await asyncio.gather(*(fire() for _ in range(10)))
        assert sorted(fired) == [()] * 9 + [(job,)]
        await ticks.finish(job=job, tick=period_start(clock()), at=clock())
        for _ in range(12):
            clock.advance(days=1)
            assert await fire() == ()
        assert jobs.asked == [(job, {})]

    async def test_after_three_months_of_downtime_it_is_fired_once(
        self, fire: FireDueJobs, ticks: Ticks, job: str, jobs: MemoryJobQueue, clock: TickingClock
    ) -> None:
        await fire()
        await ticks.finish(job=job, tick=period_start(clock()), at=clock())
        clock.advance(days=92)
        assert await fire() == (job,)
        assert await fire() == ()
        assert len(jobs.asked) == 2

    async def test_a_job_that_the_broker_lost_is_asked_for_again(
        self, fire: FireDueJobs, ticks: Ticks, job: str, jobs: MemoryJobQueue, clock: TickingClock
    ) -> None:
        await fire()
        clock.advance(minutes=59)
        assert await fire() == ()
        clock.advance(minutes=2)
        assert await fire() == (job,)
        await ticks.finish(job=job, tick=period_start(clock()), at=clock())
        clock.advance(hours=5)
        assert await fire() == ()
