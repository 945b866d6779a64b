"""Take the next citation number of a document."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.writing.ports import OpenUnitOfWork
from domain.shared import UserId
from domain.writing import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeCitationNumber:
    """Concurrent calls get distinct numbers without a gap. An attached source keeps the first number that it got."""

    uow: OpenUnitOfWork

    async def __call__(
        self, *, owner: UserId, document_id: UUID, source_id: UUID | None = None
    ) -> tuple[int, Document]:
        """The number, and the document with its new count. Errors: NoSuch, NotYours, NotAttached."""
        async with self.uow(owner) as uow:
            if source_id is None:
                number = await uow.documents.take_citation_number(owner=owner, id=document_id)
            else:
                document = await uow.documents.get(owner=owner, id=document_id)
                # The lock makes two calls for one source wait for each other, so that both get the same number.
                attached = await uow.attachments.lock(owner=owner, document_id=document.id, source_id=source_id)
                if attached.citation_number is not None:
                    return attached.citation_number, document
                number = await uow.documents.take_citation_number(owner=owner, id=document.id)
                await uow.attachments.save(attached.numbered(number))
            counted = await uow.documents.get(owner=owner, id=document_id)
            await uow.commit()
        return number, counted
