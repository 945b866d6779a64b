"""One transaction in memory with every context's repositories on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from adapters.memory.accounts import MemoryCreditRepository, MemoryUserRepository
from adapters.memory.chat import MemoryConversationRepository, MemoryMessageRepository, MemoryTurnRepository
from adapters.memory.chunks import MemoryChunkRepository
from adapters.memory.citations import MemoryCitationRepository
from adapters.memory.database import MemoryDatabase, MemoryTransaction
from adapters.memory.deliveries import MemoryDeliveryLog
from adapters.memory.erasures import MemoryErasureRepository, refuse_erased
from adapters.memory.practice import (
    MemoryExerciseRepository,
    MemoryResponseRepository,
    MemoryReviewRepository,
)
from adapters.memory.sources import MemorySourceRepository
from adapters.memory.writing import MemoryAttachmentRepository, MemoryDocumentRepository
from domain.shared import UserId


class MemoryUnitOfWork:
    """Satisfies every context's `UnitOfWork`."""

    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction
        self.users = MemoryUserRepository(transaction.tables)
        self.credits = MemoryCreditRepository(transaction.tables)
        self.deliveries = MemoryDeliveryLog(transaction.tables)
        self.erasures = MemoryErasureRepository(transaction.tables)
        self.sources = MemorySourceRepository(transaction.tables)
        self.chunks = MemoryChunkRepository(transaction.tables)
        self.exercises = MemoryExerciseRepository(transaction.tables)
        self.responses = MemoryResponseRepository(transaction.tables)
        self.reviews = MemoryReviewRepository(transaction.tables)
        self.documents = MemoryDocumentRepository(transaction.tables)
        self.attachments = MemoryAttachmentRepository(transaction.tables)
        self.conversations = MemoryConversationRepository(transaction.tables)
        self.messages = MemoryMessageRepository(transaction.tables)
        self.citations = MemoryCitationRepository(transaction.tables)
        self.turns = MemoryTurnRepository(transaction.tables)

    async def commit(self) -> None:
        refuse_erased(self._transaction.before, self._transaction.tables)
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
