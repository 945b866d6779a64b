"""Take a source off a document."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.writing.ports import OpenUnitOfWork
from domain.shared import UserId
from domain.writing import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class DetachSource:
    """The source stays in the library. Its citation number is not given to another one."""

    uow: OpenUnitOfWork

    async def __call__(self, *, owner: UserId, document_id: UUID, source_id: UUID) -> Document:
        """Errors: NoSuch, NotYours (for the document), NotAttached."""
        async with self.uow(owner) as uow:
            document = await uow.documents.get(owner=owner, id=document_id)
            await uow.attachments.delete(owner=owner, document_id=document.id, source_id=source_id)
            await uow.commit()
        return document
