"""The contract of the account stores: users, credits, holds and the ledger."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from adapters.memory.accounts import MemoryExpiredHolds
from adapters.postgres.accounts import PostgresExpiredHolds
from application.accounts import CreditReader, ExpiredHolds, HoldCredits, UpdatePreferences, settle
from application.shared import Window
from domain.accounts import (
    CitationFormat,
    CreditEntry,
    CreditOperation,
    DuplicateEntry,
    Hold,
    HoldStatus,
    InsufficientCredits,
    Preferences,
    ResearchDepth,
    opening,
)
from domain.shared import NoSuch, NotYours, Unavailable, UserId
from tests.builders import NOON, TickingClock, a_hold, a_holder, a_user, signed_up
from tests.contracts.conftest import Store


@pytest.fixture
def expired_holds(store: Store) -> ExpiredHolds:
    return store.worker_reader(memory=MemoryExpiredHolds, postgres=PostgresExpiredHolds)


def holder(store: Store, clock: TickingClock | None = None) -> HoldCredits:
    return a_holder(store.uow, clock)


class TestUserRepository:
    async def test_a_user_that_was_opened_is_found(self, store: Store) -> None:
        user = await signed_up(store.uow)
        async with store.uow(user.id) as uow:
            assert await uow.users.find(owner=user.id) == user

    async def test_nobody_is_found_where_nobody_is(self, store: Store) -> None:
        stranger = a_user()
        async with store.uow(stranger.id) as uow:
            assert await uow.users.find(owner=stranger.id) is None

    async def test_a_user_is_opened_once(self, store: Store, ledger: CreditReader) -> None:
        user = await signed_up(store.uow)
        account, grant = opening(user.id, allowance=10_000, at=NOON)
        async with store.uow(user.id) as uow:
            assert not await uow.users.open(user, account, grant)
            await uow.commit()
        assert await ledger.count(owner=user.id) == 1

    async def test_ten_first_requests_at_once_make_one_user_with_one_grant(
        self, store: Store, ledger: CreditReader
    ) -> None:
        user = a_user()

        async def open_it() -> bool:
            account, grant = opening(user.id, allowance=10_000, at=NOON)
            async with store.uow(user.id) as uow:
                opened: bool = await uow.users.open(user, account, grant)
                await uow.commit()
                return opened

        assert sorted(await asyncio.gather(*(open_it() for _ in range(10)))) == [False] * 9 + [True]
        assert (await ledger.account(owner=user.id)).credits == 10_000

    async def test_changed_preferences_are_kept(self, store: Store) -> None:
        user = await signed_up(store.uow)
        changed = user.preferring(user.preferences.changed(citation_format=CitationFormat.MLA, study_language="en"))
        async with store.uow(user.id) as uow:
            await uow.users.save(changed)
            await uow.commit()
        async with store.uow(user.id) as uow:
            assert await uow.users.find(owner=user.id) == changed

    async def test_a_user_that_is_not_there_is_neither_locked_nor_saved(self, store: Store) -> None:
        stranger = a_user()
        async with store.uow(stranger.id) as uow:
            with pytest.raises(NoSuch):
                await uow.users.lock(owner=stranger.id)
            with pytest.raises(NoSuch):
                await uow.users.save(stranger)

    async def test_of_two_that_change_preferences_at_once_neither_overwrites_the_other(self, store: Store) -> None:
        user = await signed_up(store.uow)
        update = UpdatePreferences(uow=store.uow)
        await asyncio.gather(
            update(owner=user.id, citation_format=CitationFormat.MLA),
            update(owner=user.id, research_depth=ResearchDepth.DEEP),
            update(owner=user.id, study_language="en"),
        )
        async with store.uow(user.id) as uow:
            assert (await uow.users.lock(owner=user.id)).preferences == Preferences(
                citation_format=CitationFormat.MLA, research_depth=ResearchDepth.DEEP, study_language="en"
            )

    async def test_without_commit_nothing_happens(self, store: Store) -> None:
        user = a_user()
        account, grant = opening(user.id, allowance=10_000, at=NOON)
        async with store.uow(user.id) as uow:
            await uow.users.open(user, account, grant)
        async with store.uow(user.id) as uow:
            assert await uow.users.find(owner=user.id) is None


class TestCreditRepository:
    async def test_a_hold_is_set_aside_and_comes_back(self, store: Store, ledger: CreditReader) -> None:
        user = await signed_up(store.uow, credits=10)
        async with holder(store)(owner=user.id, operation=CreditOperation.CHAT, estimate=4) as hold:
            during = await ledger.account(owner=user.id)
            assert await ledger.holds(owner=user.id) == (hold,)
        after = await ledger.account(owner=user.id)
        assert (during.credits, during.held, during.available) == (10, 4, 6)
        assert (after.credits, after.held, after.available) == (10, 0, 10)
        assert await ledger.holds(owner=user.id) == ()

    async def test_settling_charges_the_true_cost_once(self, store: Store, ledger: CreditReader) -> None:
        user = await signed_up(store.uow, credits=10)
        async with holder(store)(owner=user.id, operation=CreditOperation.CHAT, estimate=4) as hold:
            async with store.uow(user.id) as uow:
                entry = await settle(uow, owner=user.id, hold=hold, cost=1, tokens_used=900, at=NOON)
                await uow.commit()
            async with store.uow(user.id) as uow:
                with pytest.raises(DuplicateEntry):
                    await settle(uow, owner=user.id, hold=hold, cost=1, tokens_used=900, at=NOON)
        assert entry.balance_after == 9
        account = await ledger.account(owner=user.id)
        assert (account.credits, account.held) == (9, 0)
        assert await ledger.get(owner=user.id, id=entry.id) == entry

    async def test_a_body_that_fails_gets_its_hold_back(self, store: Store, ledger: CreditReader) -> None:
        user = await signed_up(store.uow, credits=10)
        with pytest.raises(ZeroDivisionError):
            async with holder(store)(owner=user.id, operation=CreditOperation.CHAT, estimate=4):
                _ = 1 / 0
        assert (await ledger.account(owner=user.id)).held == 0

    async def test_a_store_that_goes_down_after_the_work_does_not_undo_it(
        self, store: Store, ledger: CreditReader
    ) -> None:
        user = await signed_up(store.uow, credits=10)
        openings = 0

        def goes_down(owner: UserId) -> Any:
            nonlocal openings
            openings += 1
            if openings > 2:
                raise Unavailable("The database is gone.")
            return store.uow(owner)

        hold = a_holder(goes_down)
        async with hold(owner=user.id, operation=CreditOperation.CHAT, estimate=4) as held, goes_down(user.id) as uow:
            await settle(uow, owner=user.id, hold=held, cost=1, tokens_used=900, at=NOON)
            await uow.commit()
        assert openings == 3
        account = await ledger.account(owner=user.id)
        assert (account.credits, account.held) == (9, 0)

    async def test_more_than_is_left_is_refused_with_both_figures(self, store: Store) -> None:
        user = await signed_up(store.uow, credits=3)
        with pytest.raises(InsufficientCredits) as refused:
            async with holder(store)(owner=user.id, operation=CreditOperation.CHAT, estimate=4):
                pytest.fail("the body must not begin")
        assert refused.value.data == {"balance": 3, "required": 4}

    async def test_fifty_spends_of_one_on_a_balance_of_ten_give_ten(self, store: Store, ledger: CreditReader) -> None:
        user = await signed_up(store.uow, credits=10)

        async def spend() -> bool:
            try:
                async with (
                    holder(store)(owner=user.id, operation=CreditOperation.WEB_SEARCH, estimate=1) as hold,
                    store.uow(user.id) as uow,
                ):
                    await settle(uow, owner=user.id, hold=hold, cost=1, tokens_used=None, at=NOON)
                    await uow.commit()
            except InsufficientCredits:
                return False
            return True

        # A hold of one is settled with one: no credit that was held comes back, and nobody is refused for a while only.
        won = sum(await asyncio.gather(*(spend() for _ in range(50))))
        account = await ledger.account(owner=user.id)
        assert (won, account.credits, account.held) == (10, 0, 0)
        assert await ledger.count(owner=user.id) == 11

    async def test_a_hold_that_is_not_there_and_one_that_is_anothers_differ(self, store: Store) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        theirs = a_hold(other.id)
        async with store.uow(other.id) as uow:
            account = await uow.credits.lock(owner=other.id)
            await uow.credits.save(account.hold(theirs), hold=theirs)
            await uow.commit()
        async with store.uow(user.id) as uow:
            with pytest.raises(NoSuch):
                await uow.credits.hold(owner=user.id, id=uuid4())
            with pytest.raises(NotYours):
                await uow.credits.hold(owner=user.id, id=theirs.id)

    async def test_the_account_of_nobody_is_refused(self, store: Store) -> None:
        nobody = UserId(uuid4())
        async with store.uow(nobody) as uow:
            with pytest.raises(NoSuch):
                await uow.credits.lock(owner=nobody)


class TestCreditReader:
    async def test_the_ledger_pages_newest_first_without_gap_or_repeat(
        self, store: Store, ledger: CreditReader
    ) -> None:
        user = await signed_up(store.uow)
        for minute in range(5):
            async with (
                holder(store)(owner=user.id, operation=CreditOperation.CHAT, estimate=2) as hold,
                store.uow(user.id) as uow,
            ):
                at = NOON + timedelta(minutes=minute // 2)  # two lines share a moment: the id decides
                await settle(uow, owner=user.id, hold=hold, cost=1, tokens_used=1, at=at)
                await uow.commit()
        seen: list[CreditEntry] = []
        window = Window(first=2)
        while True:
            page = await ledger.page(owner=user.id, window=window)
            seen += page.items
            if not page.has_next:
                break
            window = Window(first=2, after=page.positions[-1])
        assert [entry.created_at for entry in seen] == sorted((e.created_at for e in seen), reverse=True)
        assert len({entry.id for entry in seen}) == len(seen) == await ledger.count(owner=user.id) == 6

    async def test_a_line_of_another_user_is_not_shown(self, store: Store, ledger: CreditReader) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        (theirs,) = (await ledger.page(owner=other.id, window=Window())).items
        with pytest.raises(NotYours):
            await ledger.get(owner=user.id, id=theirs.id)
        with pytest.raises(NoSuch):
            await ledger.get(owner=user.id, id=uuid4())


class TestExpiredHolds:
    async def test_a_crashed_holders_credits_come_back(
        self, store: Store, ledger: CreditReader, expired_holds: ExpiredHolds
    ) -> None:
        user = await signed_up(store.uow, credits=10)
        old = a_hold(user.id, amount=4, expires_at=NOON - timedelta(days=300))
        async with store.uow(user.id) as uow:
            account = await uow.credits.lock(owner=user.id)
            await uow.credits.save(account.hold(old), hold=old)
            await uow.commit()
        assert await expired_holds.release(at=NOON - timedelta(days=200), limit=10) >= 1
        assert await expired_holds.release(at=NOON - timedelta(days=200), limit=10) == 0
        account = await ledger.account(owner=user.id)
        assert (account.credits, account.held) == (10, 0)
        async with store.uow(user.id) as uow:
            assert (await uow.credits.hold(owner=user.id, id=old.id)).status is HoldStatus.RELEASED

    async def test_holds_that_are_settled_while_they_expire_are_settled_or_released_never_both(
        self, store: Store, ledger: CreditReader, expired_holds: ExpiredHolds
    ) -> None:
        user = await signed_up(store.uow, credits=100)
        long_ago = NOON - timedelta(days=500)
        olds = [a_hold(user.id, amount=4, expires_at=long_ago) for _ in range(10)]
        async with store.uow(user.id) as uow:
            for old in olds:
                await uow.credits.save((await uow.credits.lock(owner=user.id)).hold(old), hold=old)
            await uow.commit()

        async def settled(old: Hold) -> None:
            async with store.uow(user.id) as uow:
                await settle(uow, owner=user.id, hold=old, cost=1, tokens_used=None, at=NOON)
                await uow.commit()

        moment = long_ago + timedelta(days=1)
        sweeps = (expired_holds.release(at=moment, limit=3) for _ in range(10))
        await asyncio.gather(*(step for pair in zip(map(settled, olds), sweeps, strict=True) for step in pair))
        while await expired_holds.release(at=moment, limit=10):
            pass
        account = await ledger.account(owner=user.id)
        assert (account.credits, account.held) == (90, 0)
