"""Give a charge back, once."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.accounts.ports import OpenUnitOfWork
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
            account = await uow.credits.lock(owner=owner)
            charge = await uow.credits.entry(owner=owner, id=entry_id)
            earlier = await uow.credits.with_key(owner=owner, key=refund_key(charge.id))
            if earlier is not None:
                return earlier
            account, refund = account.refund(
                charge, reason=reason, entry_id=CreditEntryId(self.new_id()), at=self.clock()
            )
            await uow.credits.save(account, entry=refund)
            await uow.commit()
        return refund
