"""Correct a balance by hand, with a reason that stays in the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from application.accounts.ports import OpenUnitOfWork
from application.shared import Clock, NewId
from domain.accounts import AccountErased, CreditEntry
from domain.shared import CreditEntryId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustCredits:
    """Gives a positive amount, takes a negative one, never below what is held.

    With a `key` a correction that may have been made already is safe to try again: the same key shows the line of the
    first time.
    """

    uow: OpenUnitOfWork
    clock: Clock
    new_id: NewId

    async def __call__(self, *, owner: UserId, amount: int, reason: str, key: str | None = None) -> CreditEntry:
        """The ledger's line. Errors: NoSuch (the user), AccountErased, TakesTooMuch, UnsuitableReason, Unavailable."""
        entry_id = CreditEntryId(self.new_id())
        key = f"adjustment:{owner}:{key or entry_id}"
        async with self.uow(owner) as uow:
            user = await uow.users.lock(owner=owner)
            if user.erased_at is not None:
                raise AccountErased
            account = await uow.credits.lock(owner=owner)
            earlier = await uow.credits.with_key(owner=owner, key=key)
            if earlier is not None:
                return earlier
            account, entry = account.adjust(amount=amount, reason=reason, entry_id=entry_id, key=key, at=self.clock())
            await uow.credits.save(account, entry=entry)
            await uow.commit()
        return entry
