"""Erasure on every store: at once for the user, soon for the rows, certified, and for good."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.files import StoredPersonalFiles
from adapters.memory.erasures import MemoryPendingErasures
from adapters.memory.files import MemoryFileStore
from adapters.memory.jobs import MemoryJobQueue
from adapters.memory.personal_data import MemoryPersonalData
from adapters.postgres.erasures import PostgresPendingErasures
from adapters.postgres.personal_data import PostgresPersonalData
from application.accounts import (
    CreditReader,
    EraseAccount,
    PersonalData,
    RequestErasure,
    SignIn,
    StillThere,
    SweepErasures,
    TokenVerifier,
    VerifiedToken,
)
from application.shared import Window
from domain.accounts import AccountErased, CreditOperation, Preferences, opening
from domain.shared import NoSuch, UserId
from tests.builders import NOON, TickingClock, a_hold, a_user, signed_up
from tests.builders_chat import a_conversation
from tests.builders_erasure import Tenant, a_tenant
from tests.builders_library import a_source, one_piece
from tests.builders_practice import an_exercise
from tests.builders_writing import a_document
from tests.contracts.conftest import Store
from tests.dying import Doom, Killed, Mortal, mortal_uow

AMOUNTS = {
    "sources": 1,
    "source_texts": 1,
    "chunks": 2,
    "documents": 1,
    "attachments": 1,
    "exercises": 1,
    "responses": 1,
    "review_cards": 1,
    "review_log": 1,
    "conversations": 1,
    "messages": 1,
    "turns": 1,
    "credit_holds": 1,
    "files": 2,
}
"""What every store counts of a tenant."""


@dataclass
class Office:
    """Where erasures are asked for and done."""

    store: Store
    rows: PersonalData
    files: MemoryFileStore
    jobs: MemoryJobQueue
    clock: TickingClock

    @property
    def request(self) -> RequestErasure:
        return RequestErasure(uow=self.store.uow, jobs=self.jobs, clock=self.clock)

    @property
    def erase(self) -> EraseAccount:
        return EraseAccount(
            uow=self.store.worker_uow, stores=(self.rows, StoredPersonalFiles(self.files)), clock=self.clock
        )

    async def tenant(self) -> Tenant:
        tenant = await a_tenant(self.store.uow)
        for name in ("one", "two"):
            await self.files.put(f"{tenant.id}/{name}", one_piece(b"originale"))
        return tenant

    async def take_down(self, tenant: Tenant) -> None:
        await self.request(owner=tenant.id, subject=tenant.user.subject)

    async def left(self, owner: UserId) -> dict[str, int]:
        counts = dict(await self.rows.remaining(owner=owner)) | {"files": len(await self.files.keys(under=str(owner)))}
        return {name: number for name, number in counts.items() if number}


@pytest.fixture
def office(store: Store) -> Office:
    rows = store.worker_reader(memory=MemoryPersonalData, postgres=PostgresPersonalData)
    return Office(store, rows, MemoryFileStore(), MemoryJobQueue(), TickingClock())


class TestARequest:
    async def test_leaves_a_tombstone_with_nothing_personal(self, office: Office) -> None:
        tenant = await office.tenant()
        async with office.store.uow(tenant.id) as uow:
            await uow.users.save(replace(tenant.user, email="ada@example.org", username="ada", image_url="https://x"))
            await uow.commit()
        await office.take_down(tenant)
        async with office.store.uow(tenant.id) as uow:
            user = await uow.users.find(owner=tenant.id)
        assert (user.subject, user.erased_at) == (tenant.user.subject, NOON)
        assert (user.email, user.username, user.image_url, user.preferences) == (None, None, None, Preferences())
        assert office.jobs.asked == [("accounts.erase", {"owner": str(tenant.id)})]

    async def test_takes_the_credits_with_a_line_so_that_the_ledger_adds_up(
        self, office: Office, ledger: CreditReader
    ) -> None:
        tenant = await office.tenant()
        await office.take_down(tenant)
        lines = (await ledger.page(owner=tenant.id, window=Window())).items
        assert {(line.operation, line.cost, line.balance_after) for line in lines} == {
            (CreditOperation.GRANT, -100, 100),
            (CreditOperation.ADJUSTMENT, 100, 0),
        }
        assert (await ledger.account(owner=tenant.id)).credits == 0 == -sum(line.cost for line in lines)

    async def test_twice_or_many_times_at_once_is_once(self, office: Office, ledger: CreditReader) -> None:
        tenant = await office.tenant()
        await asyncio.gather(*(office.take_down(tenant) for _ in range(8)))
        office.clock.advance(days=1)
        await office.take_down(tenant)
        async with office.store.uow(tenant.id) as uow:
            assert (await uow.users.find(owner=tenant.id)).erased_at == NOON
        async with office.store.worker_uow(tenant.id) as uow:
            assert (await uow.erasures.lock(owner=tenant.id)).requested_at == NOON
        assert await ledger.count(owner=tenant.id) == 2

    async def test_of_somebody_unknown_keeps_their_first_token_out(self, office: Office, ledger: CreditReader) -> None:
        stranger = a_user()
        await office.request(owner=stranger.id, subject=stranger.subject)
        with pytest.raises(AccountErased):
            await _signing_in(office, stranger.subject)
        assert await ledger.count(owner=stranger.id) == 0
        assert (await office.erase(owner=stranger.id)).completed_at == NOON

    async def test_that_races_with_first_requests_wins_in_the_end(self, office: Office, ledger: CreditReader) -> None:
        newcomer = a_user()
        await asyncio.gather(
            office.request(owner=newcomer.id, subject=newcomer.subject),
            *(_signing_in(office, newcomer.subject) for _ in range(5)),
            return_exceptions=True,
        )
        with pytest.raises(AccountErased):
            await _signing_in(office, newcomer.subject)
        lines = (await ledger.page(owner=newcomer.id, window=Window())).items
        assert (await ledger.account(owner=newcomer.id)).credits == 0 == sum(line.cost for line in lines)


class TestAfterARequest:
    @pytest.mark.parametrize("late", ["source", "exercise", "document", "conversation", "hold"])
    @pytest.mark.parametrize("as_worker", [False, True])
    async def test_nothing_new_is_stored(self, office: Office, late: str, as_worker: bool) -> None:
        user = await signed_up(office.store.uow)
        await office.request(owner=user.id, subject=user.subject)
        opener = office.store.worker_uow if as_worker else office.store.uow
        with pytest.raises(AccountErased):
            await _store(opener, user.id, late)
        assert await office.left(user.id) == {}

    async def test_a_late_first_token_or_user_created_changes_nothing(self, office: Office) -> None:
        tenant = await office.tenant()
        await office.take_down(tenant)
        account, grant = opening(tenant.id, allowance=10_000, at=NOON)
        async with office.store.uow(tenant.id) as uow:
            assert not await uow.users.open(tenant.user, account, grant)
            await uow.commit()
        with pytest.raises(AccountErased):
            await _signing_in(office, tenant.user.subject)

    async def test_the_others_go_on(self, office: Office) -> None:
        tenant, other = await office.tenant(), await signed_up(office.store.uow)
        await office.take_down(tenant)
        await _store(office.store.uow, other.id, "source")
        assert (await office.left(other.id))["sources"] == 1

    async def test_of_work_that_races_with_it_nothing_is_left_over(self, office: Office) -> None:
        """Whoever was first: what was stored before the tombstone is removed, what comes after it is refused."""
        tenant = await office.tenant()

        async def erase() -> None:
            await office.take_down(tenant)
            await office.erase(owner=tenant.id)

        kinds = ["source", "exercise", "document", "conversation"] * 3
        await asyncio.gather(
            erase(), *(_store(office.store.uow, tenant.id, kind) for kind in kinds), return_exceptions=True
        )
        assert await office.left(tenant.id) == {}


class TestEraseAccount:
    async def test_certifies_what_it_removed_from_every_table_and_the_files(self, office: Office) -> None:
        tenant, other = await office.tenant(), await office.tenant()
        before = await office.left(other.id)
        await office.take_down(tenant)
        office.clock.advance(minutes=1)
        erasure = await office.erase(owner=tenant.id)
        assert {name: erasure.counts[name] for name in AMOUNTS} == AMOUNTS
        assert erasure.completed_at == NOON + timedelta(minutes=1)
        assert await office.left(tenant.id) == {}
        assert await office.left(other.id) == before

    async def test_what_was_not_requested_is_not_done(self, office: Office) -> None:
        tenant = await office.tenant()
        with pytest.raises(NoSuch):
            await office.erase(owner=tenant.id)
        assert (await office.left(tenant.id))["sources"] == 1

    async def test_done_twice_or_at_once_the_certificate_is_the_same(self, office: Office) -> None:
        tenant = await office.tenant()
        await office.take_down(tenant)
        first, *others = await asyncio.gather(*(office.erase(owner=tenant.id) for _ in range(3)))
        office.clock.advance(days=1)
        again = await office.erase(owner=tenant.id)
        assert {name: again.counts[name] for name in AMOUNTS} == AMOUNTS
        assert all(one == again for one in (first, *others))

    async def test_killed_at_any_step_and_run_again_the_certificate_counts_everything(self, office: Office) -> None:
        for step in range(100):
            tenant = await office.tenant()
            await office.take_down(tenant)
            doom = Doom(step)
            stores: Any = [Mortal(store, doom) for store in office.erase.stores]
            doomed = replace(office.erase, uow=mortal_uow(office.store.worker_uow, doom), stores=stores)
            try:
                await doomed(owner=tenant.id)
            except Killed:
                erasure = await office.erase(owner=tenant.id)
                assert {name: erasure.counts[name] for name in AMOUNTS} == AMOUNTS
                assert await office.left(tenant.id) == {}
            else:
                assert step > 20  # every step has been died at
                return
        pytest.fail("the work never ended")

    async def test_without_certificate_while_something_is_left(self, office: Office) -> None:
        class Stubborn(PersonalData):
            async def remaining(self, *, owner: UserId) -> dict[str, int]:
                return {"elsewhere": 7}

            async def erase(self, *, owner: UserId) -> None: ...

        tenant = await office.tenant()
        await office.take_down(tenant)
        with pytest.raises(StillThere, match="elsewhere"):
            await replace(office.erase, stores=(office.rows, Stubborn()))(owner=tenant.id)
        async with office.store.worker_uow(tenant.id) as uow:
            assert (await uow.erasures.lock(owner=tenant.id)).completed_at is None


class TestSweepErasures:
    @pytest.fixture
    def sweep(self, office: Office) -> SweepErasures:
        pending = office.store.worker_reader(memory=MemoryPendingErasures, postgres=PostgresPendingErasures)
        return SweepErasures(pending=pending, jobs=office.jobs, clock=office.clock, patience=timedelta(minutes=10))

    async def test_asks_again_for_what_was_lost_and_only_then(self, office: Office, sweep: SweepErasures) -> None:
        office.clock.advance(days=365)  # other tests' erasures on the same database are older
        while await sweep():
            office.jobs.asked.clear()
        office.clock.advance(days=1)
        tenant, done = await office.tenant(), await office.tenant()
        for one in (tenant, done):
            await office.take_down(one)
        await office.erase(owner=done.id)

        async def asked() -> bool:
            office.jobs.asked.clear()
            await sweep()
            names = [arguments["owner"] for _, arguments in office.jobs.asked]
            assert str(done.id) not in names
            return str(tenant.id) in names

        assert not await asked()
        office.clock.advance(minutes=11)
        assert await asked()
        assert not await asked()
        office.clock.advance(minutes=11)
        assert await asked()


class _Verified(TokenVerifier):
    def __init__(self, subject: str) -> None:
        self._subject = subject

    async def verify(self, token: str) -> VerifiedToken:
        return VerifiedToken(subject=self._subject, expires_at=NOON + timedelta(minutes=1), email="late@example.org")


async def _signing_in(office: Office, subject: str) -> None:
    sign_in = SignIn(uow=office.store.uow, verifier=_Verified(subject), clock=office.clock, allowance=10_000)
    await sign_in(token="alive")


async def _store(opener: Any, owner: UserId, kind: str) -> None:
    async with opener(owner) as uow:
        match kind:
            case "source":
                await uow.sources.add(a_source(owner))
            case "exercise":
                await uow.exercises.add([an_exercise(owner)])
            case "document":
                await uow.documents.add(a_document(owner))
            case "conversation":
                await uow.conversations.add(a_conversation(owner))
            case "hold":
                account, hold = await uow.credits.lock(owner=owner), a_hold(owner, amount=0)
                await uow.credits.save(account.hold(hold), hold=hold)
        await uow.commit()
