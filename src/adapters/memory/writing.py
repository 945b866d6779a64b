"""Documents and attached sources in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from adapters.memory.database import MemoryDatabase, Table, Tables, contains, own, window_of
from adapters.memory.sources import SOURCES
from application.shared import Page, Window
from application.writing.ports import AttachmentRepository, DocumentFilter, DocumentReader, DocumentRepository
from domain.shared import DocumentId, NoSuch, SourceId, UserId
from domain.writing import Attachment, Document, NotAttached

DOCUMENTS: Table[DocumentId, Document] = Table("documents")
ATTACHMENTS: Table[tuple[DocumentId, SourceId], Attachment] = Table("attachments")


class MemoryDocumentRepository(DocumentRepository):
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, document: Document) -> None:
        self._tables[DOCUMENTS][document.id] = document

    async def get(self, *, owner: UserId, id: UUID) -> Document:
        return _own(self._tables, owner, id)

    async def lock(self, *, owner: UserId, id: UUID) -> Document:
        return _own(self._tables, owner, id)

    async def save(self, document: Document) -> None:
        stored = _own(self._tables, document.owner, document.id)
        self._tables[DOCUMENTS][document.id] = replace(document, citation_count=stored.citation_count)

    async def delete(self, *, owner: UserId, id: UUID) -> None:
        document = _own(self._tables, owner, id)
        del self._tables[DOCUMENTS][document.id]
        attached = self._tables[ATTACHMENTS]
        for key in [key for key in attached if key[0] == document.id]:
            del attached[key]

    async def take_citation_number(self, *, owner: UserId, id: UUID) -> int:
        document = _own(self._tables, owner, id)
        counted = replace(document, citation_count=document.citation_count + 1)
        self._tables[DOCUMENTS][document.id] = counted
        return counted.citation_count


class MemoryAttachmentRepository(AttachmentRepository):
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, attachment: Attachment) -> None:
        document = self._tables[DOCUMENTS].get(attachment.document_id)
        source = self._tables[SOURCES].get(attachment.source_id)
        if document is None or document.owner != attachment.owner:
            raise NoSuch("document")
        if source is None or source.owner != attachment.owner:
            raise NoSuch("source")
        self._tables[ATTACHMENTS][attachment.document_id, attachment.source_id] = attachment

    async def of(self, *, owner: UserId, document_id: DocumentId) -> tuple[Attachment, ...]:
        return _attached(self._tables, owner, document_id)

    async def lock(self, *, owner: UserId, document_id: DocumentId, source_id: UUID) -> Attachment:
        found = [one for one in _attached(self._tables, owner, document_id) if one.source_id == source_id]
        if not found:
            raise NotAttached
        return found[0]

    async def save(self, attachment: Attachment) -> None:
        await self.lock(owner=attachment.owner, document_id=attachment.document_id, source_id=attachment.source_id)
        self._tables[ATTACHMENTS][attachment.document_id, attachment.source_id] = attachment

    async def delete(self, *, owner: UserId, document_id: DocumentId, source_id: UUID) -> None:
        attachment = await self.lock(owner=owner, document_id=document_id, source_id=source_id)
        del self._tables[ATTACHMENTS][attachment.document_id, attachment.source_id]


class MemoryDocumentReader(DocumentReader):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, *, owner: UserId, id: UUID) -> Document:
        return _own(self._database.committed, owner, id)

    async def many(self, *, owner: UserId, ids: Sequence[DocumentId]) -> dict[DocumentId, Document]:
        rows = self._database.committed[DOCUMENTS]
        return {id: rows[id] for id in ids if id in rows and rows[id].owner == owner}

    async def page(self, *, owner: UserId, window: Window, where: DocumentFilter) -> Page[Document]:
        rows = self._matching(owner, where)
        return window_of(rows, window, key=lambda document: document.created_at, id=lambda document: document.id)

    async def count(self, *, owner: UserId, where: DocumentFilter) -> int:
        return len(self._matching(owner, where))

    async def attached(self, *, owner: UserId, ids: Sequence[DocumentId]) -> dict[DocumentId, tuple[Attachment, ...]]:
        return {id: _attached(self._database.committed, owner, id) for id in ids}

    def _matching(self, owner: UserId, where: DocumentFilter) -> list[Document]:
        return [
            document
            for document in self._database.committed[DOCUMENTS].values()
            if document.owner == owner
            and where.status in {None, document.status}
            and where.template in {None, document.template}
            and contains(where.text, document.title, document.typst_content)
        ]


def _own(tables: Tables, owner: UserId, id: UUID) -> Document:
    return own(tables[DOCUMENTS], id, owner=owner, owner_of=lambda document: document.owner, kind="document")


def _attached(tables: Tables, owner: UserId, document_id: DocumentId) -> tuple[Attachment, ...]:
    """A source that was deleted is attached nowhere, as the database's foreign key has it."""
    found = (
        attachment
        for attachment in tables[ATTACHMENTS].values()
        if attachment.owner == owner
        and attachment.document_id == document_id
        and attachment.source_id in tables[SOURCES]
    )
    return tuple(sorted(found, key=lambda attachment: (attachment.attached_at, attachment.source_id)))
