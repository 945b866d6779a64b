"""Users who were there before, who spend, and whose ledger is read to the end: for tests of whole months."""

from __future__ import annotations

import asyncio
from datetime import datetime

from sqlalchemy import text

from application.accounts import CreditReader, settle
from application.shared import LARGEST_PAGE, Window
from domain.accounts import CreditEntry, CreditOperation, opening
from domain.shared import UserId
from tests.builders import TickingClock, a_holder, a_user
from tests.contracts.conftest import Store

ALLOWANCE = 10_000


async def opened(store: Store, *, at: datetime, credits: int = ALLOWANCE) -> UserId:
    """A new user, who signed up at that moment."""
    user = a_user(created_at=at)
    account, grant = opening(user.id, allowance=credits, at=at)
    async with store.uow(user.id) as uow:
        assert await uow.users.open(user, account, grant)
        await uow.commit()
    return user.id


async def spend(store: Store, owner: UserId, cost: int, *, at: datetime) -> None:
    """Pay, as a use case does: hold, work, settle."""
    hold = a_holder(store.uow, TickingClock(at))
    async with hold(owner=owner, operation=CreditOperation.CHAT, estimate=cost) as held, store.uow(owner) as uow:
        await settle(uow, owner=owner, hold=held, cost=cost, tokens_used=None, at=at)
        await uow.commit()


async def lines(ledger: CreditReader, owner: UserId) -> list[CreditEntry]:
    """The whole ledger of a user, oldest line first."""
    seen: list[CreditEntry] = []
    window = Window(first=LARGEST_PAGE)
    while True:
        page = await ledger.page(owner=owner, window=window)
        seen += page.items
        if not page.has_next:
            return seen[::-1]
        window = Window(first=LARGEST_PAGE, after=page.positions[-1])


async def somebody_waits(store: Store) -> None:
    """Return when a transaction waits for another's lock."""
    assert store.worker is not None
    async with asyncio.timeout(20), store.worker.begin(None) as connection:
        while not (await connection.execute(text("select count(*) from pg_locks where not granted"))).scalar_one():
            await asyncio.sleep(0.01)
