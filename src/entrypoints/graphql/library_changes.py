"""Sources brought in, followed on their way, corrected, read again and deleted."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import date
from typing import Annotated

import strawberry
from starlette.datastructures import UploadFile

from application.library import Content, FileOrigin, Origin, TextOrigin, UrlOrigin
from domain.shared import DocumentId
from entrypoints.graphql.context import Info
from entrypoints.graphql.fields import mutation, subscription
from entrypoints.graphql.ids import global_id, key_of
from entrypoints.graphql.library import Source
from entrypoints.graphql.parts import Part
from entrypoints.graphql.scalars import JSON, Input, Upload, or_none

_PIECE = 256 * 1024


@strawberry.input(one_of=True, description="Where a source comes from: one of these.")
class SourceOrigin:
    text: strawberry.Maybe[str] = strawberry.field(description="Typed or pasted words.")
    file: strawberry.Maybe[Upload] = strawberry.field(description="A PDF, DOCX, EPUB, Markdown or text file.")
    url: strawberry.Maybe[str] = strawberry.field(
        description="The address of a public web page (http or https), up to 2,000 characters."
    )


@strawberry.input(description="A new source.")
class AddSourceInput:
    origin: SourceOrigin = strawberry.field(description="Where it comes from.")
    title: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="1 to 200 characters; else its own, its file's name or address, or the first line.",
    )
    author: str | None = strawberry.field(default=strawberry.UNSET, description="Else as the file or page says.")
    publication_date: date | None = strawberry.field(default=strawberry.UNSET, description="When it was published.")
    language: str | None = strawberry.field(default=strawberry.UNSET, description="A BCP 47 tag; else it is found out.")
    metadata: JSON | None = strawberry.field(default=strawberry.UNSET, description="An object of your own.")
    document_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Attach to this document as well."
    )


@strawberry.type(description="The source, which a worker reads now.")
class AddSourcePayload:
    source: Source = strawberry.field(description="As it is at this moment; follow it with `sourceProgress`.")
    duplicate: bool = strawberry.field(description="True when the same content was already in the library.")


@strawberry.input(description="What is left out or null stays as it is.")
class UpdateSourceInput:
    id: strawberry.ID = strawberry.field(description="Of the source.")
    title: str | None = strawberry.field(default=strawberry.UNSET, description="1 to 200 characters.")
    author: str | None = strawberry.field(default=strawberry.UNSET, description="Up to 300 characters.")
    publication_date: date | None = strawberry.field(default=strawberry.UNSET, description="When it was published.")
    metadata: JSON | None = strawberry.field(default=strawberry.UNSET, description="Replaces the whole object.")


@strawberry.type(description="The source after the change.")
class UpdateSourcePayload:
    source: Source = strawberry.field(description="With all its fields.")


@strawberry.input(description="Which source to read again.")
class ReingestSourceInput:
    id: strawberry.ID = strawberry.field(description="Of the source.")


@strawberry.type(description="The source, which a worker reads again now.")
class ReingestSourcePayload:
    source: Source = strawberry.field(description="PROCESSING.")


@strawberry.input(description="Which source to delete.")
class DeleteSourceInput:
    id: strawberry.ID = strawberry.field(description="Of the source.")


@strawberry.type(description="What is gone.")
class DeleteSourcePayload:
    deleted_id: strawberry.ID = strawberry.field(description="Of the source; it names nothing any more.")


@strawberry.type
class Mutation:
    @mutation("Adds a source from text or a file; the same content again is the source that is there.")
    async def add_source(self, info: Info, given: Input[AddSourceInput]) -> AddSourcePayload:
        app, owner = info.context.app, info.context.owner
        wanted, document_id = or_none(given.document_id), None
        if wanted is not None:
            document_id = DocumentId(key_of("Document", wanted, field="documentId"))
            # Refused before anything is stored.
            await app.writing.documents.get(owner=owner, id=document_id)
        added = await app.library.add_source(
            owner=owner,
            origin=_origin(given.origin),
            title=or_none(given.title),
            author=or_none(given.author),
            publication_date=or_none(given.publication_date),
            language=or_none(given.language),
            metadata=or_none(given.metadata),
        )
        if document_id is not None:
            await app.writing.attach_source(owner=owner, document_id=document_id, source_id=added.source.id)
        return AddSourcePayload(source=Source.of(added.source), duplicate=added.duplicate)

    @mutation("Corrects what is known about a source.")
    async def update_source(self, info: Info, given: Input[UpdateSourceInput]) -> UpdateSourcePayload:
        source = await info.context.app.library.update_source(
            owner=info.context.owner,
            id=key_of("Source", given.id),
            title=or_none(given.title),
            author=or_none(given.author),
            publication_date=or_none(given.publication_date),
            metadata=or_none(given.metadata),
        )
        return UpdateSourcePayload(source=Source.of(source))

    @mutation("Reads a failed or changed source again; the old chunks answer until the new ones are complete.")
    async def reingest_source(self, info: Info, given: Input[ReingestSourceInput]) -> ReingestSourcePayload:
        reingest = info.context.app.library.reingest_source
        source = await reingest(owner=info.context.owner, id=key_of("Source", given.id))
        return ReingestSourcePayload(source=Source.of(source))

    @mutation("Deletes a source with its text, chunks and vectors.")
    async def delete_source(self, info: Info, given: Input[DeleteSourceInput]) -> DeleteSourcePayload:
        delete = info.context.app.library.delete_source
        gone = await delete(owner=info.context.owner, id=key_of("Source", given.id))
        return DeleteSourcePayload(deleted_id=global_id("Source", gone))


@strawberry.type
class Subscription:
    @subscription("A source on its way from upload to the last vector: as it is, then at each change.")
    async def source_progress(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Of the source.")]
    ) -> AsyncGenerator[Source, None]:
        watch = info.context.app.library.watch_source
        async with aclosing(watch(owner=info.context.owner, id=key_of("Source", id))) as changes:
            async for source in changes:
                yield Source.of(source)


def _origin(given: SourceOrigin) -> Origin:
    if given.file is not None:
        file = given.file.value
        return FileOrigin(content=_content(file), filename=file.filename or "", size=file.size)
    if given.url is not None:
        return UrlOrigin(url=given.url.value)
    return TextOrigin(text="" if given.text is None else given.text.value)


def _content(file: UploadFile) -> Content:
    """The bytes of a part, from its beginning each time: one part of a request may stand in two places."""

    async def pieces() -> AsyncGenerator[bytes, None]:
        await file.seek(0)
        while piece := await file.read(_PIECE):
            yield piece

    return pieces


PART = Part(mutation=Mutation, subscription=Subscription)
