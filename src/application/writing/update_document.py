"""Save a document, by hand or by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.shared import Clock
from application.writing.ports import OpenUnitOfWork
from domain.shared import UserId
from domain.writing import CitationFormat, Document, DocumentStatus, MetadataEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateDocument:
    """What is None stays. Two saves of the same version cannot both succeed: the row is locked from check to save."""

    uow: OpenUnitOfWork
    clock: Clock

    async def __call__(
        self,
        *,
        owner: UserId,
        id: UUID,
        expected_version: int | None = None,
        title: str | None = None,
        typst_content: str | None = None,
        citation_format: CitationFormat | None = None,
        status: DocumentStatus | None = None,
        metadata: Sequence[MetadataEntry] | None = None,
    ) -> Document:
        """Errors: NoSuch, NotYours, StaleVersion, and what CreateDocument raises."""
        async with self.uow(owner) as uow:
            document = await uow.documents.lock(owner=owner, id=id)
            saved = document.edited(
                at=self.clock(),
                expected_version=expected_version,
                title=title,
                typst_content=typst_content,
                citation_format=citation_format,
                status=status,
                metadata=metadata,
            )
            await uow.documents.save(saved)
            await uow.commit()
        return saved
