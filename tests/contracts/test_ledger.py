"""Lines of the ledger beside those of holds: charges, refunds and corrections, each once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from adapters.memory.alerts import MemoryAlerts
from adapters.system import new_uuid7
from application.accounts import AdjustCredits, ChargeCredits, CreditReader, RefundCharge, settle
from application.shared import Window
from domain.accounts import (
    AccountErased,
    CreditEntry,
    CreditOperation,
    DuplicateEntry,
    InsufficientCredits,
    NothingToRefund,
    TakesTooMuch,
    UnsuitableReason,
    reset_key,
)
from domain.shared import CreditEntryId, NoSuch, NotYours, UserId
from tests.builders import NOON, TickingClock, a_holder, a_user, signed_up
from tests.contracts.conftest import Store

SEARCH, SAVE = CreditOperation.WEB_SEARCH, CreditOperation.SAVE
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


def charging(store: Store) -> ChargeCredits:
    return ChargeCredits(uow=store.uow, clock=TickingClock(), new_id=new_uuid7)


def refunding(store: Store) -> RefundCharge:
    return RefundCharge(uow=store.uow, clock=TickingClock(), new_id=new_uuid7)


def adjusting(store: Store) -> AdjustCredits:
    return AdjustCredits(uow=store.uow, clock=TickingClock(), new_id=new_uuid7)


async def balance(ledger: CreditReader, owner: UserId) -> int:
    return (await ledger.account(owner=owner)).credits


class TestACharge:
    async def test_takes_the_price_and_writes_a_line(self, store: Store, ledger: CreditReader) -> None:
        user = await signed_up(store.uow, credits=10)
        line = await charging(store)(owner=user.id, operation=SEARCH, key="search 1")
        assert (line.operation, line.cost, line.balance_after) == (SEARCH, 1, 9)
        assert await ledger.get(owner=user.id, id=line.id) == line
        assert await balance(ledger, user.id) == 9

    async def test_of_what_is_free_is_written_down_with_nothing_left(self, store: Store, ledger: CreditReader) -> None:
        user = await signed_up(store.uow, credits=0)
        line = await charging(store)(owner=user.id, operation=SAVE, key="save 1")
        assert (line.cost, line.balance_after) == (0, 0)
        assert await ledger.count(owner=user.id) == 2

    async def test_of_exactly_the_balance_leaves_nothing_and_one_more_is_refused(self, store: Store) -> None:
        user = await signed_up(store.uow, credits=1)
        charge = charging(store)
        assert (await charge(owner=user.id, operation=SEARCH, key="1")).balance_after == 0
        with pytest.raises(InsufficientCredits) as refused:
            await charge(owner=user.id, operation=SEARCH, key="2")
        assert refused.value.data == {"balance": 0, "required": 1}

    async def test_tried_again_with_its_key_pays_once_even_with_nothing_left(
        self, store: Store, ledger: CreditReader
    ) -> None:
        user = await signed_up(store.uow, credits=1)
        charge = charging(store)
        lines = await asyncio.gather(*(charge(owner=user.id, operation=SEARCH, key="job") for _ in range(10)))
        assert len({line.id for line in lines}) == 1
        assert await balance(ledger, user.id) == 0

    async def test_has_a_key_of_its_owner(self, store: Store) -> None:
        one, other = await signed_up(store.uow), await signed_up(store.uow)
        charge = charging(store)
        first = await charge(owner=one.id, operation=SEARCH, key="job")
        assert (await charge(owner=other.id, operation=SEARCH, key="job")).id != first.id

    async def test_of_one_fifty_times_at_once_on_a_balance_of_ten_succeeds_ten_times(
        self, store: Store, ledger: CreditReader
    ) -> None:
        user = await signed_up(store.uow, credits=10)
        charge = charging(store)
        outcomes = await asyncio.gather(
            *(charge(owner=user.id, operation=SEARCH, key=str(job)) for job in range(50)), return_exceptions=True
        )
        assert sum(isinstance(outcome, CreditEntry) for outcome in outcomes) == 10
        assert sum(isinstance(outcome, InsufficientCredits) for outcome in outcomes) == 40
        assert sorted(one.balance_after for one in outcomes if isinstance(one, CreditEntry)) == list(range(10))
        assert (await balance(ledger, user.id), await ledger.count(owner=user.id)) == (0, 11)

    async def test_of_nobody_is_refused(self, store: Store) -> None:
        with pytest.raises(NoSuch):
            await charging(store)(owner=a_user().id, operation=SEARCH, key="1")


class TestARefund:
    async def test_gives_a_charge_back_once(self, store: Store, ledger: CreditReader) -> None:
        user = await signed_up(store.uow, credits=10)
        line = await charging(store)(owner=user.id, operation=SEARCH, key="1")
        refund = refunding(store)
        refunds = await asyncio.gather(*(refund(owner=user.id, entry_id=line.id, reason="Failed.") for _ in range(5)))
        assert {(one.cost, one.balance_after, one.reason) for one in refunds} == {(-1, 10, "Failed.")}
        assert (await balance(ledger, user.id), await ledger.count(owner=user.id)) == (10, 3)

    async def test_of_anothers_line_or_of_none_is_refused(self, store: Store) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        theirs = await charging(store)(owner=other.id, operation=SEARCH, key="1")
        with pytest.raises(NotYours):
            await refunding(store)(owner=user.id, entry_id=theirs.id, reason="Mine!")
        with pytest.raises(NoSuch):
            await refunding(store)(owner=user.id, entry_id=uuid4(), reason="Mine!")

    async def test_of_a_grant_is_refused(self, store: Store, ledger: CreditReader) -> None:
        user = await signed_up(store.uow)
        (grant,) = (await ledger.page(owner=user.id, window=Window())).items
        with pytest.raises(NothingToRefund):
            await refunding(store)(owner=user.id, entry_id=grant.id, reason="Again!")


class TestAnAdjustment:
    async def test_gives_and_takes_with_its_reason_in_the_ledger(self, store: Store, ledger: CreditReader) -> None:
        user = await signed_up(store.uow, credits=10)
        adjust = adjusting(store)
        given = await adjust(owner=user.id, amount=5, reason="Grazie per la segnalazione.")
        taken = await adjust(owner=user.id, amount=-15, reason="Sent twice.")
        assert (given.balance_after, taken.balance_after) == (15, 0)
        assert await ledger.get(owner=user.id, id=given.id) == given
        assert (await ledger.get(owner=user.id, id=taken.id)).reason == "Sent twice."

    async def test_is_refused_below_nothing_and_without_a_reason(self, store: Store, ledger: CreditReader) -> None:
        user = await signed_up(store.uow, credits=10)
        with pytest.raises(TakesTooMuch, match="11 credits cannot be taken: 10 are available"):
            await adjusting(store)(owner=user.id, amount=-11, reason="Too much.")
        with pytest.raises(UnsuitableReason):
            await adjusting(store)(owner=user.id, amount=1, reason=" ")
        assert await ledger.count(owner=user.id) == 1

    async def test_with_a_key_is_made_once(self, store: Store, ledger: CreditReader) -> None:
        user = await signed_up(store.uow, credits=10)
        adjust = adjusting(store)
        made = [await adjust(owner=user.id, amount=5, reason="Once.", key="ticket 7") for _ in range(3)]
        assert (len({line.id for line in made}), await balance(ledger, user.id)) == (1, 15)

    async def test_of_nobody_or_of_an_erased_account_is_refused(self, store: Store) -> None:
        with pytest.raises(NoSuch):
            await adjusting(store)(owner=a_user().id, amount=1, reason="Hello?")
        user = await signed_up(store.uow)
        async with store.uow(user.id) as uow:
            await uow.users.save(a_user(subject=user.subject, erased_at=NOON))
            await uow.commit()
        with pytest.raises(AccountErased):
            await adjusting(store)(owner=user.id, amount=1, reason="Come back!")


class TestAReset:
    async def test_is_kept_with_the_moment_of_it_and_once_a_period(self, store: Store, ledger: CreditReader) -> None:
        user = await signed_up(store.uow, credits=10)

        async def reset() -> None:
            async with store.uow(user.id) as uow:
                account = await uow.credits.lock(owner=user.id)
                done = account.reset(allowance=100, period_start=APRIL, entry_id=CreditEntryId(new_uuid7()), at=APRIL)
                if done is not None:
                    await uow.credits.save(done[0], entry=done[1])
                    await uow.commit()

        await asyncio.gather(*(reset() for _ in range(5)))
        account = await ledger.account(owner=user.id)
        assert (account.credits, account.reset_at) == (100, APRIL)
        assert await ledger.count(owner=user.id) == 2

    async def test_of_a_period_whose_line_is_there_is_refused_by_the_ledger(
        self, store: Store, ledger: CreditReader
    ) -> None:
        user = await signed_up(store.uow, credits=10)
        async with store.uow(user.id) as uow:
            before = await uow.credits.lock(owner=user.id)
        for allowed in (True, False):
            done = before.reset(allowance=100, period_start=APRIL, entry_id=CreditEntryId(new_uuid7()), at=APRIL)
            assert done[1].key == reset_key(user.id, APRIL)
            async with store.uow(user.id) as uow:
                if allowed:
                    await uow.credits.save(done[0], entry=done[1])
                    await uow.commit()
                else:
                    with pytest.raises(DuplicateEntry):
                        await uow.credits.save(done[0], entry=done[1])
        assert await ledger.count(owner=user.id) == 2


class TestWorkThatCostMoreThanThereIs:
    async def settled(self, store: Store, alerts: MemoryAlerts, *, credits: int, cost: int) -> tuple[Any, CreditEntry]:
        user = await signed_up(store.uow, credits=credits)
        hold = a_holder(store.uow, alerts=alerts)
        async with (
            hold(owner=user.id, operation=CreditOperation.CHAT, estimate=2) as held,
            store.uow(user.id) as uow,
        ):
            entry = await settle(
                uow, owner=user.id, hold=held, cost=cost, tokens_used=cost * 1000, estimated=True, at=NOON
            )
            await uow.commit()
        return user, entry

    async def test_takes_what_there_is_writes_down_the_rest_and_alerts(
        self, store: Store, ledger: CreditReader
    ) -> None:
        alerts = MemoryAlerts()
        user, entry = await self.settled(store, alerts, credits=5, cost=9)
        assert (entry.cost, entry.shortfall, entry.balance_after) == (5, 4, 0)
        assert alerts.shortfalls == [entry]
        assert await ledger.get(owner=user.id, id=entry.id) == entry
        assert (await ledger.account(owner=user.id)).held == 0

    async def test_alerts_nobody_when_the_balance_covers_it(self, store: Store) -> None:
        alerts = MemoryAlerts()
        _, entry = await self.settled(store, alerts, credits=9, cost=9)
        assert (entry.cost, entry.shortfall, entry.estimated, alerts.shortfalls) == (9, 0, True, [])
