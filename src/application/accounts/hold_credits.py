"""Set credits aside for work whose price is not known beforehand, and charge the true price when it is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from application.accounts.ports import Alerts, OpenUnitOfWork, UnitOfWork
from application.shared import Clock, NewId
from domain.accounts import CreditEntry, CreditOperation, Hold, HoldStatus
from domain.shared import HoldId, NoSuch, Unavailable, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldCredits:
    """`async with hold(owner=..., operation=..., estimate=...) as held:` commits the hold before the body begins.

    Whatever the body did not settle is released when it ends, fails or is cancelled. If this process dies, the hold
    frees itself after `lifetime`. What was settled above what the balance covers is told to `alerts`.
    """

    uow: OpenUnitOfWork
    alerts: Alerts
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
            await asyncio.shield(self._end(hold))

    async def grow(self, hold: Hold, *, to: int) -> Hold:
        """Inside the body: so much in all, for work that turns out to be longer; it lives on for another `lifetime`.

        Errors: InsufficientCredits.
        """
        until = self.clock() + self.lifetime
        async with self.uow(hold.owner) as uow:
            account = await uow.credits.lock(owner=hold.owner)
            current = await uow.credits.hold(owner=hold.owner, id=hold.id)
            account, grown = account.grow(current, to=to, until=until)
            await uow.credits.save(account, hold=grown)
            await uow.commit()
        return grown

    async def _end(self, hold: Hold) -> None:
        # With the store down the hold frees itself later, and an erased account has none; the body's own outcome, good
        # or bad, must come through.
        with suppress(Unavailable, NoSuch):
            entry = await self._give_back(hold)
            if entry is not None and entry.shortfall:
                self.alerts.shortfall(entry)

    async def _give_back(self, hold: Hold) -> CreditEntry | None:
        """Release what was not settled; the line of what was."""
        async with self.uow(hold.owner) as uow:
            if await release(uow, owner=hold.owner, hold_id=hold.id):
                await uow.commit()
                return None
            return await uow.credits.with_key(owner=hold.owner, key=hold.key)


async def release(uow: UnitOfWork, *, owner: UserId, hold_id: HoldId) -> bool:
    """Give a hold back inside a transaction; False when it was settled or given back before. Errors: NoSuch."""
    account = await uow.credits.lock(owner=owner)
    current = await uow.credits.hold(owner=owner, id=hold_id)
    if current.status is not HoldStatus.ACTIVE:
        return False
    account, released = account.release(current)
    await uow.credits.save(account, hold=released)
    return True


async def settle(
    uow: UnitOfWork,
    *,
    owner: UserId,
    hold: Hold,
    cost: int,
    tokens_used: int | None,
    at: datetime,
    estimated: bool = False,
) -> CreditEntry:
    """Charge a hold's true cost inside the transaction that stores what was paid for.

    A cost that the balance does not cover is charged as far as it goes; the line says what is missing.

    Errors: DuplicateEntry when this hold was settled before (a retried job): nothing of the transaction may stand.
    """
    account = await uow.credits.lock(owner=owner)
    current = await uow.credits.hold(owner=owner, id=hold.id)
    account, settled, entry = account.settle(current, cost=cost, tokens_used=tokens_used, at=at, estimated=estimated)
    await uow.credits.save(account, hold=settled, entry=entry)
    return entry
