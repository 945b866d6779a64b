"""Every contract runs on every adapter: `store` is the memory database in one run and PostgreSQL in the next."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.memory.accounts import MemoryCreditReader
from adapters.memory.chat import MemoryConversationReader, MemoryMessageReader
from adapters.memory.chunk_index import MemoryChunkIndex
from adapters.memory.database import MemoryDatabase
from adapters.memory.embedding_queue import MemoryEmbeddingQueue
from adapters.memory.practice import MemoryExerciseReader, MemoryResponseReader
from adapters.memory.sources import MemorySourceReader
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from adapters.postgres.accounts import PostgresCreditReader
from adapters.postgres.chat import PostgresConversationReader, PostgresMessageReader
from adapters.postgres.chunk_index import PostgresChunkIndex
from adapters.postgres.embedding_queue import PostgresEmbeddingQueue
from adapters.postgres.engine import API_ROLE, WORKER_ROLE, Transactions
from adapters.postgres.practice import PostgresExerciseReader, PostgresResponseReader
from adapters.postgres.sources import PostgresSourceReader
from adapters.postgres.unit_of_work import OpenPostgresUnitOfWork
from application.accounts import CreditReader
from application.library import ChunkIndex, EmbeddingQueue, SourceReader
from application.practice import ExerciseReader, ResponseReader
from tests.builders_chat import Books
from tests.contracts.queueing import VECTOR

T = TypeVar("T")


@dataclass(frozen=True)
class Store:
    """One adapter's database: a unit-of-work opener as the API, one as the worker, and whatever reads beside them."""

    name: str
    uow: Any
    worker_uow: Any
    memory: MemoryDatabase | None = None
    api: Transactions | None = None
    worker: Transactions | None = None

    def reader(self, *, memory: Callable[[MemoryDatabase], T], postgres: Callable[[Transactions], T]) -> T:
        """This store's adapter of a port that the API reads through."""
        if self.memory is not None:
            return memory(self.memory)
        assert self.api is not None
        return postgres(self.api)

    def worker_reader(self, *, memory: Callable[[MemoryDatabase], T], postgres: Callable[[Transactions], T]) -> T:
        """This store's adapter of a port that only workers use."""
        if self.memory is not None:
            return memory(self.memory)
        assert self.worker is not None
        return postgres(self.worker)


@pytest.fixture
def books(store: Store, ledger: CreditReader) -> Books:
    return Books(
        credits=ledger,
        conversations=store.reader(memory=MemoryConversationReader, postgres=PostgresConversationReader),
        messages=store.reader(memory=MemoryMessageReader, postgres=PostgresMessageReader),
    )


@pytest.fixture
def ledger(store: Store) -> CreditReader:
    return store.reader(memory=MemoryCreditReader, postgres=PostgresCreditReader)


@pytest.fixture
def exercises(store: Store) -> ExerciseReader:
    return store.reader(memory=MemoryExerciseReader, postgres=PostgresExerciseReader)


@pytest.fixture
def responses(store: Store) -> ResponseReader:
    return store.reader(memory=MemoryResponseReader, postgres=PostgresResponseReader)


@pytest.fixture
def index(store: Store) -> ChunkIndex:
    return store.reader(memory=MemoryChunkIndex, postgres=PostgresChunkIndex)


@pytest.fixture
def sources(store: Store) -> SourceReader:
    return store.reader(memory=MemorySourceReader, postgres=PostgresSourceReader)


@pytest.fixture
async def model(queue: EmbeddingQueue) -> str:
    """A model of this test's own, for which only the chunks made here are looked at: the rest has its vectors."""
    name = f"model-{uuid4().hex[:8]}"
    while True:
        async with queue.claim(model=name, limit=500) as batch:
            if not batch:
                return name
            await queue.store(model=name, vectors={chunk.chunk_id: VECTOR for chunk in batch})


@pytest.fixture
def queue(store: Store) -> EmbeddingQueue:
    return store.worker_reader(memory=MemoryEmbeddingQueue, postgres=PostgresEmbeddingQueue)


@pytest.fixture(params=["memory", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    if request.param == "memory":
        database = MemoryDatabase()
        opener = OpenMemoryUnitOfWork(database)
        yield Store(name="memory", uow=opener, worker_uow=opener, memory=database)
        return
    from adapters.postgres.engine import create_engine

    urls = request.getfixturevalue("postgres")
    engines: list[AsyncEngine] = [create_engine(urls.api), create_engine(urls.worker)]
    api, worker = Transactions(engines[0], role=API_ROLE), Transactions(engines[1], role=WORKER_ROLE)
    yield Store(
        name="postgres",
        uow=OpenPostgresUnitOfWork(api),
        worker_uow=OpenPostgresUnitOfWork(worker),
        api=api,
        worker=worker,
    )
    for engine in engines:
        await engine.dispose()
