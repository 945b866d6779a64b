"""Set credits aside for work whose price is not known beforehand, and charge the true price when it is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from application.accounts.ports import OpenUnitOfWork, UnitOfWork
from application.shared import Clock, NewId
from domain.accounts import CreditEntry, CreditOperation, Hold, HoldStatus
from domain.shared import HoldId, Unavailable, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldCredits:
    """`async with hold(owner=..., operation=..., estimate=...) as held:` commits the hold before the body begins.

    Whatever the body did not settle is released when it ends, fails or is cancelled. If this process dies, the hold
    frees itself after `lifetime`.
    """

    uow: OpenUnitOfWork
    clock: Clock
    new_id: NewId
    lifetime: timedelta

    @asynccontextmanager
    async def __call__(self, *, owner: UserId, operation: CreditOperation, estimate: int) -> AsyncIterator[Hold]:
        """Errors: InsufficientCredits, before the body."""
        now = self.clock()
        hold = Hold(
            id=HoldId(self.new_id()),
            owner=owner,
            operation=operation,
            amount=estimate,
            created_at=now,
            expires_at=now + self.lifetime,
        )
        async with self.uow(owner) as uow:
            account = await uow.credits.lock(owner=owner)
            await uow.credits.save(account.hold(hold), hold=hold)
            await uow.commit()
        try:
            yield hold
        finally:
            # Shielded: a caller that goes away must not leave its credits held until they expire.
            await asyncio.shield(self._release(hold))

    async def _release(self, hold: Hold) -> None:
        # With the store down the hold frees itself later; the body's own outcome, good or bad, must come through.
        with suppress(Unavailable):
            await self._give_back(hold)

    async def _give_back(self, hold: Hold) -> None:
        async with self.uow(hold.owner) as uow:
            account = await uow.credits.lock(owner=hold.owner)
            current = await uow.credits.hold(owner=hold.owner, id=hold.id)
            if current.status is HoldStatus.ACTIVE:
                account, released = account.release(current)
                await uow.credits.save(account, hold=released)
                await uow.commit()


async def settle(
    uow: UnitOfWork, *, owner: UserId, hold: Hold, cost: int, tokens_used: int | None, at: datetime
) -> CreditEntry:
    """Charge a hold's true cost inside the transaction that stores what was paid for.

    Errors: DuplicateEntry when this hold was settled before (a retried job): nothing of the transaction may stand.
    """
    account = await uow.credits.lock(owner=owner)
    current = await uow.credits.hold(owner=owner, id=hold.id)
    account, settled, entry = account.settle(current, cost=cost, tokens_used=tokens_used, at=at)
    await uow.credits.save(account, hold=settled, entry=entry)
    return entry
