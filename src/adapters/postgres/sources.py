"""Sources in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Update, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.engine import Transactions, constraint_of
from adapters.postgres.rows import AnyRow, contains, count, fetch_page, refuse
from adapters.postgres.tables.chunks import indexed_sources
from adapters.postgres.tables.sources import source_texts, sources
from adapters.postgres.tables.writing import attachments
from application.library.ports import SourceFilter, SourceReader, SourceRepository, StuckSources
from application.shared import Page, Window
from domain.library import DuplicateSource, FieldOrigin, Source, SourceStatus
from domain.shared import SourceId, UserId

_KIND = "source"
_SMALL = (attachments, indexed_sources)
"""Goes at once: without its row here a source is not searched, and not embedded any more."""
_SOURCE = select(
    sources.c.id,
    sources.c.user_id,
    sources.c.title,
    sources.c.kind,
    sources.c.status,
    sources.c.content_hash,
    sources.c.language,
    sources.c.error_message,
    sources.c.file_hash,
    sources.c.url,
    sources.c.original_filename,
    sources.c.author,
    sources.c.publication_date,
    sources.c.access_date,
    sources.c.metadata,
    sources.c.origins,
    sources.c.is_available,
    sources.c.page_count,
    sources.c.chunk_count,
    sources.c.embedded_chunk_count,
    sources.c.refused_chunk_count,
    sources.c.created_at,
    sources.c.processing_since,
    sources.c.processed_at,
    sources.c.attempts,
    sources.c.last_error,
).where(sources.c.deleted_at.is_(None))


class PostgresSourceRepository(SourceRepository):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, source: Source) -> None:
        row = {
            **_columns(source),
            "id": source.id,
            "user_id": source.owner,
            "chunk_count": source.chunk_count,
            "embedded_chunk_count": source.embedded_chunk_count,
            "refused_chunk_count": source.refused_chunk_count,
        }
        try:
            await self._connection.execute(insert(sources).values(row))
        except IntegrityError as error:
            if constraint_of(error) == "sources_user_id_content_hash_key":
                raise DuplicateSource from error
            raise

    async def get(self, *, owner: UserId, id: UUID) -> Source:
        return await _one(self._connection, _SOURCE, owner=owner, id=id)

    async def lock(self, *, owner: UserId, id: UUID) -> Source:
        return await _one(self._connection, _SOURCE.with_for_update(), owner=owner, id=id)

    async def with_content(self, *, owner: UserId, content_hash: str) -> Source | None:
        query = _SOURCE.where(sources.c.user_id == owner, sources.c.content_hash == content_hash)
        row = (await self._connection.execute(query)).first()
        return None if row is None else _source(row)

    async def save(self, source: Source) -> None:
        changed = (
            update(sources)
            .where(sources.c.user_id == source.owner, sources.c.id == source.id, sources.c.deleted_at.is_(None))
            .values(_columns(source))
            .returning(sources.c.id)
        )
        if (await self._connection.execute(changed)).first() is None:
            await refuse(self._connection, sources, source.id, kind=_KIND)

    async def mark_deleted(self, *, owner: UserId, id: UUID, at: datetime) -> None:
        hidden = _hidden(at).where(sources.c.user_id == owner, sources.c.id == id).returning(sources.c.id)
        if (await self._connection.execute(hidden)).first() is None:
            await refuse(self._connection, sources, id, kind=_KIND)
        for table in _SMALL:
            await self._connection.execute(delete(table).where(table.c.user_id == owner, table.c.source_id == id))

    async def delete(self, *, owner: UserId, id: UUID) -> None:
        gone = delete(sources).where(sources.c.user_id == owner, sources.c.id == id).returning(sources.c.id)
        if (await self._connection.execute(gone)).first() is None:
            await refuse(self._connection, sources, id, kind=_KIND)


class PostgresSourceReader(SourceReader):
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def get(self, *, owner: UserId, id: UUID) -> Source:
        async with self._transactions.read(owner) as connection:
            return await _one(connection, _SOURCE, owner=owner, id=id)

    async def many(self, *, owner: UserId, ids: Sequence[SourceId]) -> dict[SourceId, Source]:
        query = _SOURCE.where(sources.c.user_id == owner, sources.c.id.in_(ids))
        async with self._transactions.read(owner) as connection:
            found = [_source(row) for row in await connection.execute(query)]
        return {source.id: source for source in found}

    async def page(self, *, owner: UserId, window: Window, where: SourceFilter) -> Page[Source]:
        query = _SOURCE.where(sources.c.user_id == owner, *_conditions(owner, where))
        async with self._transactions.read(owner) as connection:
            return await fetch_page(connection, query, window, key=sources.c.created_at, id=sources.c.id, read=_source)

    async def count(self, *, owner: UserId, where: SourceFilter) -> int:
        query = select(sources.c.id).where(
            sources.c.user_id == owner, sources.c.deleted_at.is_(None), *_conditions(owner, where)
        )
        async with self._transactions.read(owner) as connection:
            return await count(connection, query)

    async def text(self, *, owner: UserId, id: UUID) -> str:
        query = (
            select(func.coalesce(source_texts.c.text, "").label("text"))
            .select_from(sources.outerjoin(source_texts, source_texts.c.source_id == sources.c.id))
            .where(sources.c.user_id == owner, sources.c.id == id, sources.c.deleted_at.is_(None))
        )
        async with self._transactions.read(owner) as connection:
            row = (await connection.execute(query)).first()
            if row is None:
                await refuse(connection, sources, id, kind=_KIND)
        return str(row.text)


class PostgresStuckSources(StuckSources):
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def take(self, *, since_before: datetime, at: datetime, limit: int) -> Sequence[tuple[UserId, SourceId]]:
        stuck = (sources.c.status == SourceStatus.PROCESSING, sources.c.deleted_at.is_(None))
        return await take_overdue(self._transactions, *stuck, since_before=since_before, at=at, limit=limit)

    async def abandon(self, *, since_before: datetime, at: datetime, limit: int) -> int:
        begun = (
            select(sources.c.id)
            .where(
                sources.c.status == SourceStatus.UPLOADING,
                sources.c.processing_since < since_before,
                sources.c.deleted_at.is_(None),
            )
            .order_by(sources.c.processing_since, sources.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        async with self._transactions.begin(None) as connection:
            abandoned = await connection.execute(_hidden(at).where(sources.c.id.in_(begun)))
            await connection.commit()
        return abandoned.rowcount


async def take_overdue(
    transactions: Transactions, *conditions: ColumnElement[bool], since_before: datetime, at: datetime, limit: int
) -> list[tuple[UserId, SourceId]]:
    """Sources of anybody that are being worked on since before a moment, oldest first: from now on, since `at`.

    Of many who ask at once, each gets others.
    """
    overdue = (
        select(sources.c.id, sources.c.processing_since)
        .where(sources.c.processing_since < since_before, *conditions)
        .order_by(sources.c.processing_since, sources.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("overdue")
    )
    taken = (
        update(sources)
        .where(sources.c.id == overdue.c.id)
        .values(processing_since=at)
        .returning(sources.c.user_id, sources.c.id, overdue.c.processing_since.label("was_since"))
    )
    async with transactions.begin(None) as connection:
        rows = (await connection.execute(taken)).all()
        await connection.commit()
    return [(UserId(row.user_id), SourceId(row.id)) for row in sorted(rows, key=lambda row: (row.was_since, row.id))]


def _hidden(at: datetime) -> Update:
    """Nobody sees it any more. From now on `processing_since` is when its removal was last asked for."""
    return update(sources).where(sources.c.deleted_at.is_(None)).values(deleted_at=at, processing_since=at)


async def _one(connection: AsyncConnection, query: Select[Any], *, owner: UserId, id: UUID) -> Source:
    row = (await connection.execute(query.where(sources.c.user_id == owner, sources.c.id == id))).first()
    return await refuse(connection, sources, id, kind=_KIND) if row is None else _source(row)


def _conditions(owner: UserId, where: SourceFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if where.status is not None:
        conditions.append(sources.c.status == where.status)
    if where.kind is not None:
        conditions.append(sources.c.kind == where.kind)
    if where.document_id is not None:
        attached = select(attachments.c.source_id).where(
            attachments.c.user_id == owner, attachments.c.document_id == where.document_id
        )
        conditions.append(sources.c.id.in_(attached))
    return [*conditions, *contains(where.text, sources.c.title, sources.c.author, sources.c.original_filename)]


def _columns(source: Source) -> Mapping[str, Any]:
    """All that a saved source may change: the counts belong to the chunk store."""
    return {
        "title": source.title,
        "kind": source.kind,
        "status": source.status,
        "content_hash": source.content_hash,
        "language": source.language,
        "error_message": source.error_message,
        "file_hash": source.file_hash,
        "url": source.url,
        "original_filename": source.original_filename,
        "author": source.author,
        "publication_date": source.publication_date,
        "access_date": source.access_date,
        "metadata": dict(source.metadata),
        "origins": dict(source.origins),
        "is_available": source.is_available,
        "page_count": source.page_count,
        "created_at": source.created_at,
        "processing_since": source.processing_since,
        "processed_at": source.processed_at,
        "attempts": source.attempts,
        "last_error": source.last_error,
    }


def _source(row: AnyRow) -> Source:
    return Source(
        id=SourceId(row.id),
        owner=UserId(row.user_id),
        title=row.title,
        kind=row.kind,
        status=row.status,
        content_hash=row.content_hash,
        language=row.language,
        error_message=row.error_message,
        file_hash=row.file_hash,
        url=row.url,
        original_filename=row.original_filename,
        author=row.author,
        publication_date=row.publication_date,
        access_date=row.access_date,
        metadata=row.metadata,
        origins={name: FieldOrigin(origin) for name, origin in row.origins.items()},
        is_available=row.is_available,
        page_count=row.page_count,
        chunk_count=row.chunk_count,
        embedded_chunk_count=row.embedded_chunk_count,
        refused_chunk_count=row.refused_chunk_count,
        created_at=row.created_at,
        processing_since=row.processing_since,
        processed_at=row.processed_at,
        attempts=row.attempts,
        last_error=row.last_error,
    )
