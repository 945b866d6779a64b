"""Begin a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from application.shared import Clock, NewId
from application.writing.ports import OpenUnitOfWork
from domain.shared import DocumentId, NoSuch, UserId
from domain.writing import CitationFormat, Document, DocumentTemplate, MetadataEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateDocument:
    """The citation format is the one that the user prefers, unless one is given."""

    uow: OpenUnitOfWork
    clock: Clock
    new_id: NewId

    async def __call__(
        self,
        *,
        owner: UserId,
        title: str,
        template: DocumentTemplate,
        typst_content: str = "",
        citation_format: CitationFormat | None = None,
        metadata: Sequence[MetadataEntry] = (),
    ) -> Document:
        """Errors: UnsuitableTitle, ContentTooLong, TooManyLines, UnsuitableMetadata, UnstorableText."""
        now = self.clock()
        document = Document(
            id=DocumentId(self.new_id()),
            owner=owner,
            title=title,
            typst_content=typst_content,
            template=template,
            citation_format=citation_format or CitationFormat.APA,
            metadata=tuple(metadata),
            created_at=now,
            updated_at=now,
        )
        async with self.uow(owner) as uow:
            if citation_format is None:
                user = await uow.users.find(owner=owner)
                if user is None:
                    raise NoSuch("user")
                document = replace(document, citation_format=CitationFormat(user.preferences.citation_format))
            await uow.documents.add(document)
            await uow.commit()
        return document
