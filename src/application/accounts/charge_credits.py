"""Charge work whose price is known beforehand, once, however often it is tried."""

from __future__ import annotations

from dataclasses import dataclass

from application.accounts.ports import OpenUnitOfWork
from application.shared import Clock, NewId
from domain.accounts import PRICES, CreditEntry, CreditOperation
from domain.shared import CreditEntryId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeCredits:
    """`key` names the work among the owner's: whoever tries again with it is shown the line of the first time."""

    uow: OpenUnitOfWork
    clock: Clock
    new_id: NewId

    async def __call__(self, *, owner: UserId, operation: CreditOperation, key: str) -> CreditEntry:
        """The ledger's line; one of 0 credits where the operation is free.

        Errors: InsufficientCredits, NoSuch (the user), Unavailable.
        """
        key = f"charge:{owner}:{key}"
        async with self.uow(owner) as uow:
            # The lock comes first: of two tries at once the second finds the line of the first.
            account = await uow.credits.lock(owner=owner)
            earlier = await uow.credits.with_key(owner=owner, key=key)
            if earlier is not None:
                return earlier
            account, entry = account.charge(
                operation=operation,
                cost=PRICES[operation],
                entry_id=CreditEntryId(self.new_id()),
                key=key,
                at=self.clock(),
            )
            await uow.credits.save(account, entry=entry)
            await uow.commit()
        return entry
