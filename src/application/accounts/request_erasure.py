"""Take a user's account down at once, and ask for everything of theirs to be removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from application.accounts.ports import OpenUnitOfWork, UnitOfWork
from application.shared import Clock, JobQueue
from domain.accounts import Account, Erasure, User, forfeited
from domain.shared import UserId

ERASE = "accounts.erase"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestErasure:
    """From the commit on, no token of the user is good and nothing new of theirs is stored; the rest is a job's.

    Idempotent. A user who was never here gets a tombstone all the same: their first token may still be on its way.
    """

    uow: OpenUnitOfWork
    jobs: JobQueue
    clock: Clock

    async def __call__(self, *, owner: UserId, subject: str | None = None, at: datetime | None = None) -> None:
        """`subject` is the sign-in service's own id, of which `owner` is derived; without it the user must be known.

        Errors: NoSuch, Unavailable.
        """
        async with self.uow(owner) as uow:
            if subject is None:
                subject = (await uow.users.lock(owner=owner)).subject
            await request_erasure(uow, owner=owner, subject=subject, at=at or self.clock())
            await uow.commit()
        await self.jobs.enqueue(ERASE, owner=str(owner))


async def request_erasure(uow: UnitOfWork, *, owner: UserId, subject: str, at: datetime) -> bool:
    """The same inside a transaction that also stores why; enqueue `ERASE` after its commit.

    False, and nothing is changed, when it was requested before.
    """
    tombstone = User(id=owner, subject=subject, created_at=at, erased_at=at)
    if not await uow.users.open(tombstone, Account(owner=owner, credits=0, reset_at=at), None):
        user = await uow.users.lock(owner=owner)
        if user.erased_at is None:
            forfeit = forfeited(await uow.credits.lock(owner=owner), at=at)
            if forfeit is not None:
                account, last_line = forfeit
                await uow.credits.save(account, entry=last_line)
            await uow.users.save(user.erased(at=at))
    return await uow.erasures.add(Erasure(owner=owner, subject=subject, requested_at=at))
