"""Give a charge back, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.accounts.ports import OpenUnitOfWork, UnitOfWork
from application.shared import Clock, NewId
from domain.accounts import CreditEntry, refund_key
from domain.shared import CreditEntryId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundCharge:
    """The whole of it, with a reason; a second time shows the line of the first."""

    uow: OpenUnitOfWork
    clock: Clock
    new_id: NewId

    async def __call__(self, *, owner: UserId, entry_id: UUID, reason: str) -> CreditEntry:
        """The refund. Errors: NoSuch and NotYours (the line), NothingToRefund, UnsuitableReason, Unavailable."""
        async with self.uow(owner) as uow:
            line = CreditEntryId(self.new_id())
            entry = await refund(uow, owner=owner, entry_id=entry_id, reason=reason, refund_id=line, at=self.clock())
            await uow.commit()
        return entry


async def refund(
    uow: UnitOfWork, *, owner: UserId, entry_id: UUID, reason: str, refund_id: CreditEntryId, at: datetime
) -> CreditEntry:
    """Give a charge back inside the transaction that takes back what was paid for; the earlier line if there is one.

    Errors: NoSuch and NotYours (the line), NothingToRefund, UnsuitableReason.
    """
    account = await uow.credits.lock(owner=owner)
    charge = await uow.credits.entry(owner=owner, id=entry_id)
    earlier = await uow.credits.with_key(owner=owner, key=refund_key(charge.id))
    if earlier is not None:
        return earlier
    account, entry = account.refund(charge, reason=reason, entry_id=refund_id, at=at)
    await uow.credits.save(account, entry=entry)
    return entry
