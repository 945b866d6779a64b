"""The sign-in service made, changed or deleted a user: have the same here, whatever comes twice, late or at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from application.accounts.deliveries import Delivery, FailedDeliveries, FailedDelivery, UnreadableEvent
from application.accounts.ports import OpenUnitOfWork, UnitOfWork
from application.accounts.request_erasure import ERASE, request_erasure
from application.shared import Clock, JobQueue
from domain.accounts import User, UserDeleted, UserDescribed, UserEvent, described, opening
from domain.shared import UserId, user_id_of


class Outcome(StrEnum):
    """What became of a delivery that did not fail."""

    DONE = "done"
    REPEATED = "repeated"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveUserEvent:
    """A delivery is written down in the transaction that has its effect, so it has that effect once.

    The newest profile wins, and a deletion wins over everything.
    """

    uow: OpenUnitOfWork
    failures: FailedDeliveries
    jobs: JobQueue
    clock: Clock
    allowance: int

    async def __call__(self, *, delivery: Delivery) -> Outcome:
        """Errors: whatever went wrong, after it was recorded; the sender tries again."""
        owner = None if delivery.subject is None else user_id_of(delivery.subject)
        try:
            return await self._receive(delivery)
        except Exception as error:
            failure = FailedDelivery(delivery=delivery, owner=owner, error=type(error).__name__, at=self.clock())
            try:
                await self.failures.record(failure)
            except Exception as another:  # noqa: BLE001 (the first is the cause, and the one to tell)
                error.add_note(f"It could not be recorded: {type(another).__name__}.")
            raise

    async def _receive(self, delivery: Delivery) -> Outcome:
        match delivery.event:
            case None:
                return Outcome.IGNORED
            case UnreadableEvent() as unreadable:
                raise unreadable
            case event:
                return await self._apply(delivery, event)

    async def _apply(self, delivery: Delivery, event: UserEvent) -> Outcome:
        owner, now = user_id_of(event.subject), self.clock()
        async with self.uow(owner) as uow:
            if not await uow.deliveries.take(id=delivery.id, type=delivery.type, at=now):
                return Outcome.REPEATED
            match event:
                case UserDescribed():
                    await self._describe(uow, owner, event)
                case UserDeleted():
                    await request_erasure(uow, owner=owner, subject=event.subject, at=now)
            await uow.deliveries.forgive(id=delivery.id, at=now)
            await uow.commit()
        if isinstance(event, UserDeleted):
            await self.jobs.enqueue(ERASE, owner=str(owner))
        return Outcome.DONE

    async def _describe(self, uow: UnitOfWork, owner: UserId, event: UserDescribed) -> None:
        now = self.clock()
        user = described(User(id=owner, subject=event.subject, created_at=now), event.profile)
        account, grant = opening(owner, allowance=self.allowance, at=now)
        if await uow.users.open(user, account, grant):
            return
        known = await uow.users.lock(owner=owner)
        changed = described(known, event.profile)
        if changed is not known:
            await uow.users.save(changed)
