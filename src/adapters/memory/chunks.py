"""Chunks in memory: the store and the readers. `chunk_index` finds them, `embedding_queue` gives them vectors.

Their names are here too, so that a caller needs one module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from adapters.lexical import terms_by_chunk
from adapters.memory.chat import await_anchors
from adapters.memory.chunk_index import MemoryChunkIndex
from adapters.memory.chunk_tables import CHUNKS, REFUSALS, VECTORS, StoredChunk, VectorKey, count_embedded
from adapters.memory.database import MemoryDatabase, Tables, own, window_of
from adapters.memory.embedding_queue import MemoryEmbeddingQueue
from adapters.memory.sources import SOURCE_TEXTS, SOURCES
from application.library.ports import ChunkReader, ChunkRepository
from application.shared import Page, Window
from domain.library import Chunk, ExtractedText, Source, spread
from domain.shared import ChunkId, SourceId, UserId

__all__ = ["MemoryChunkIndex", "MemoryChunkReader", "MemoryChunkRepository", "MemoryEmbeddingQueue"]


class MemoryChunkRepository(ChunkRepository):
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def replace(self, *, owner: UserId, source: Source, text: ExtractedText, chunks: Sequence[Chunk]) -> None:
        stored = own(self._tables[SOURCES], source.id, owner=owner, owner_of=lambda one: one.owner, kind="source")
        rows, vectors = self._tables[CHUNKS], self._tables[VECTORS]
        for id in [id for id, row in rows.items() if row.chunk.source_id == source.id]:
            del rows[id]
        for chunk, terms in terms_by_chunk(source, chunks):
            rows[chunk.id] = StoredChunk(owner=owner, chunk=chunk, terms=terms)
        contents = {chunk.content_hash for chunk in chunks}
        for key in [key for key in vectors if key.source_id == source.id and key.content_hash not in contents]:
            del vectors[key]
        for key in [key for key in self._tables[REFUSALS] if key.source_id == source.id]:
            del self._tables[REFUSALS][key]
        self._adopt(owner, source.id, contents)
        self._tables[SOURCE_TEXTS][source.id] = text.text
        models = {key.model for key in vectors if key.source_id == source.id}
        self._tables[SOURCES][source.id] = replace(
            stored,
            chunk_count=len(chunks),
            embedded_chunk_count=max((count_embedded(self._tables, source.id, model) for model in models), default=0),
            refused_chunk_count=0,
        )
        await_anchors(self._tables, source.id, since=source.processed_at or source.created_at)

    async def reindex(self, *, owner: UserId, source: Source) -> None:
        own(self._tables[SOURCES], source.id, owner=owner, owner_of=lambda one: one.owner, kind="source")
        rows = self._tables[CHUNKS]
        stored = [row.chunk for row in rows.values() if row.chunk.source_id == source.id]
        for chunk, terms in terms_by_chunk(source, sorted(stored, key=lambda chunk: chunk.position)):
            rows[chunk.id] = replace(rows[chunk.id], terms=terms)

    async def get(self, *, owner: UserId, id: UUID) -> Chunk:
        return _own(self._tables, owner, id)

    async def many(self, *, owner: UserId, ids: Sequence[ChunkId]) -> dict[ChunkId, Chunk]:
        return _many(self._tables, owner, ids)

    def _adopt(self, owner: UserId, source_id: SourceId, contents: set[str]) -> None:
        """What the owner has embedded in another source is not embedded again."""
        sources, vectors = self._tables[SOURCES], self._tables[VECTORS]
        for key, vector in list(vectors.items()):
            if key.content_hash in contents and sources[key.source_id].owner == owner:
                vectors.setdefault(VectorKey(source_id, key.content_hash, key.model), vector)


class MemoryChunkReader(ChunkReader):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, *, owner: UserId, id: UUID) -> Chunk:
        return _own(self._database.committed, owner, id)

    async def many(self, *, owner: UserId, ids: Sequence[ChunkId]) -> dict[ChunkId, Chunk]:
        return _many(self._database.committed, owner, ids)

    async def page(self, *, owner: UserId, source_id: SourceId, window: Window) -> Page[Chunk]:
        return window_of(
            self._of(owner, source_id),
            window,
            key=lambda chunk: chunk.position,
            id=lambda chunk: chunk.id,
            descending=False,
        )

    async def count(self, *, owner: UserId, source_id: SourceId) -> int:
        return len(self._of(owner, source_id))

    async def spread(self, *, owner: UserId, source_ids: Sequence[SourceId] | None, limit: int) -> list[Chunk]:
        mine = [row.chunk for row in self._database.committed[CHUNKS].values() if row.owner == owner]
        wanted = [chunk for chunk in mine if source_ids is None or chunk.source_id in source_ids]
        found = {(chunk.source_id, chunk.position): chunk for chunk in wanted}
        places = spread(Counter(chunk.source_id for chunk in wanted), limit)
        return [found[place] for place in places if place in found]

    def _of(self, owner: UserId, source_id: SourceId) -> list[Chunk]:
        rows = self._database.committed[CHUNKS].values()
        return [row.chunk for row in rows if row.owner == owner and row.chunk.source_id == source_id]


def _own(tables: Tables, owner: UserId, id: UUID) -> Chunk:
    return own(tables[CHUNKS], id, owner=owner, owner_of=lambda row: row.owner, kind="chunk").chunk


def _many(tables: Tables, owner: UserId, ids: Sequence[ChunkId]) -> dict[ChunkId, Chunk]:
    rows = tables[CHUNKS]
    return {id: rows[id].chunk for id in ids if id in rows and rows[id].owner == owner}
