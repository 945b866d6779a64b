"""Sources, and the chunks that were made of them, to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from application.library import SourceFilter as Where
from domain import library
from domain.shared import ChunkId, DocumentId, SourceId
from entrypoints.graphql.connections import After, Connection, First, connect
from entrypoints.graphql.context import Info
from entrypoints.graphql.fields import resolver
from entrypoints.graphql.ids import Node, global_id, key_of
from entrypoints.graphql.parts import Part
from entrypoints.graphql.scalars import JSON, described_enum, or_none

if TYPE_CHECKING:
    from entrypoints.graphql.context import Context

SourceKind = described_enum(
    library.SourceKind,
    description="What a source is, told by its content.",
    values={
        "PDF": "A PDF file.",
        "URL": "A web page.",
        "TEXT": "Plain text.",
        "MARKDOWN": "Markdown.",
        "DOCX": "A Word document.",
        "EPUB": "An electronic book.",
    },
)
SourceStatus = described_enum(
    library.SourceStatus,
    description="How far a source is.",
    values={
        "UPLOADING": "On its way here.",
        "PROCESSING": "Being read.",
        "READY": "Can be searched; vectors may still follow.",
        "FAILED": "Could not be read; `errorMessage` says why.",
    },
)
FieldOrigin = described_enum(
    library.FieldOrigin,
    description="Who said what a field holds.",
    values={
        "USER": "The viewer; reading does not change it any more.",
        "PAGE_META": "The web page, of itself.",
        "WEB_SEARCH": "A search of the web.",
        "FILE_META": "The file, of itself.",
    },
)
_FIELDS = {"title": "title", "author": "author", "publication_date": "publicationDate", "site": "site"}
"""Those that have an origin, by their names in the domain and here."""


@strawberry.type(description="Where the value of one field comes from.")
class SourceFieldOrigin:
    field: str = strawberry.field(
        description="`title`, `author`, `publicationDate`, or `site`, which stands in `metadata`."
    )
    origin: library.FieldOrigin = strawberry.field(description="Who said it.")


@strawberry.type(description="Something that the viewer brought to study from.")
class Source(Node):
    title: str = strawberry.field(description="1 to 200 characters.")
    kind: library.SourceKind = strawberry.field(description="Told by its content.")
    status: library.SourceStatus = strawberry.field(description="How far it is.")
    error_message: str | None = strawberry.field(
        description="Why it could not be read, in words for the user; when READY, why not again."
    )
    url: str | None = strawberry.field(description="The address of its web page.")
    original_filename: str | None = strawberry.field(description="As it was uploaded.")
    author: str | None = strawberry.field(description="Given, or as the file says.")
    publication_date: date | None = strawberry.field(description="When it was published.")
    access_date: datetime = strawberry.field(description="When it was brought here.")
    language: str = strawberry.field(
        description="BCP 47, detected or given; `und` until it is known. Decides how it is searched and practised."
    )
    metadata: JSON = strawberry.field(description="An object of the viewer's own.")
    field_origins: list[SourceFieldOrigin] = strawberry.field(
        description="Of the fields whose value somebody said; what was made up (from a file's name) is not listed."
    )
    is_available: bool = strawberry.field(
        description="Whether its web page is still there, looked for once a day; true for what came from elsewhere."
    )
    page_count: int | None = strawberry.field(description="Null where there are no pages.")
    chunk_count: int = strawberry.field(description="0 until it was read.")
    embedded_chunk_count: int = strawberry.field(description="Chunks that have their vector.")
    refused_chunk_count: int = strawberry.field(
        description="Chunks that the embedder refuses: they are found by their words alone."
    )
    created_at: datetime = strawberry.field(description="When it was added.")
    processed_at: datetime | None = strawberry.field(description="When it was last read to the end, or failed.")
    source: strawberry.Private[library.Source]

    @resolver("Seconds until every chunk has its vector, by the provider's present limit; null when done.")
    async def eta_seconds(self, info: Info) -> int | None:
        if self.source.is_settled:
            return None
        outlook = info.context.app.library.outlook
        now = await info.context.loaders.find(outlook.many, self.source.id, owner=info.context.owner, afresh=True)
        return None if now is None else library.eta_seconds(self.source, now)

    @resolver("What it was cut into, in order.")
    async def chunks(
        self, info: Info, first: First = strawberry.UNSET, after: After = strawberry.UNSET
    ) -> Connection[Chunk]:
        reader, owner, source_id = info.context.app.library.chunks, info.context.owner, self.source.id
        return await connect(
            f"Source.chunks:{source_id}",
            first=first,
            after=after,
            key=int,
            page=lambda window: reader.page(owner=owner, source_id=source_id, window=window),
            count=lambda: reader.count(owner=owner, source_id=source_id),
            node=Chunk.of,
        )

    @classmethod
    def of(cls, source: library.Source) -> Self:
        return cls(
            id=global_id("Source", source.id),
            title=source.title,
            kind=source.kind,
            status=source.status,
            error_message=source.error_message,
            url=source.url,
            original_filename=source.original_filename,
            author=source.author,
            publication_date=source.publication_date,
            access_date=source.access_date,
            language=source.language,
            metadata=JSON(source.metadata),
            field_origins=[
                SourceFieldOrigin(field=shown, origin=source.origins[name])
                for name, shown in _FIELDS.items()
                if name in source.origins
            ],
            is_available=source.is_available,
            page_count=source.page_count,
            chunk_count=source.chunk_count,
            embedded_chunk_count=source.embedded_chunk_count,
            refused_chunk_count=source.refused_chunk_count,
            created_at=source.created_at,
            processed_at=source.processed_at,
            source=source,
        )

    @classmethod
    async def get(cls, context: Context, key: UUID) -> Self:
        return cls.of(await context.app.library.sources.get(owner=context.owner, id=key))

    @classmethod
    async def many(cls, context: Context, keys: Sequence[UUID]) -> Mapping[UUID, Self]:
        found = await context.app.library.sources.many(owner=context.owner, ids=[SourceId(key) for key in keys])
        return {id: cls.of(source) for id, source in found.items()}


@strawberry.type(description="A piece of a source, small enough to find and to cite.")
class Chunk(Node):
    content: str = strawberry.field(description="Its words, exactly as in the source's extracted text.")
    position: int = strawberry.field(description="Counted from 0 in the source.")
    token_count: int = strawberry.field(description="About how many tokens it has.")
    page: int | None = strawberry.field(description="The page where it begins, counted from 1.")
    page_label: str | None = strawberry.field(
        description="The number printed on that page (`xiv`, `32`), where the source says it."
    )
    heading: str | None = strawberry.field(description="The heading that it stands under.")
    start: int = strawberry.field(description="Where it begins in the extracted text, in characters.")
    end: int = strawberry.field(description="Where it ends in the extracted text, in characters.")
    source_id: strawberry.Private[SourceId]

    @resolver("What it is a piece of.")
    async def source(self, info: Info) -> Source:
        context = info.context
        many = context.app.library.sources.many
        return Source.of(await context.loaders.load(many, self.source_id, owner=context.owner, kind="source"))

    @classmethod
    def of(cls, chunk: library.Chunk) -> Self:
        return cls(
            id=global_id("Chunk", chunk.id),
            content=chunk.content,
            position=chunk.position,
            token_count=chunk.token_count,
            page=chunk.page,
            page_label=chunk.page_label,
            heading=chunk.heading,
            start=chunk.start,
            end=chunk.end,
            source_id=chunk.source_id,
        )

    @classmethod
    async def quoted(cls, context: Context, key: ChunkId | None) -> Self | None:
        """What a quotation stands in; None where the chunk is gone, whether the quotation knows it or not."""
        if key is None:
            return None
        found = await context.loaders.find(context.app.library.chunks.many, key, owner=context.owner)
        return None if found is None else cls.of(found)

    @classmethod
    async def get(cls, context: Context, key: UUID) -> Self:
        return cls.of(await context.app.library.chunks.get(owner=context.owner, id=key))

    @classmethod
    async def many(cls, context: Context, keys: Sequence[UUID]) -> Mapping[UUID, Self]:
        found = await context.app.library.chunks.many(owner=context.owner, ids=[ChunkId(key) for key in keys])
        return {id: cls.of(chunk) for id, chunk in found.items()}


@strawberry.input(description="What is left out does not restrict.")
class SourceFilter:
    status: library.SourceStatus | None = strawberry.field(default=strawberry.UNSET, description="How far it is.")
    kind: library.SourceKind | None = strawberry.field(default=strawberry.UNSET, description="What it is.")
    document_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Attached to this document."
    )
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="Part of title, author or file name, accents and case ignored."
    )


@strawberry.type
class ViewerFields:
    @resolver("The library, newest first.")
    async def sources(
        self,
        info: Info,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        filter: Annotated[SourceFilter | None, strawberry.argument(description="Only these.")] = strawberry.UNSET,
    ) -> Connection[Source]:
        reader, owner = info.context.app.library.sources, info.context.owner
        where = _where(or_none(filter))
        return await connect(
            "User.sources",
            first=first,
            after=after,
            page=lambda window: reader.page(owner=owner, window=window, where=where),
            count=lambda: reader.count(owner=owner, where=where),
            node=Source.of,
        )


def _where(given: SourceFilter | None) -> Where:
    if given is None:
        return Where()
    document_id = or_none(given.document_id)
    return Where(
        status=or_none(given.status),
        kind=or_none(given.kind),
        document_id=None if document_id is None else DocumentId(key_of("Document", document_id, field="documentId")),
        text=or_none(given.text),
    )


PART = Part(viewer=ViewerFields, nodes=(Source, Chunk))
