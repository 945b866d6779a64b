"""Webhooks of users on every store: any order, any number of times, at once, with failures; the end is the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from adapters.memory.database import MemoryDatabase
from adapters.memory.deliveries import FAILED, MemoryFailedDeliveries
from adapters.memory.jobs import MemoryJobQueue
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from adapters.postgres.deliveries import PostgresFailedDeliveries
from application.accounts import (
    CreditReader,
    Delivery,
    FailedDeliveries,
    FailedDelivery,
    Outcome,
    ReceiveUserEvent,
    UnreadableEvent,
    UpdatePreferences,
)
from domain.accounts import CitationFormat, Profile, User, UserDeleted, UserDescribed, described
from domain.shared import user_id_of
from tests.builders import NOON, TickingClock, a_subject, a_user, signed_up
from tests.builders_clerk import a_message_id
from tests.contracts.conftest import Store

ALLOWANCE = 10_000


def a_profile(minute: int, **changes: Any) -> Profile:
    """As the sign-in service knew it at this minute."""
    known = {"email": f"{minute}@example.org", "username": f"anna{minute}", "image_url": None}
    return Profile(**{**known, "updated_at": NOON + timedelta(minutes=minute), **changes})


def a_description(subject: str, minute: int, *, id: str | None = None, type: str = "user.updated") -> Delivery:
    event = UserDescribed(subject=subject, profile=a_profile(minute))
    return Delivery(id=id or a_message_id(), type=type, subject=subject, event=event, payload=b"personal data")


def a_deletion(subject: str) -> Delivery:
    event = UserDeleted(subject=subject)
    return Delivery(id=a_message_id(), type="user.deleted", subject=subject, event=event, payload=b"{}")


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What is kept of a failed delivery, as an operator reads it."""

    type: str
    subject: str | None
    error: str
    attempts: int
    failed_at: datetime
    payload: bytes | None
    mended: bool


@pytest.fixture
def failures(store: Store) -> FailedDeliveries:
    return store.reader(memory=MemoryFailedDeliveries, postgres=PostgresFailedDeliveries)


@pytest.fixture
def receive(store: Store, failures: FailedDeliveries) -> ReceiveUserEvent:
    return receiver(store.uow, failures)


def receiver(uow: Any, failures: FailedDeliveries) -> ReceiveUserEvent:
    return ReceiveUserEvent(
        uow=uow, failures=failures, jobs=MemoryJobQueue(), clock=TickingClock(), allowance=ALLOWANCE
    )


async def user_of(uow: Any, subject: str) -> User | None:
    owner = user_id_of(subject)
    async with uow(owner) as unit:
        found: User | None = await unit.users.find(owner=owner)
        return found


async def failure(store: Store, id: str) -> Failure | None:
    """As the worker's role, which may read it."""
    if store.memory is not None:
        kept = store.memory.committed[FAILED].get(id)
        row: Any = kept
    else:
        assert store.worker is not None
        async with store.worker.begin(None) as connection:
            row = (await connection.execute(text("select * from failed_webhooks where id = :id"), {"id": id})).first()
    if row is None:
        return None
    return Failure(
        type=row.type,
        subject=row.subject,
        error=row.error,
        attempts=row.attempts,
        failed_at=row.failed_at,
        payload=row.payload,
        mended=row.mended_at is not None,
    )


class TestReceivingUserEvents:
    async def test_a_new_user_has_an_account_and_a_profile(
        self, store: Store, receive: ReceiveUserEvent, ledger: CreditReader
    ) -> None:
        subject = a_subject()
        assert await receive(delivery=a_description(subject, 1, type="user.created")) is Outcome.DONE
        user = await user_of(store.uow, subject)
        assert user is not None
        assert (user.email, user.username, user.created_at) == ("1@example.org", "anna1", NOON)
        assert (await ledger.account(owner=user.id)).credits == ALLOWANCE

    async def test_who_signed_in_first_keeps_the_account_and_gets_the_profile(
        self, store: Store, receive: ReceiveUserEvent, ledger: CreditReader
    ) -> None:
        user = await signed_up(store.uow, credits=7)
        await receive(delivery=a_description(user.subject, 1, type="user.created"))
        found = await user_of(store.uow, user.subject)
        assert found == described(user, a_profile(1))
        assert (await ledger.account(owner=user.id)).credits == 7

    async def test_a_replay_changes_nothing(self, store: Store, receive: ReceiveUserEvent) -> None:
        subject = a_subject()
        delivery = a_description(subject, 1)
        assert await receive(delivery=delivery) is Outcome.DONE
        assert await receive(delivery=replace(delivery, event=a_description(subject, 9).event)) is Outcome.REPEATED
        user = await user_of(store.uow, subject)
        assert user is not None
        assert user.email == "1@example.org"

    async def test_what_does_not_concern_us_leaves_nothing(self, store: Store, receive: ReceiveUserEvent) -> None:
        other = Delivery(id=a_message_id(), type="session.created", subject=None, event=None, payload=b"{}")
        assert await receive(delivery=other) is Outcome.IGNORED
        assert await receive(delivery=other) is Outcome.IGNORED
        assert await failure(store, other.id) is None

    async def test_preferences_and_profiles_that_change_at_once_are_both_kept(
        self, store: Store, receive: ReceiveUserEvent
    ) -> None:
        user = await signed_up(store.uow)
        update = UpdatePreferences(uow=store.uow)
        await asyncio.gather(
            receive(delivery=a_description(user.subject, 1)),
            update(owner=user.id, citation_format=CitationFormat.MLA),
            receive(delivery=a_description(user.subject, 2)),
        )
        found = await user_of(store.uow, user.subject)
        assert found is not None
        assert (found.email, found.preferences.citation_format) == ("2@example.org", CitationFormat.MLA)

    async def test_twenty_deliveries_of_one_message_at_once_have_one_effect(
        self, store: Store, receive: ReceiveUserEvent, ledger: CreditReader
    ) -> None:
        subject = a_subject()
        delivery = a_description(subject, 1, type="user.created")
        outcomes = await asyncio.gather(*(receive(delivery=delivery) for _ in range(20)))
        assert sorted(outcomes) == [Outcome.DONE] + [Outcome.REPEATED] * 19
        assert await ledger.count(owner=user_id_of(subject)) == 1

    @pytest.mark.parametrize("gone", [False, True], ids=["kept", "deleted"])
    async def test_every_order_has_the_same_end(self, store: Store, receive: ReceiveUserEvent, gone: bool) -> None:
        async def play(order: Sequence[int]) -> tuple[Any, ...]:
            subject = a_subject()
            deliveries = [
                a_description(subject, 0, type="user.created"),
                a_description(subject, 1),
                a_description(subject, 2),
                a_deletion(subject) if gone else a_description(subject, 2),
            ]
            for index in order:
                await receive(delivery=deliveries[index])
                await receive(delivery=deliveries[index])
            user = await user_of(store.uow, subject)
            assert user is not None
            return replace(user, id=nobody.id, subject=nobody.subject), await self.lines(store, user)

        nobody = a_user()
        ends = [await play(order) for order in permutations(range(4))]
        balances = {sum(lines) for _, lines in ends}
        assert len({user for user, _ in ends}) == 1
        assert balances == ({0} if gone else {-ALLOWANCE})
        user = ends[0][0]
        assert (user.email, user.erased_at) == ((None, NOON) if gone else ("2@example.org", None))

    async def test_all_at_once_has_the_same_end_too(self, store: Store, receive: ReceiveUserEvent) -> None:
        for _ in range(5):
            subject = a_subject()
            deliveries = [a_description(subject, minute) for minute in range(6)] + [a_deletion(subject)]
            await asyncio.gather(*(receive(delivery=delivery) for delivery in deliveries * 2))
            user = await user_of(store.uow, subject)
            assert user is not None
            assert (user.email, user.username, user.erased_at) == (None, None, NOON)

    async def test_all_at_once_without_a_deletion_the_newest_wins(
        self, store: Store, receive: ReceiveUserEvent, ledger: CreditReader
    ) -> None:
        subject = a_subject()
        await asyncio.gather(*(receive(delivery=a_description(subject, minute)) for minute in (3, 1, 5, 2, 4, 0)))
        user = await user_of(store.uow, subject)
        assert user is not None
        assert user.email == "5@example.org"
        assert await ledger.count(owner=user.id) == 1

    async def test_a_deletion_asks_for_the_erasure_once_it_is_committed(
        self, store: Store, failures: FailedDeliveries
    ) -> None:
        receive, subject = receiver(store.uow, failures), a_subject()
        await receive(delivery=a_deletion(subject))
        assert isinstance(receive.jobs, MemoryJobQueue)
        assert receive.jobs.asked == [("accounts.erase", {"owner": str(user_id_of(subject))})]

    async def lines(self, store: Store, user: User) -> list[int]:
        from adapters.memory.accounts import MemoryCreditReader
        from adapters.postgres.accounts import PostgresCreditReader
        from application.shared import Window

        ledger: CreditReader = store.reader(memory=MemoryCreditReader, postgres=PostgresCreditReader)
        return [line.cost for line in (await ledger.page(owner=user.id, window=Window())).items]


class TestFailures:
    async def test_a_failure_is_recorded_and_the_retry_succeeds(
        self, store: Store, failures: FailedDeliveries, receive: ReceiveUserEvent
    ) -> None:
        subject = a_subject()
        delivery = a_description(subject, 1, type="user.created")
        failing = receiver(Failing(store.uow), failures)
        for attempt in (1, 2):
            with pytest.raises(ZeroDivisionError):
                await failing(delivery=delivery)
            assert await failure(store, delivery.id) == Failure(
                type="user.created",
                subject=subject,
                error="ZeroDivisionError",
                attempts=attempt,
                failed_at=NOON,
                payload=b"personal data",
                mended=False,
            )
            assert await user_of(store.uow, subject) is None
        assert await receive(delivery=delivery) is Outcome.DONE
        assert await user_of(store.uow, subject) is not None
        mended = await failure(store, delivery.id)
        assert mended is not None
        assert (mended.mended, mended.payload, mended.attempts) == (True, None, 2)

    async def test_what_is_not_understood_is_recorded(self, store: Store, receive: ReceiveUserEvent) -> None:
        unreadable = UnreadableEvent("data.id is not a user's id")
        delivery = Delivery(
            id=a_message_id(), type="user.deleted", subject=None, event=unreadable, payload=b'{"id": null}'
        )
        for _ in range(2):
            with pytest.raises(UnreadableEvent):
                await receive(delivery=delivery)
        kept = await failure(store, delivery.id)
        assert kept is not None
        assert (kept.error, kept.attempts, kept.payload) == ("UnreadableEvent", 2, b'{"id": null}')

    async def test_a_failure_after_the_success_is_not_kept(
        self, store: Store, failures: FailedDeliveries, receive: ReceiveUserEvent
    ) -> None:
        delivery = a_description(a_subject(), 1)
        await receive(delivery=delivery)
        await failures.record(a_failure(delivery))
        assert await failure(store, delivery.id) is None

    async def test_nothing_is_kept_of_a_user_who_was_erased(
        self, store: Store, failures: FailedDeliveries, receive: ReceiveUserEvent
    ) -> None:
        subject = a_subject()
        await receive(delivery=a_deletion(subject))
        late = a_description(subject, 1)
        await failures.record(a_failure(late))
        assert await failure(store, late.id) is None

    async def test_of_a_failure_and_a_success_at_once_no_payload_stays(
        self, store: Store, failures: FailedDeliveries, receive: ReceiveUserEvent
    ) -> None:
        for _ in range(5):
            delivery = a_description(a_subject(), 1)
            failing = receiver(Failing(store.uow), failures)
            await asyncio.gather(
                *(each(delivery=delivery) for each in (failing, receive, failing, receive)), return_exceptions=True
            )
            kept = await failure(store, delivery.id)
            assert kept is None or (kept.mended and kept.payload is None)

    async def test_a_failure_that_cannot_be_recorded_is_still_told(self, store: Store) -> None:
        class Full(FailedDeliveries):
            async def record(self, failure: FailedDelivery) -> None:
                raise OSError("no room")

        with pytest.raises(ZeroDivisionError) as failed:
            await receiver(Failing(store.uow), Full())(delivery=a_description(a_subject(), 1))
        assert failed.value.__notes__ == ["It could not be recorded: OSError."]

    async def test_the_api_does_not_read_payloads(self, store: Store) -> None:
        if store.api is None:
            pytest.skip("only PostgreSQL has roles")
        async with store.api.begin(None) as connection:
            with pytest.raises(Exception, match="permission denied"):
                await connection.execute(text("select payload from failed_webhooks"))


def a_failure(delivery: Delivery) -> FailedDelivery:
    assert delivery.subject is not None
    return FailedDelivery(delivery=delivery, owner=user_id_of(delivery.subject), error="ZeroDivisionError", at=NOON)


class Failing:
    """A unit of work in which everything is done, and then not committed because something breaks."""

    def __init__(self, uow: Any) -> None:
        self._uow = uow

    @asynccontextmanager
    async def __call__(self, owner: Any) -> AsyncIterator[Any]:
        async with self._uow(owner) as unit:

            class Breaking:
                def __getattr__(self, name: str) -> Any:
                    return getattr(unit, name)

                async def commit(self) -> None:
                    _ = 1 / 0

            yield Breaking()


@settings(max_examples=150)
@given(st.lists(st.sampled_from(["0", "1", "1'", "2", "deleted"]), min_size=1, max_size=12), st.randoms())
def test_the_end_depends_on_what_came_and_not_on_when(came: list[str], random: Any) -> None:
    async def end(order: Sequence[str]) -> tuple[Any, ...]:
        database = MemoryDatabase()
        uow, failures = OpenMemoryUnitOfWork(database), MemoryFailedDeliveries(database)
        receive, subject = receiver(uow, failures), "user_of_hypothesis"
        for what in order:
            if what == "deleted":
                await receive(delivery=a_deletion(subject))
            else:
                # Two profiles of one moment differ: that, too, has one outcome.
                profile = a_profile(int(what[0]), username=what)
                event = UserDescribed(subject=subject, profile=profile)
                await receive(delivery=replace(a_description(subject, 0), event=event))
        return await user_of(uow, subject), "deleted" in order

    shuffled = random.sample(came, len(came))
    first = asyncio.run(end(came))
    assert first == asyncio.run(end(shuffled)) == asyncio.run(end([*shuffled, *came]))
    user, deleted = first
    assert (user.erased_at is not None) == deleted
    if not deleted:
        assert user.username == max(came)
