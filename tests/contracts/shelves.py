"""Vector stores to hold to the contract, each with a way to have chunks that its vectors may belong to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from adapters.memory.vector_store import MemoryVectorStore
from adapters.pinecone import PineconeConnection, PineconeVectorStore
from adapters.postgres.engine import WORKER_ROLE, Transactions, create_engine
from adapters.postgres.unit_of_work import OpenPostgresUnitOfWork
from adapters.postgres.vector_store import PgvectorStore
from application.library.ports.vectors import ChunkRecord, ChunkVector, VectorStore
from domain.library import Chunk, Source, SourceKind
from domain.shared import ChunkId, SourceId, UserId
from tests.builders import NOON, a_user, signed_up
from tests.builders_library import a_source, a_stored_source, some_chunks
from tests.conftest import PostgresUrls
from tests.wire.pinecone_server import KEY, pinecone_server

MODEL = "test-model"

_numbers = count(1)


@dataclass
class Shelf:
    """A store. `shown` waits until it shows a write, where it may take a while; `uow` is there where rows must be."""

    store: VectorStore
    uow: OpenPostgresUnitOfWork | None = None
    slow: bool = False
    owners: list[UserId] = field(default_factory=list)

    async def user(self) -> UserId:
        owner = a_user().id if self.uow is None else (await signed_up(self.uow)).id
        self.owners.append(owner)
        return owner

    async def source(self, owner: UserId, number: int = 1) -> tuple[Source, list[Chunk]]:
        """A source of so many chunks. No two have the same content, which could have the same vector."""
        contents = [f"Frase numero {next(_numbers)}." for _ in range(number)]
        if self.uow is not None:
            return await a_stored_source(self.uow, owner, contents)
        source = a_source(owner)
        return source, some_chunks(source.id, contents)[1]

    async def chunks(self, owner: UserId, number: int) -> list[Chunk]:
        return (await self.source(owner, number))[1]

    async def put(self, owner: UserId, vectors: Sequence[ChunkVector], *, model: str = MODEL) -> None:
        await self.store.put(owner=owner, model=model, vectors=vectors)
        wanted = {one.record.chunk_id for one in vectors}
        await self.until(lambda: self._shows(owner, model, vectors[0].numbers, wanted))

    async def _shows(self, owner: UserId, model: str, near: Sequence[float], wanted: set[ChunkId]) -> bool:
        found = await self.store.nearest(owner=owner, model=model, vector=near, sources=None, limit=10_000)
        known = await self.store.similarities(owner=owner, model=model, vector=near, chunks=sorted(wanted))
        return wanted <= set(known) and wanted <= {one.chunk_id for one in found}

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """A store that shows its writes at once is not waited for: what it does not show is its fault."""
        if self.slow:
            async with asyncio.timeout(90):
                while not await holds():
                    await asyncio.sleep(1)


def a_vector(chunk: Chunk, numbers: Sequence[float], **changes: object) -> ChunkVector:
    fields: dict[str, object] = {
        "chunk_id": chunk.id,
        "source_id": chunk.source_id,
        "position": chunk.position,
        "kind": SourceKind.TEXT,
        "created_at": NOON,
        "text": chunk.content,
        **changes,
    }
    return ChunkVector(record=ChunkRecord(**fields), numbers=numbers)  # type: ignore[arg-type]


def no_source() -> SourceId:
    return a_source(a_user().id).id


@asynccontextmanager
async def pgvector_shelf(urls: PostgresUrls) -> AsyncIterator[Shelf]:
    engine = create_engine(urls.worker)
    transactions = Transactions(engine, role=WORKER_ROLE)
    yield Shelf(PgvectorStore(transactions), OpenPostgresUnitOfWork(transactions))
    await engine.dispose()


@asynccontextmanager
async def memory_shelf() -> AsyncIterator[Shelf]:
    yield Shelf(MemoryVectorStore())


@asynccontextmanager
async def wire_shelf(shared: Path) -> AsyncIterator[Shelf]:
    async with pinecone_server(shared / "specs") as server:
        connection = PineconeConnection(api_key=KEY, index="italian-learning", controller=server.url, poll=0.001)
        yield Shelf(PineconeVectorStore(connection))
        await connection.aclose()


@asynccontextmanager
async def real_shelf() -> AsyncIterator[Shelf]:
    key = os.environ.get("PINECONE_API_KEY")
    if not key:
        pytest.skip("PINECONE_API_KEY is not set: Pinecone itself is not asked")
    name = os.environ.get("PINECONE_TEST_INDEX", "italian-learning-test")
    connection = PineconeConnection(api_key=key, index=name)
    shelf = Shelf(PineconeVectorStore(connection), slow=True)
    yield shelf
    for owner in shelf.owners:
        await shelf.store.delete_owner(owner=owner)
    await connection.aclose()
