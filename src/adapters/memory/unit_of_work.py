"""One transaction in memory with every context's repositories on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from adapters.memory.accounts import MemoryCreditRepository, MemoryUserRepository
from adapters.memory.database import MemoryDatabase, MemoryTransaction
from domain.shared import UserId


class MemoryUnitOfWork:
    """Satisfies every context's `UnitOfWork`."""

    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction
        self.users = MemoryUserRepository(transaction.tables)
        self.credits = MemoryCreditRepository(transaction.tables)

    async def commit(self) -> None:
        await self._transaction.commit()


class OpenMemoryUnitOfWork:
    """Opens a transaction: `async with uow(owner) as unit: ...; await unit.commit()`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def __call__(self, owner: UserId) -> AbstractAsyncContextManager[MemoryUnitOfWork]:
        return self._open(owner)

    @asynccontextmanager
    async def _open(self, owner: UserId) -> AsyncIterator[MemoryUnitOfWork]:  # noqa: ARG002  rows carry their owner here
        async with self._database.begin() as transaction:
            yield MemoryUnitOfWork(transaction)
