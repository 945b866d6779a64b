"""Attach a source to a document, under a citation key of its own."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.shared import Clock
from application.writing.ports import OpenUnitOfWork
from domain.shared import UserId
from domain.writing import ATTACHMENT_LIMIT, Attachment, Document, TooManySources, citation_key


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachSource:
    """Attaching what is attached changes nothing. The key never changes afterwards: the text may cite it."""

    uow: OpenUnitOfWork
    clock: Clock

    async def __call__(self, *, owner: UserId, document_id: UUID, source_id: UUID) -> tuple[Document, Attachment]:
        """Errors: NoSuch, NotYours (for the document or the source), TooManySources."""
        async with self.uow(owner) as uow:
            # The lock makes two attachments to one document wait for each other, so that their keys differ.
            document = await uow.documents.lock(owner=owner, id=document_id)
            source = await uow.sources.get(owner=owner, id=source_id)
            attached = await uow.attachments.of(owner=owner, document_id=document.id)
            present = next((attachment for attachment in attached if attachment.source_id == source.id), None)
            if present is not None:
                return document, present
            if len(attached) >= ATTACHMENT_LIMIT:
                raise TooManySources
            attachment = Attachment(
                document_id=document.id,
                source_id=source.id,
                owner=owner,
                citation_key=citation_key(
                    author=source.author,
                    title=source.title,
                    year=source.publication_date.year if source.publication_date else None,
                    taken={other.citation_key for other in attached},
                ),
                attached_at=self.clock(),
            )
            await uow.attachments.add(attachment)
            await uow.commit()
        return document, attachment
