"""What writing needs from outside: a store of documents and of the sources attached to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias
from uuid import UUID

from application.library import ports as library
from application.shared import Page, Window
from domain.shared import DocumentId, UserId, checked_text
from domain.writing import Attachment, Document, DocumentStatus, DocumentTemplate


class DocumentRepository(Protocol):
    """Documents inside a transaction."""

    async def add(self, document: Document) -> None:
        """A new document."""
        ...

    async def get(self, *, owner: UserId, id: UUID) -> Document:
        """Errors: NoSuch, NotYours."""
        ...

    async def lock(self, *, owner: UserId, id: UUID) -> Document:
        """As `get`, and nobody else changes the document until the transaction ends."""
        ...

    async def save(self, document: Document) -> None:
        """All of it but the citation count. Errors: NoSuch, NotYours."""
        ...

    async def delete(self, *, owner: UserId, id: UUID) -> None:
        """The document and what is attached to it; the sources stay in the library. Errors: NoSuch, NotYours."""
        ...

    async def take_citation_number(self, *, owner: UserId, id: UUID) -> int:
        """Count up by one, in one statement, and return the new count: 1, 2, 3, ... Errors: NoSuch, NotYours."""
        ...


class AttachmentRepository(Protocol):
    """Sources attached to documents, inside a transaction."""

    async def add(self, attachment: Attachment) -> None:
        """A new attachment. Errors: NoSuch when the document or the source went away meanwhile."""
        ...

    async def of(self, *, owner: UserId, document_id: DocumentId) -> tuple[Attachment, ...]:
        """All of a document, in the order in which they were attached."""
        ...

    async def lock(self, *, owner: UserId, document_id: DocumentId, source_id: UUID) -> Attachment:
        """The attachment, which nobody else changes until the transaction ends. Errors: NotAttached."""
        ...

    async def save(self, attachment: Attachment) -> None:
        """Its citation number. Errors: NotAttached."""
        ...

    async def delete(self, *, owner: UserId, document_id: DocumentId, source_id: UUID) -> None:
        """Errors: NotAttached."""
        ...


class UnitOfWork(library.UnitOfWork, Protocol):
    @property
    def documents(self) -> DocumentRepository: ...
    @property
    def attachments(self) -> AttachmentRepository: ...


OpenUnitOfWork: TypeAlias = Callable[[UserId], AbstractAsyncContextManager[UnitOfWork]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFilter:
    """What is None does not restrict. `text` is looked for in title and Typst source, accents and case ignored.

    Errors: UnstorableText.
    """

    status: DocumentStatus | None = None
    template: DocumentTemplate | None = None
    text: str | None = None

    def __post_init__(self) -> None:
        if self.text is not None:
            checked_text(self.text, field="text")


class DocumentReader(Protocol):
    """Documents to show: the newest first, by the time they were made, which no auto-save moves while one pages."""

    async def get(self, *, owner: UserId, id: UUID) -> Document:
        """Errors: NoSuch, NotYours."""
        ...

    async def many(self, *, owner: UserId, ids: Sequence[DocumentId]) -> dict[DocumentId, Document]:
        """Those of the owner; the others are absent."""
        ...

    async def page(self, *, owner: UserId, window: Window, where: DocumentFilter) -> Page[Document]: ...
    async def count(self, *, owner: UserId, where: DocumentFilter) -> int: ...
    async def attached(self, *, owner: UserId, ids: Sequence[DocumentId]) -> dict[DocumentId, tuple[Attachment, ...]]:
        """The attached sources of each of these documents, in the order in which they were attached."""
        ...
