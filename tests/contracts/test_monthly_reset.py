"""A year of resets: schedulers that look at one clock, workers that are down or die half-way, users who come and spend.

On memory and on PostgreSQL, with the real scheduler, the real job and a clock that the test moves.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from adapters.memory.credit_resets import MemoryCreditResets
from adapters.memory.jobs import MemoryJobQueue
from adapters.memory.ticks import MemoryTicks
from adapters.postgres.credit_resets import PostgresCreditResets
from adapters.postgres.ticks import PostgresTicks
from application.accounts import RESET, CreditReader, CreditResets, ResetBatch, ResetCredits
from application.shared import FireDueJobs, Scheduled, Ticks
from domain.accounts import CreditOperation, period_start
from domain.shared import UserId
from tests.accounts_over_time import ALLOWANCE, lines, opened, somebody_waits, spend
from tests.builders import TickingClock
from tests.contracts.conftest import Store

NEW_YEAR = datetime(2041, 1, 1, 9, tzinfo=UTC)


class Killed(Exception):
    """What the test does to a worker."""


@dataclass
class Mortal(CreditResets):
    """The store's own reset, for a worker that dies before its batch number `dies_before` (counted from 0)."""

    resets: CreditResets
    dies_before: int | None = None
    batches: int = 0
    began_after: list[UserId | None] = field(default_factory=list)

    async def reset_batch(
        self,
        *,
        period_start: datetime,
        allowance: int,
        at: datetime,
        limit: int,
        after: UserId | None = None,
        patient: bool = False,
    ) -> ResetBatch:
        if self.batches == self.dies_before:
            raise Killed
        self.batches += 1
        self.began_after.append(after)
        return await self.resets.reset_batch(
            period_start=period_start, allowance=allowance, at=at, limit=limit, after=after, patient=patient
        )


@dataclass
class World:
    """One database, one broker, one clock, and any number of workers."""

    store: Store
    ledger: CreditReader
    resets: CreditResets
    ticks: Ticks
    clock: TickingClock = field(default_factory=lambda: TickingClock(NEW_YEAR))
    jobs: MemoryJobQueue = field(default_factory=MemoryJobQueue)
    fired: list[datetime] = field(default_factory=list)

    def job(self, *, dies_before: int | None = None) -> ResetCredits:
        return ResetCredits(
            resets=Mortal(self.resets, dies_before),
            ticks=self.ticks,
            clock=self.clock,
            allowance=ALLOWANCE,
            batch_size=2,
        )

    async def look_at_the_clock(self, *, schedulers: int = 2) -> None:
        """All schedulers at once, each a process with nothing in common but the database."""
        monthly = (Scheduled(job=RESET, latest=period_start),)
        fires = [
            FireDueJobs(
                schedule=monthly, ticks=self.ticks, jobs=self.jobs, clock=self.clock, patience=timedelta(hours=1)
            )
            for _ in range(schedulers)
        ]
        for fired in await asyncio.gather(*(fire() for fire in fires)):
            self.fired += [self.clock() for _ in fired]

    async def work(self) -> None:
        """Every job that was asked for; each is delivered twice at once, as a broker may do."""
        while self.jobs.asked:
            assert self.jobs.asked.pop(0) == (RESET, {})
            await asyncio.gather(self.job()(), self.job()())

    async def resets_of(self, owner: UserId) -> Counter[str]:
        """How many lines of a reset there are in each month; and the ledger is checked against the balance."""
        written = await lines(self.ledger, owner)
        assert -sum(line.cost for line in written) == (await self.ledger.account(owner=owner)).credits
        granted = [line for line in written if line.operation is CreditOperation.RESET]
        assert all(line.balance_after == ALLOWANCE for line in granted)
        return Counter(f"{line.created_at:%m}" for line in granted)


@pytest.fixture
async def world(store: Store, ledger: CreditReader) -> World:
    """Nobody is due and no tick was claimed, whatever other tests left behind."""
    if store.worker is not None:
        async with store.worker.begin(None) as connection:
            await connection.execute(text("update users set credits_reset_at = '9000-01-01'"))
            await connection.execute(text("delete from scheduler_ticks"))
            await connection.commit()
    return World(
        store,
        ledger,
        store.worker_reader(memory=MemoryCreditResets, postgres=PostgresCreditResets),
        store.worker_reader(memory=MemoryTicks, postgres=PostgresTicks),
    )


def months(*numbers: int) -> Counter[str]:
    return Counter(f"{number:02}" for number in numbers)


async def test_in_a_year_every_month_is_reset_once_though_all_workers_were_down_over_a_months_end(world: World) -> None:
    old = [await opened(world.store, at=NEW_YEAR - timedelta(days=10), credits=1) for _ in range(3)]
    down = (datetime(2041, 5, 25, tzinfo=UTC), datetime(2041, 6, 4, tzinfo=UTC))
    comes = datetime(2041, 8, 17, 15, tzinfo=UTC)
    newcomer: UserId | None = None
    while world.clock() < datetime(2042, 1, 1, tzinfo=UTC):
        if newcomer is None and world.clock() >= comes:
            newcomer = await opened(world.store, at=world.clock(), credits=4_000)
        if not down[0] <= world.clock() < down[1]:
            await world.look_at_the_clock()
            await world.work()
        if world.clock().day == 20 and world.clock().hour == NEW_YEAR.hour:
            for owner in old:
                await spend(world.store, owner, 900, at=world.clock())
        world.clock.advance(hours=12)

    for owner in old:
        assert await world.resets_of(owner) == months(*range(1, 13))
    assert newcomer is not None
    assert await world.resets_of(newcomer) == months(9, 10, 11, 12)
    assert [moment.month for moment in world.fired] == list(range(1, 13))
    (june,) = [moment for moment in world.fired if moment.month == 6]
    assert down[1] <= june < down[1] + timedelta(hours=12)


async def test_months_that_were_missed_altogether_are_not_made_up_for(world: World) -> None:
    owner = await opened(world.store, at=NEW_YEAR, credits=1)
    await world.look_at_the_clock()
    await world.work()
    world.clock.now = datetime(2041, 4, 9, tzinfo=UTC)
    await world.look_at_the_clock(schedulers=5)
    await world.look_at_the_clock(schedulers=5)
    await world.work()
    assert await world.resets_of(owner) == months(4)
    assert [moment.month for moment in world.fired] == [1, 4]


@pytest.mark.parametrize("dies_before", [0, 1, 2, 3])
async def test_a_worker_that_dies_between_batches_is_resumed_where_it_was(world: World, dies_before: int) -> None:
    owners = [await opened(world.store, at=NEW_YEAR, credits=1) for _ in range(5)]
    world.clock.now = datetime(2041, 2, 1, tzinfo=UTC)
    await world.look_at_the_clock()
    world.jobs.asked.clear()
    with pytest.raises(Killed):
        await world.job(dies_before=dies_before)()
    done = sum([(await world.resets_of(owner)).total() for owner in owners])
    assert done == min(2 * dies_before, 5)

    world.clock.advance(minutes=2)  # a retry by the broker
    assert await world.job()() == 5 - done
    for owner in owners:
        assert await world.resets_of(owner) == months(2)


async def test_each_batch_goes_on_where_the_one_before_ended(world: World) -> None:
    owners = sorted([await opened(world.store, at=NEW_YEAR, credits=1) for _ in range(5)])
    world.clock.now = datetime(2041, 2, 1, tzinfo=UTC)
    watched = Mortal(world.resets)
    assert await replace(world.job(), resets=watched)() == 5
    assert watched.began_after == [None, owners[1], owners[3], None]  # the last looks for those who were passed over


async def test_a_job_whose_every_attempt_died_is_asked_for_again_by_the_scheduler(world: World) -> None:
    owners = [await opened(world.store, at=NEW_YEAR, credits=1) for _ in range(5)]
    world.clock.now = datetime(2041, 2, 1, tzinfo=UTC)
    await world.look_at_the_clock()
    world.jobs.asked.clear()
    for attempt in range(4):
        with pytest.raises(Killed):
            await world.job(dies_before=0 if attempt else 1)()
    await world.look_at_the_clock()
    assert world.jobs.asked == []
    world.clock.advance(minutes=61)
    await world.look_at_the_clock()
    await world.work()
    for owner in owners:
        assert await world.resets_of(owner) == months(2)
    world.clock.advance(days=3)
    await world.look_at_the_clock()
    assert world.jobs.asked == []


@pytest.mark.parametrize("store", ["postgres"], indirect=True)  # in memory transactions take turns: nobody is busy
async def test_a_user_who_is_busy_at_midnight_is_reset_last_and_before_the_tick_is_finished(world: World) -> None:
    owners = [await opened(world.store, at=NEW_YEAR, credits=1) for _ in range(5)]
    world.clock.now = datetime(2041, 2, 1, tzinfo=UTC)
    busy = owners[2]
    async with world.store.uow(busy) as uow:
        await uow.credits.lock(owner=busy)
        running = asyncio.create_task(world.job()())
        await somebody_waits(world.store)
        assert [(await world.resets_of(owner)).total() for owner in owners] == [1, 1, 0, 1, 1]
        assert await world.ticks.claim(job=RESET, tick=world.clock(), at=world.clock(), lost_before=NEW_YEAR)
    assert await running == 5
    assert await world.resets_of(busy) == months(2)
    far_later = world.clock.advance(days=20)
    assert not await world.ticks.claim(job=RESET, tick=period_start(far_later), at=far_later, lost_before=far_later)
