"""Documents and attached sources in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.engine import Transactions
from adapters.postgres.rows import AnyRow, contains, count, fetch_page, refuse, refuse_absent
from adapters.postgres.tables.writing import attachments, documents
from application.shared import Page, Window
from application.writing.ports import AttachmentRepository, DocumentFilter, DocumentReader, DocumentRepository
from domain.shared import DocumentId, SourceId, UserId
from domain.writing import Attachment, Document, MetadataEntry, NotAttached

_KIND = "document"
_GONE = {"attachments_document_id_fkey": "document", "attachments_source_id_fkey": "source"}
_DOCUMENT = select(
    documents.c.id,
    documents.c.user_id,
    documents.c.title,
    documents.c.typst_content,
    documents.c.template,
    documents.c.citation_format,
    documents.c.status,
    documents.c.metadata,
    documents.c.citation_count,
    documents.c.version,
    documents.c.created_at,
    documents.c.updated_at,
)
_ATTACHMENT = select(
    attachments.c.document_id,
    attachments.c.source_id,
    attachments.c.user_id,
    attachments.c.citation_key,
    attachments.c.citation_number,
    attachments.c.attached_at,
)


class PostgresDocumentRepository(DocumentRepository):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, document: Document) -> None:
        row = {
            **_columns(document),
            "id": document.id,
            "user_id": document.owner,
            "template": document.template,
            "citation_count": document.citation_count,
            "created_at": document.created_at,
        }
        await self._connection.execute(insert(documents).values(row))

    async def get(self, *, owner: UserId, id: UUID) -> Document:
        return await _one(self._connection, _DOCUMENT, owner=owner, id=id)

    async def lock(self, *, owner: UserId, id: UUID) -> Document:
        return await _one(self._connection, _DOCUMENT.with_for_update(key_share=True), owner=owner, id=id)

    async def save(self, document: Document) -> None:
        changed = (
            update(documents)
            .where(documents.c.user_id == document.owner, documents.c.id == document.id)
            .values(_columns(document))
            .returning(documents.c.id)
        )
        if (await self._connection.execute(changed)).first() is None:
            await refuse(self._connection, documents, document.id, kind=_KIND)

    async def delete(self, *, owner: UserId, id: UUID) -> None:
        gone = delete(documents).where(documents.c.user_id == owner, documents.c.id == id).returning(documents.c.id)
        if (await self._connection.execute(gone)).first() is None:
            await refuse(self._connection, documents, id, kind=_KIND)

    async def take_citation_number(self, *, owner: UserId, id: UUID) -> int:
        counted = (
            update(documents)
            .where(documents.c.user_id == owner, documents.c.id == id)
            .values(citation_count=documents.c.citation_count + 1)
            .returning(documents.c.citation_count)
        )
        row = (await self._connection.execute(counted)).first()
        return await refuse(self._connection, documents, id, kind=_KIND) if row is None else int(row.citation_count)


class PostgresAttachmentRepository(AttachmentRepository):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, attachment: Attachment) -> None:
        row = {
            "document_id": attachment.document_id,
            "source_id": attachment.source_id,
            "user_id": attachment.owner,
            "citation_key": attachment.citation_key,
            "citation_number": attachment.citation_number,
            "attached_at": attachment.attached_at,
        }
        try:
            await self._connection.execute(insert(attachments).values(row))
        except IntegrityError as error:
            refuse_absent(error, _GONE)

    async def of(self, *, owner: UserId, document_id: DocumentId) -> tuple[Attachment, ...]:
        found = await _attached(self._connection, owner, [document_id])
        return found.get(document_id, ())

    async def lock(self, *, owner: UserId, document_id: DocumentId, source_id: UUID) -> Attachment:
        query = _ATTACHMENT.where(*_is(owner, document_id, source_id)).with_for_update()
        row = (await self._connection.execute(query)).first()
        if row is None:
            raise NotAttached
        return _attachment(row)

    async def save(self, attachment: Attachment) -> None:
        changed = (
            update(attachments)
            .where(*_is(attachment.owner, attachment.document_id, attachment.source_id))
            .values(citation_number=attachment.citation_number)
            .returning(attachments.c.source_id)
        )
        if (await self._connection.execute(changed)).first() is None:
            raise NotAttached

    async def delete(self, *, owner: UserId, document_id: DocumentId, source_id: UUID) -> None:
        gone = delete(attachments).where(*_is(owner, document_id, source_id)).returning(attachments.c.source_id)
        if (await self._connection.execute(gone)).first() is None:
            raise NotAttached


class PostgresDocumentReader(DocumentReader):
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def get(self, *, owner: UserId, id: UUID) -> Document:
        async with self._transactions.read(owner) as connection:
            return await _one(connection, _DOCUMENT, owner=owner, id=id)

    async def many(self, *, owner: UserId, ids: Sequence[DocumentId]) -> dict[DocumentId, Document]:
        query = _DOCUMENT.where(documents.c.user_id == owner, documents.c.id.in_(ids))
        async with self._transactions.read(owner) as connection:
            found = [_document(row) for row in await connection.execute(query)]
        return {document.id: document for document in found}

    async def page(self, *, owner: UserId, window: Window, where: DocumentFilter) -> Page[Document]:
        query = _DOCUMENT.where(documents.c.user_id == owner, *_conditions(where))
        async with self._transactions.read(owner) as connection:
            return await fetch_page(
                connection, query, window, key=documents.c.created_at, id=documents.c.id, read=_document
            )

    async def count(self, *, owner: UserId, where: DocumentFilter) -> int:
        query = select(documents.c.id).where(documents.c.user_id == owner, *_conditions(where))
        async with self._transactions.read(owner) as connection:
            return await count(connection, query)

    async def attached(self, *, owner: UserId, ids: Sequence[DocumentId]) -> dict[DocumentId, tuple[Attachment, ...]]:
        async with self._transactions.read(owner) as connection:
            found = await _attached(connection, owner, ids)
        return {id: found.get(id, ()) for id in ids}


async def _one(connection: AsyncConnection, query: Select[Any], *, owner: UserId, id: UUID) -> Document:
    row = (await connection.execute(query.where(documents.c.user_id == owner, documents.c.id == id))).first()
    return await refuse(connection, documents, id, kind=_KIND) if row is None else _document(row)


async def _attached(
    connection: AsyncConnection, owner: UserId, document_ids: Sequence[DocumentId]
) -> dict[DocumentId, tuple[Attachment, ...]]:
    query = _ATTACHMENT.where(attachments.c.user_id == owner, attachments.c.document_id.in_(document_ids)).order_by(
        attachments.c.attached_at, attachments.c.source_id
    )
    found: dict[DocumentId, tuple[Attachment, ...]] = {}
    for row in await connection.execute(query):
        attachment = _attachment(row)
        found[attachment.document_id] = (*found.get(attachment.document_id, ()), attachment)
    return found


def _is(owner: UserId, document_id: UUID, source_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        attachments.c.user_id == owner,
        attachments.c.document_id == document_id,
        attachments.c.source_id == source_id,
    )


def _conditions(where: DocumentFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if where.status is not None:
        conditions.append(documents.c.status == where.status)
    if where.template is not None:
        conditions.append(documents.c.template == where.template)
    return [*conditions, *contains(where.text, documents.c.title, documents.c.typst_content)]


def _columns(document: Document) -> Mapping[str, Any]:
    """All that a save may change: the citation count is counted up by itself."""
    return {
        "title": document.title,
        "typst_content": document.typst_content,
        "citation_format": document.citation_format,
        "status": document.status,
        "metadata": [{"key": entry.key, "value": entry.value} for entry in document.metadata],
        "version": document.version,
        "updated_at": document.updated_at,
    }


def _document(row: AnyRow) -> Document:
    return Document(
        id=DocumentId(row.id),
        owner=UserId(row.user_id),
        title=row.title,
        typst_content=row.typst_content,
        template=row.template,
        citation_format=row.citation_format,
        status=row.status,
        metadata=tuple(MetadataEntry(key=entry["key"], value=entry["value"]) for entry in row.metadata),
        citation_count=row.citation_count,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _attachment(row: AnyRow) -> Attachment:
    return Attachment(
        document_id=DocumentId(row.document_id),
        source_id=SourceId(row.source_id),
        owner=UserId(row.user_id),
        citation_key=row.citation_key,
        citation_number=row.citation_number,
        attached_at=row.attached_at,
    )
