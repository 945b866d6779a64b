"""The queue of the embedding engine in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from adapters.lexical import searchable_text
from adapters.memory.chunk_tables import (
    CHUNKS,
    CLAIMS,
    TURNS,
    VECTORS,
    Claim,
    StoredChunk,
    count_embedded,
    half_precision,
    key_of,
)
from adapters.memory.database import MemoryDatabase, Tables
from adapters.memory.sources import SOURCES
from adapters.system import utc_now
from application.library.ports import EmbeddingQueue, WaitingChunk
from application.shared import Clock
from domain.shared import ChunkId, UserId


class MemoryEmbeddingQueue(EmbeddingQueue):
    def __init__(
        self, database: MemoryDatabase, *, clock: Clock = utc_now, lease: timedelta = timedelta(minutes=5)
    ) -> None:
        self._database = database
        self._clock = clock
        self._lease = lease

    def claim(self, *, model: str, limit: int) -> AbstractAsyncContextManager[Sequence[WaitingChunk]]:
        return self._claim(model, limit)

    @asynccontextmanager
    async def _claim(self, model: str, limit: int) -> AsyncIterator[Sequence[WaitingChunk]]:
        holder, now = uuid4(), self._clock()
        async with self._database.begin() as transaction:
            tables = transaction.tables
            free = [row for row in _waiting(tables, model) if not _claimed(tables, row.chunk.id, now)]
            taken = _turn_by_turn(tables, free)[:limit]
            for row in taken:
                tables[CLAIMS][row.chunk.id] = Claim(holder, now + self._lease)
            latest = max(tables[TURNS].values(), default=0) + 1
            tables[TURNS].update(dict.fromkeys((row.owner for row in taken), latest))
            await transaction.commit()
        try:
            yield [
                WaitingChunk(
                    chunk_id=row.chunk.id,
                    source_id=row.chunk.source_id,
                    owner=row.owner,
                    text=searchable_text(
                        title=tables[SOURCES][row.chunk.source_id].title,
                        heading=row.chunk.heading,
                        content=row.chunk.content,
                    ),
                )
                for row in taken
            ]
        finally:
            async with self._database.begin() as transaction:
                claims = transaction.tables[CLAIMS]
                for id in [id for id, claim in claims.items() if claim.holder == holder]:
                    del claims[id]
                await transaction.commit()

    async def store(self, *, model: str, vectors: Mapping[ChunkId, Sequence[float]]) -> None:
        async with self._database.begin() as transaction:
            tables = transaction.tables
            rows = [tables[CHUNKS][id] for id in vectors if id in tables[CHUNKS]]
            for row in rows:
                tables[VECTORS].setdefault(key_of(row.chunk, model), half_precision(vectors[row.chunk.id]))
            for source_id in {row.chunk.source_id for row in rows}:
                tables[SOURCES][source_id] = replace(
                    tables[SOURCES][source_id], embedded_chunk_count=count_embedded(tables, source_id, model)
                )
            await transaction.commit()

    async def waiting(self, *, model: str) -> int:
        return len(_waiting(self._database.committed, model))


def _waiting(tables: Tables, model: str) -> list[StoredChunk]:
    vectors = tables[VECTORS]
    return [row for row in tables[CHUNKS].values() if key_of(row.chunk, model) not in vectors]


def _claimed(tables: Tables, id: ChunkId, now: datetime) -> bool:
    claim = tables[CLAIMS].get(id)
    return claim is not None and claim.expires_at > now


def _turn_by_turn(tables: Tables, rows: Sequence[StoredChunk]) -> list[StoredChunk]:
    """Everybody's first chunk, then everybody's second; who was served longest ago begins."""
    queues: dict[UserId, list[StoredChunk]] = {}
    for row in sorted(rows, key=lambda row: (row.chunk.source_id, row.chunk.position)):
        queues.setdefault(row.owner, []).append(row)
    placed = [
        ((turn, tables[TURNS].get(owner, 0), owner), row)
        for owner, queue in queues.items()
        for turn, row in enumerate(queue)
    ]
    return [row for _, row in sorted(placed, key=lambda pair: pair[0])]
