"""The contract of the monthly reset: each user once a month, with a line, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from adapters.memory.credit_resets import MemoryCreditResets
from adapters.postgres.credit_resets import PostgresCreditResets
from application.accounts import CreditReader, CreditResets, ResetBatch
from domain.accounts import Account, CreditEntry, CreditOperation, opening, period_start
from domain.shared import CreditEntryId, UserId
from tests.accounts_over_time import ALLOWANCE, lines, opened, somebody_waits, spend
from tests.builders import a_hold, a_user
from tests.contracts.conftest import Store

FEBRUARY = datetime(2031, 2, 10, 8, 30, tzinfo=UTC)
MARCH = datetime(2031, 3, 1, tzinfo=UTC)
NOW = MARCH + timedelta(seconds=3)
APRIL = datetime(2031, 4, 1, tzinfo=UTC)


@pytest.fixture
async def resets(store: Store) -> CreditResets:
    """The reset of a store in which nobody is due yet."""
    if store.worker is not None:
        async with store.worker.begin(None) as connection:
            await connection.execute(text("update users set credits_reset_at = '9000-01-01'"))
            await connection.commit()
    return store.worker_reader(memory=MemoryCreditResets, postgres=PostgresCreditResets)


async def reset(
    resets: CreditResets,
    *,
    limit: int = 1_000,
    at: datetime = NOW,
    after: UserId | None = None,
    patient: bool = False,
) -> ResetBatch:
    return await resets.reset_batch(
        period_start=period_start(at), allowance=ALLOWANCE, at=at, limit=limit, after=after, patient=patient
    )


async def only_reset(ledger: CreditReader, owner: UserId) -> CreditEntry:
    (line,) = [line for line in await lines(ledger, owner) if line.operation is CreditOperation.RESET]
    return line


async def test_the_allowance_takes_the_place_of_what_is_left_with_a_line(
    store: Store, resets: CreditResets, ledger: CreditReader
) -> None:
    poor, rich, untouched = [await opened(store, at=FEBRUARY, credits=credits) for credits in (3, 70_000, ALLOWANCE)]
    assert (await reset(resets)).users == 3
    for owner, cost in ((poor, 3 - ALLOWANCE), (rich, 70_000 - ALLOWANCE), (untouched, 0)):
        account = await ledger.account(owner=owner)
        assert (account.credits, account.reset_at) == (ALLOWANCE, NOW)
        line = await only_reset(ledger, owner)
        assert (line.cost, line.balance_after, line.created_at) == (cost, ALLOWANCE, NOW)
        assert -sum(line.cost for line in await lines(ledger, owner)) == account.credits


async def test_a_second_time_in_the_same_month_nothing_happens(
    store: Store, resets: CreditResets, ledger: CreditReader
) -> None:
    owner = await opened(store, at=FEBRUARY)
    assert (await reset(resets)).users == 1
    await spend(store, owner, 5, at=NOW)
    assert await reset(resets, at=APRIL - timedelta(seconds=1)) == ResetBatch(users=0, last=None)
    assert (await ledger.account(owner=owner)).credits == ALLOWANCE - 5
    assert (await reset(resets, at=APRIL)).users == 1


async def test_whoever_came_in_this_month_keeps_their_grant(
    store: Store, resets: CreditResets, ledger: CreditReader
) -> None:
    new, newest = await opened(store, at=MARCH, credits=7), await opened(store, at=NOW, credits=8)
    assert (await reset(resets)).users == 0
    assert (await ledger.account(owner=new)).credits == 7
    assert (await ledger.account(owner=newest)).credits == 8


async def test_an_erased_user_gets_nothing(store: Store, resets: CreditResets, ledger: CreditReader) -> None:
    owner = await opened(store, at=FEBRUARY, credits=0)
    async with store.uow(owner) as uow:
        await uow.users.save(replace(await uow.users.lock(owner=owner), erased_at=FEBRUARY))
        await uow.commit()
    assert (await reset(resets)).users == 0
    assert (await ledger.account(owner=owner)).credits == 0
    assert await ledger.count(owner=owner) == 1


async def test_what_is_held_stays_held_even_when_it_is_more_than_the_allowance(
    store: Store, resets: CreditResets, ledger: CreditReader
) -> None:
    owner = await opened(store, at=FEBRUARY, credits=70_000)
    hold = a_hold(owner, amount=50_000)
    async with store.uow(owner) as uow:
        await uow.credits.save((await uow.credits.lock(owner=owner)).hold(hold), hold=hold)
        await uow.commit()
    assert (await reset(resets)).users == 1
    account = await ledger.account(owner=owner)
    assert (account.credits, account.held, account.available) == (ALLOWANCE, 50_000, 0)
    async with store.uow(owner) as uow:  # the work ends: its cost is taken as far as the new balance goes
        settled, hold, entry = (await uow.credits.lock(owner=owner)).settle(hold, cost=50_000, tokens_used=None, at=NOW)
        await uow.credits.save(settled, hold=hold, entry=entry)
        await uow.commit()
    account = await ledger.account(owner=owner)
    assert (account.credits, account.held, entry.cost) == (0, 0, ALLOWANCE)


async def test_batches_walk_in_the_order_of_ids(store: Store, resets: CreditResets, ledger: CreditReader) -> None:
    owners = sorted([await opened(store, at=FEBRUARY, credits=1) for _ in range(5)])
    assert await reset(resets, limit=2) == ResetBatch(users=2, last=owners[1])
    assert await reset(resets, limit=2, after=owners[2]) == ResetBatch(users=2, last=owners[4])
    assert (await ledger.account(owner=owners[2])).credits == 1
    assert await reset(resets, limit=2) == ResetBatch(users=1, last=owners[2])


async def test_of_resets_at_once_each_user_gets_one(store: Store, resets: CreditResets, ledger: CreditReader) -> None:
    owners = [await opened(store, at=FEBRUARY, credits=1) for _ in range(30)]

    async def walk() -> int:
        users, after = 0, None
        while (batch := await reset(resets, limit=4, after=after)).users:
            users, after = users + batch.users, batch.last
        return users

    assert sum(await asyncio.gather(*(walk() for _ in range(4)))) == 30
    for owner in owners:
        assert (await only_reset(ledger, owner)).cost == 1 - ALLOWANCE


async def test_spends_at_the_same_moment_are_counted_once_before_or_after(
    store: Store, resets: CreditResets, ledger: CreditReader
) -> None:
    owners = [await opened(store, at=FEBRUARY, credits=50) for _ in range(4)]
    spends = [spend(store, owner, 1, at=NOW) for _ in range(5) for owner in owners]
    await asyncio.gather(*spends[:10], reset(resets), *spends[10:])
    await reset(resets, patient=True)
    for owner in owners:
        written, balance = await lines(ledger, owner), (await ledger.account(owner=owner)).credits
        assert -sum(line.cost for line in written) == balance
        # In one order or another, each line has the balance that the line before left.
        after_reset = ALLOWANCE - balance
        assert (await only_reset(ledger, owner)).cost == 50 - (5 - after_reset) - ALLOWANCE
        assert len(written) == 1 + 5 + 1


@pytest.mark.parametrize("store", ["postgres"], indirect=True)  # in memory transactions take turns: nobody is busy
async def test_a_busy_user_is_passed_over_and_waited_for_only_by_the_patient(
    store: Store, resets: CreditResets, ledger: CreditReader
) -> None:
    busy, idle = await opened(store, at=FEBRUARY, credits=50), await opened(store, at=FEBRUARY, credits=50)
    async with store.uow(busy) as uow:
        account = await uow.credits.lock(owner=busy)
        assert await reset(resets) == ResetBatch(users=1, last=idle)
        waiting = asyncio.create_task(reset(resets, limit=1, patient=True))
        await somebody_waits(store)
        hold = a_hold(busy, amount=20)
        held = account.hold(hold)
        settled, hold, entry = held.settle(hold, cost=20, tokens_used=None, at=NOW)
        await uow.credits.save(settled, hold=hold, entry=entry)
        await uow.commit()
    assert await waiting == ResetBatch(users=1, last=busy)
    assert (await only_reset(ledger, busy)).cost == 30 - ALLOWANCE


MOMENTS = st.integers(0, 120 * 24 * 60).map(
    lambda minutes: datetime(2031, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
BALANCES = st.one_of(st.integers(0, 20), st.integers(0, 10**12))


@settings(max_examples=25)
@given(
    accounts=st.lists(st.tuples(BALANCES, BALANCES, MOMENTS), min_size=1, max_size=6),
    allowance=BALANCES,
    start=st.sampled_from([MARCH, APRIL]),
    late=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=28)),
)
async def test_the_store_does_what_the_domain_says(
    store: Store,
    resets: CreditResets,
    ledger: CreditReader,
    accounts: list[tuple[int, int, datetime]],
    allowance: int,
    start: datetime,
    late: timedelta,
) -> None:
    at = start + late
    before: list[Account] = []
    for credits, held, reset_at in accounts:
        user = a_user(created_at=reset_at)
        account, grant = opening(user.id, allowance=credits, at=reset_at)
        before.append(replace(account, held=held))
        async with store.uow(user.id) as uow:
            assert await uow.users.open(user, before[-1], grant)
            await uow.commit()

    await resets.reset_batch(period_start=start, allowance=allowance, at=at, limit=1_000)

    for account in before:
        stored = await ledger.account(owner=account.owner)
        line = next((line for line in await lines(ledger, account.owner) if line.key.startswith("reset:")), None)
        entry_id = CreditEntryId(account.owner) if line is None else line.id
        ruled = account.reset(allowance=allowance, period_start=start, entry_id=entry_id, at=at)
        assert (stored, line) == (ruled or (account, None))
