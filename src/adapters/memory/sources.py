"""Sources in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from adapters.memory.chunk_tables import forget_chunks
from adapters.memory.database import MemoryDatabase, Table, Tables, contains, own, window_of
from application.library.ports import DeletedSources, SourceFilter, SourceReader, SourceRepository, StuckSources
from application.shared import Page, Window
from domain.library import DuplicateSource, Source, SourceStatus
from domain.shared import DocumentId, NoSuch, SourceId, UserId

SOURCES: Table[SourceId, Source] = Table("sources")
DELETED: Table[SourceId, tuple[UserId, datetime]] = Table("deleted_sources")
"""Whose they were, and when their removal was last asked for. All that hung on them is gone already."""
SOURCE_TEXTS: Table[SourceId, str] = Table("source_texts")
# The same table as in `writing`, which imports this module.
_ATTACHMENTS: Table[tuple[DocumentId, SourceId], object] = Table("attachments")


class MemorySourceRepository(SourceRepository):
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, source: Source) -> None:
        if await self.with_content(owner=source.owner, content_hash=source.content_hash):
            raise DuplicateSource
        self._tables[SOURCES][source.id] = source

    async def get(self, *, owner: UserId, id: UUID) -> Source:
        return _own(self._tables, owner, id)

    async def lock(self, *, owner: UserId, id: UUID) -> Source:
        return _own(self._tables, owner, id)

    async def with_content(self, *, owner: UserId, content_hash: str) -> Source | None:
        for source in self._tables[SOURCES].values():
            if source.owner == owner and source.content_hash == content_hash:
                return source
        return None

    async def save(self, source: Source) -> None:
        stored = _own(self._tables, source.owner, source.id)
        self._tables[SOURCES][source.id] = replace(
            source,
            chunk_count=stored.chunk_count,
            embedded_chunk_count=stored.embedded_chunk_count,
            refused_chunk_count=stored.refused_chunk_count,
        )

    async def delete(self, *, owner: UserId, id: UUID) -> None:
        source = _own(self._tables, owner, id)
        del self._tables[SOURCES][source.id]
        self._tables[SOURCE_TEXTS].pop(source.id, None)
        forget_chunks(self._tables, source.id)
        for attached in [key for key in self._tables[_ATTACHMENTS] if key[1] == source.id]:
            del self._tables[_ATTACHMENTS][attached]

    async def mark_deleted(self, *, owner: UserId, id: UUID, at: datetime) -> None:
        source = _own(self._tables, owner, id)
        await self.delete(owner=owner, id=id)
        self._tables[DELETED][source.id] = (owner, at)


class MemorySourceReader(SourceReader):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, *, owner: UserId, id: UUID) -> Source:
        return _own(self._database.committed, owner, id)

    async def many(self, *, owner: UserId, ids: Sequence[SourceId]) -> dict[SourceId, Source]:
        rows = self._database.committed[SOURCES]
        return {id: rows[id] for id in ids if id in rows and rows[id].owner == owner}

    async def page(self, *, owner: UserId, window: Window, where: SourceFilter) -> Page[Source]:
        rows = self._matching(owner, where)
        return window_of(rows, window, key=lambda source: source.created_at, id=lambda source: source.id)

    async def count(self, *, owner: UserId, where: SourceFilter) -> int:
        return len(self._matching(owner, where))

    async def text(self, *, owner: UserId, id: UUID) -> str:
        source = _own(self._database.committed, owner, id)
        return self._database.committed[SOURCE_TEXTS].get(source.id, "")

    def _matching(self, owner: UserId, where: SourceFilter) -> list[Source]:
        attached = self._database.committed[_ATTACHMENTS]
        return [
            source
            for source in self._database.committed[SOURCES].values()
            if source.owner == owner
            and where.status in {None, source.status}
            and where.kind in {None, source.kind}
            and (where.document_id is None or (where.document_id, source.id) in attached)
            and contains(where.text, source.title, source.author, source.original_filename)
        ]


class MemoryStuckSources(StuckSources):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def take(self, *, since_before: datetime, at: datetime, limit: int) -> Sequence[tuple[UserId, SourceId]]:
        async with self._database.begin() as transaction:
            rows = transaction.tables[SOURCES]
            stuck = sorted(
                (source.processing_since, source.id)
                for source in rows.values()
                if source.status is SourceStatus.PROCESSING
                and source.processing_since is not None
                and source.processing_since < since_before
            )[:limit]
            for _, id in stuck:
                rows[id] = replace(rows[id], processing_since=at)
            await transaction.commit()
        return [(rows[id].owner, id) for _, id in stuck]

    async def abandon(self, *, since_before: datetime, at: datetime, limit: int) -> int:
        async with self._database.begin() as transaction:
            repository = MemorySourceRepository(transaction.tables)
            begun = sorted(
                (source.processing_since, source.id)
                for source in transaction.tables[SOURCES].values()
                if source.status is SourceStatus.UPLOADING
                and source.processing_since is not None
                and source.processing_since < since_before
            )[:limit]
            for _, id in begun:
                await repository.mark_deleted(owner=transaction.tables[SOURCES][id].owner, id=id, at=at)
            await transaction.commit()
        return len(begun)


class MemoryDeletedSources(DeletedSources):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def take(self, *, since_before: datetime, at: datetime, limit: int) -> Sequence[tuple[UserId, SourceId]]:
        async with self._database.begin() as transaction:
            rows = transaction.tables[DELETED]
            waiting = sorted((asked, id, owner) for id, (owner, asked) in rows.items() if asked < since_before)[:limit]
            for _, id, owner in waiting:
                rows[id] = (owner, at)
            await transaction.commit()
        return [(owner, id) for _, id, owner in waiting]

    async def clear(self, *, owner: UserId, source_id: SourceId) -> bool:
        deleted = self._database.committed[DELETED].get(source_id)
        if deleted is None or deleted[0] != owner:
            raise NoSuch("source")
        return False

    async def forget(self, *, owner: UserId, source_id: SourceId) -> None:
        async with self._database.begin() as transaction:
            if transaction.tables[DELETED].get(source_id, (None,))[0] == owner:
                del transaction.tables[DELETED][source_id]
            await transaction.commit()


def _own(tables: Tables, owner: UserId, id: UUID) -> Source:
    return own(tables[SOURCES], id, owner=owner, owner_of=lambda source: source.owner, kind="source")
