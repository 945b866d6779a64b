"""Documents as they are read: their text, their sources, the viewer's list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from application.writing import DocumentFilter as Where
from domain import accounts, writing
from domain.shared import DocumentId, SourceId
from entrypoints.graphql.connections import After, Connection, First, connect
from entrypoints.graphql.context import Info
from entrypoints.graphql.fields import resolver
from entrypoints.graphql.ids import Node, global_id
from entrypoints.graphql.library import Source
from entrypoints.graphql.parts import Part
from entrypoints.graphql.scalars import described_enum, or_none

if TYPE_CHECKING:
    from entrypoints.graphql.context import Context

DocumentTemplate = described_enum(
    writing.DocumentTemplate,
    description="What a document begins as.",
    values={
        "RESEARCH_PAPER": "A paper with an abstract and references.",
        "REPORT": "A report with a table of contents.",
        "ESSAY": "An essay.",
        "ARTICLE": "An article in columns.",
        "NOTES": "Notes for oneself.",
    },
)
DocumentStatus = described_enum(
    writing.DocumentStatus,
    description="What a document is to its author.",
    values={"DRAFT": "Being written.", "PUBLISHED": "Done.", "ARCHIVED": "Put away."},
)


@strawberry.type(description="A note on a document.")
class MetadataEntry:
    key: str = strawberry.field(description="There once in a document.")
    value: str = strawberry.field(description="Anything.")


@strawberry.type(description="A source in a document.")
class AttachedSource:
    citation_key: str = strawberry.field(description="Cites it in the text; never changes.")
    citation_number: int | None = strawberry.field(description="Null until one was taken for it.")
    source_id: strawberry.Private[SourceId]

    @resolver("What is attached.")
    async def source(self, info: Info) -> Source:
        context = info.context
        many = context.app.library.sources.many
        return Source.of(await context.loaders.load(many, self.source_id, owner=context.owner, kind="source"))

    @classmethod
    def of(cls, attachment: writing.Attachment) -> Self:
        return cls(
            citation_key=attachment.citation_key,
            citation_number=attachment.citation_number,
            source_id=attachment.source_id,
        )


@strawberry.type(description="Something that the viewer writes, in Typst.")
class Document(Node):
    title: str = strawberry.field(description="1 to 200 characters.")
    typst_content: str = strawberry.field(description="Its source, lines ended by `\\n`.")
    template: writing.DocumentTemplate = strawberry.field(description="What it began as.")
    citation_format: accounts.CitationFormat = strawberry.field(description="How its references are written.")
    citation_count: int = strawberry.field(description="The last citation number taken.")
    status: writing.DocumentStatus = strawberry.field(description="What it is to its author.")
    metadata: list[MetadataEntry] = strawberry.field(description="Notes on it, up to 50, in the order given.")
    line_count: int = strawberry.field(description="Lines of its source, 1,000 at most.")
    version: int = strawberry.field(description="Goes up by one with every save; send it back with an update.")
    created_at: datetime = strawberry.field(description="When it was begun.")
    updated_at: datetime = strawberry.field(description="When it was last saved.")
    key: strawberry.Private[DocumentId]

    @resolver("The sources attached to it, in the order in which they were.")
    async def sources(self, info: Info) -> list[AttachedSource]:
        context = info.context
        attached = context.app.writing.documents.attached
        found = await context.loaders.find(attached, self.key, owner=context.owner)
        return [AttachedSource.of(attachment) for attachment in found or ()]

    @classmethod
    def of(cls, document: writing.Document) -> Self:
        return cls(
            id=global_id("Document", document.id),
            title=document.title,
            typst_content=document.typst_content,
            template=document.template,
            citation_format=accounts.CitationFormat(document.citation_format),
            citation_count=document.citation_count,
            status=document.status,
            metadata=[MetadataEntry(key=entry.key, value=entry.value) for entry in document.metadata],
            line_count=document.line_count,
            version=document.version,
            created_at=document.created_at,
            updated_at=document.updated_at,
            key=document.id,
        )

    @classmethod
    async def get(cls, context: Context, key: UUID) -> Self:
        return cls.of(await context.app.writing.documents.get(owner=context.owner, id=key))

    @classmethod
    async def many(cls, context: Context, keys: Sequence[UUID]) -> Mapping[UUID, Self]:
        found = await context.app.writing.documents.many(owner=context.owner, ids=[DocumentId(key) for key in keys])
        return {id: cls.of(document) for id, document in found.items()}


@strawberry.input(description="What is left out does not restrict.")
class DocumentFilter:
    status: writing.DocumentStatus | None = strawberry.field(default=strawberry.UNSET, description="What it is.")
    template: writing.DocumentTemplate | None = strawberry.field(
        default=strawberry.UNSET, description="What it began as."
    )
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="Part of title or Typst source, accents and case ignored."
    )


@strawberry.type
class ViewerFields:
    @resolver("What the viewer writes, newest first.")
    async def documents(
        self,
        info: Info,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        filter: Annotated[
            DocumentFilter | None, strawberry.argument(description="Which ones; all when absent.")
        ] = None,
    ) -> Connection[Document]:
        reader, owner, where = info.context.app.writing.documents, info.context.owner, _where(filter)
        return await connect(
            "User.documents",
            first=first,
            after=after,
            page=lambda window: reader.page(owner=owner, window=window, where=where),
            count=lambda: reader.count(owner=owner, where=where),
            node=Document.of,
        )


def _where(given: DocumentFilter | None) -> Where:
    if given is None:
        return Where()
    return Where(status=or_none(given.status), template=or_none(given.template), text=or_none(given.text))


PART = Part(viewer=ViewerFields, nodes=(Document,))
