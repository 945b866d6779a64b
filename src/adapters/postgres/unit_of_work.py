"""One PostgreSQL transaction with every context's repositories on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts import PostgresCreditRepository, PostgresUserRepository
from adapters.postgres.chat import PostgresConversationRepository, PostgresMessageRepository
from adapters.postgres.chunks import PostgresChunkRepository
from adapters.postgres.citations import PostgresCitationRepository
from adapters.postgres.deliveries import PostgresDeliveryLog
from adapters.postgres.engine import Transactions
from adapters.postgres.erasures import PostgresErasureRepository
from adapters.postgres.practice_responses import PostgresResponseRepository
from adapters.postgres.practice_stores import PostgresExerciseRepository
from adapters.postgres.reviews import PostgresReviewRepository
from adapters.postgres.sources import PostgresSourceRepository
from adapters.postgres.turns import PostgresTurnRepository
from adapters.postgres.writing import PostgresAttachmentRepository, PostgresDocumentRepository
from domain.shared import UserId


class PostgresUnitOfWork:
    """Satisfies every context's `UnitOfWork`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.users = PostgresUserRepository(connection)
        self.credits = PostgresCreditRepository(connection)
        self.deliveries = PostgresDeliveryLog(connection)
        self.erasures = PostgresErasureRepository(connection)
        self.sources = PostgresSourceRepository(connection)
        self.chunks = PostgresChunkRepository(connection)
        self.exercises = PostgresExerciseRepository(connection)
        self.responses = PostgresResponseRepository(connection)
        self.reviews = PostgresReviewRepository(connection)
        self.documents = PostgresDocumentRepository(connection)
        self.attachments = PostgresAttachmentRepository(connection)
        self.conversations = PostgresConversationRepository(connection)
        self.messages = PostgresMessageRepository(connection)
        self.citations = PostgresCitationRepository(connection)
        self.turns = PostgresTurnRepository(connection)

    async def commit(self) -> None:
        await self._connection.commit()


class OpenPostgresUnitOfWork:
    """Opens a transaction for one user: `async with uow(owner) as unit: ...; await unit.commit()`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def __call__(self, owner: UserId) -> AbstractAsyncContextManager[PostgresUnitOfWork]:
        return self._open(owner)

    @asynccontextmanager
    async def _open(self, owner: UserId) -> AsyncIterator[PostgresUnitOfWork]:
        async with self._transactions.begin(owner) as connection:
            yield PostgresUnitOfWork(connection)
