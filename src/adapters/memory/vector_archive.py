"""The database's own copy of every vector, in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence

from adapters.memory.chunk_tables import CHUNKS, VECTORS, StoredChunk, key_of
from adapters.memory.database import MemoryDatabase, Tables
from adapters.memory.sources import SOURCES
from application.library.ports.vectors import ChunkRecord, ChunkVector, VectorArchive
from domain.shared import ChunkId, UserId


class MemoryVectorArchive(VectorArchive):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def chunks(self, *, owner: UserId) -> Mapping[ChunkId, frozenset[str]]:
        tables = self._database.committed
        models = {key.model for key in tables[VECTORS]}
        return {
            row.chunk.id: frozenset(model for model in models if key_of(row.chunk, model) in tables[VECTORS])
            for row in tables[CHUNKS].values()
            if row.owner == owner
        }

    async def vectors(self, *, owner: UserId, model: str, chunks: Sequence[ChunkId]) -> Sequence[ChunkVector]:
        tables = self._database.committed
        rows = [tables[CHUNKS][id] for id in dict.fromkeys(chunks) if id in tables[CHUNKS]]
        return [
            ChunkVector(
                record=_record(tables, row), numbers=[float(one) for one in tables[VECTORS][key_of(row.chunk, model)]]
            )
            for row in sorted(rows, key=lambda row: (row.chunk.source_id, row.chunk.position))
            if row.owner == owner and key_of(row.chunk, model) in tables[VECTORS]
        ]

    async def sharing(self, *, chunks: Sequence[ChunkId]) -> Mapping[UserId, Sequence[ChunkId]]:
        rows, found = self._database.committed[CHUNKS], defaultdict[UserId, list[ChunkId]](list)
        contents = {(rows[id].owner, rows[id].chunk.content_hash) for id in chunks if id in rows}
        for row in sorted(rows.values(), key=lambda row: (row.owner, row.chunk.source_id, row.chunk.position)):
            if (row.owner, row.chunk.content_hash) in contents:
                found[row.owner].append(row.chunk.id)
        return found

    async def owners(self) -> AsyncGenerator[Sequence[UserId], None]:
        owners = sorted({row.owner for row in self._database.committed[CHUNKS].values()})
        if owners:
            yield owners


def _record(tables: Tables, row: StoredChunk) -> ChunkRecord:
    source = tables[SOURCES][row.chunk.source_id]
    return ChunkRecord(
        chunk_id=row.chunk.id,
        source_id=source.id,
        position=row.chunk.position,
        kind=source.kind,
        created_at=source.created_at,
        text=row.chunk.content,
    )
