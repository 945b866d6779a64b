"""Documents as they are changed: begun, saved, deleted; sources attached to them; citation numbers taken."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry

from domain import accounts, writing
from entrypoints.graphql.context import Info
from entrypoints.graphql.fields import mutation
from entrypoints.graphql.ids import key_of
from entrypoints.graphql.parts import Part
from entrypoints.graphql.scalars import Input, or_none
from entrypoints.graphql.writing import AttachedSource, Document


@strawberry.input(description="A note on a document.")
class MetadataEntryInput:
    key: str = strawberry.field(description="1 to 100 characters, there once in a document.")
    value: str = strawberry.field(description="Up to 1,000 characters.")


@strawberry.input(description="A new document.")
class CreateDocumentInput:
    title: str = strawberry.field(description="1 to 200 characters that are not all spaces.")
    typst_content: str = strawberry.field(default="", description="Up to 100,000 characters and 1,000 lines.")
    template: writing.DocumentTemplate = strawberry.field(description="What it begins as.")
    citation_format: accounts.CitationFormat | None = strawberry.field(
        default=strawberry.UNSET, description="Else the one that the viewer prefers."
    )
    metadata: list[MetadataEntryInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Up to 50 notes."
    )


@strawberry.input(description="What is left out or null stays as it is.")
class UpdateDocumentInput:
    id: strawberry.ID = strawberry.field(description="Of the document.")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="The version that was edited; a stale one is a CONFLICT with `currentVersion`. Without it the last "
        "writer wins.",
    )
    title: str | None = strawberry.field(default=strawberry.UNSET, description="1 to 200 characters.")
    typst_content: str | None = strawberry.field(
        default=strawberry.UNSET, description="Up to 100,000 characters and 1,000 lines."
    )
    citation_format: accounts.CitationFormat | None = strawberry.field(
        default=strawberry.UNSET, description="How its references are written."
    )
    status: writing.DocumentStatus | None = strawberry.field(default=strawberry.UNSET, description="What it is.")
    metadata: list[MetadataEntryInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Replaces all notes."
    )


@strawberry.input(description="Which document to delete, for good.")
class DeleteDocumentInput:
    id: strawberry.ID = strawberry.field(description="Of the document.")


@strawberry.input(description="Which source to attach to which document.")
class AttachSourceInput:
    document_id: strawberry.ID = strawberry.field(description="Of the document.")
    source_id: strawberry.ID = strawberry.field(description="Of the source.")


@strawberry.input(description="Which source to take off which document.")
class DetachSourceInput:
    document_id: strawberry.ID = strawberry.field(description="Of the document.")
    source_id: strawberry.ID = strawberry.field(description="Of the source.")


@strawberry.input(description="Whose next citation number to take.")
class TakeCitationNumberInput:
    document_id: strawberry.ID = strawberry.field(description="Of the document.")
    source_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="An attached source, which keeps the number; asked again, the same one."
    )


@strawberry.type(description="The new document.")
class CreateDocumentPayload:
    document: Document = strawberry.field(description="With its version 1.")


@strawberry.type(description="The document after the save.")
class UpdateDocumentPayload:
    document: Document = strawberry.field(description="With its new version.")


@strawberry.type(description="What was deleted.")
class DeleteDocumentPayload:
    deleted_id: strawberry.ID = strawberry.field(description="The id that is no more; its sources stay.")


@strawberry.type(description="The attached source.")
class AttachSourcePayload:
    document: Document = strawberry.field(description="What it is attached to.")
    attached: AttachedSource = strawberry.field(description="With the key that cites it.")


@strawberry.type(description="The document without the source.")
class DetachSourcePayload:
    document: Document = strawberry.field(description="What it was attached to.")


@strawberry.type(description="The number.")
class TakeCitationNumberPayload:
    citation_number: int = strawberry.field(description="Given to nobody else.")
    document: Document = strawberry.field(description="With its new count.")


@strawberry.type
class Mutation:
    @mutation("Begins a document.")
    async def create_document(self, info: Info, given: Input[CreateDocumentInput]) -> CreateDocumentPayload:
        document = await info.context.app.writing.create_document(
            owner=info.context.owner,
            title=given.title,
            template=given.template,
            typst_content=given.typst_content,
            citation_format=_format(given.citation_format),
            metadata=_entries(given.metadata) or (),
        )
        return CreateDocumentPayload(document=Document.of(document))

    @mutation("Saves a document. Two saves of the same version do not both succeed.")
    async def update_document(self, info: Info, given: Input[UpdateDocumentInput]) -> UpdateDocumentPayload:
        document = await info.context.app.writing.update_document(
            owner=info.context.owner,
            id=key_of("Document", given.id),
            expected_version=or_none(given.expected_version),
            title=or_none(given.title),
            typst_content=or_none(given.typst_content),
            citation_format=_format(given.citation_format),
            status=or_none(given.status),
            metadata=_entries(given.metadata),
        )
        return UpdateDocumentPayload(document=Document.of(document))

    @mutation("Deletes a document for good; its sources stay in the library.")
    async def delete_document(self, info: Info, given: Input[DeleteDocumentInput]) -> DeleteDocumentPayload:
        await info.context.app.writing.delete_document(owner=info.context.owner, id=key_of("Document", given.id))
        return DeleteDocumentPayload(deleted_id=given.id)

    @mutation("Attaches a source to a document; one that is attached already stays as it is.")
    async def attach_source(self, info: Info, given: Input[AttachSourceInput]) -> AttachSourcePayload:
        document, attachment = await info.context.app.writing.attach_source(
            owner=info.context.owner,
            document_id=key_of("Document", given.document_id, field="documentId"),
            source_id=key_of("Source", given.source_id, field="sourceId"),
        )
        return AttachSourcePayload(document=Document.of(document), attached=AttachedSource.of(attachment))

    @mutation("Takes a source off a document; it stays in the library.")
    async def detach_source(self, info: Info, given: Input[DetachSourceInput]) -> DetachSourcePayload:
        document = await info.context.app.writing.detach_source(
            owner=info.context.owner,
            document_id=key_of("Document", given.document_id, field="documentId"),
            source_id=key_of("Source", given.source_id, field="sourceId"),
        )
        return DetachSourcePayload(document=Document.of(document))

    @mutation("Takes the next citation number. Atomic: concurrent calls get distinct, dense numbers.")
    async def take_citation_number(
        self, info: Info, given: Input[TakeCitationNumberInput]
    ) -> TakeCitationNumberPayload:
        source_id = or_none(given.source_id)
        number, document = await info.context.app.writing.take_citation_number(
            owner=info.context.owner,
            document_id=key_of("Document", given.document_id, field="documentId"),
            source_id=None if source_id is None else key_of("Source", source_id, field="sourceId"),
        )
        return TakeCitationNumberPayload(citation_number=number, document=Document.of(document))


def _format(given: accounts.CitationFormat | None) -> writing.CitationFormat | None:
    chosen = or_none(given)
    return None if chosen is None else writing.CitationFormat(chosen)


def _entries(given: Sequence[MetadataEntryInput] | None) -> tuple[writing.MetadataEntry, ...] | None:
    entries = or_none(given)
    return None if entries is None else tuple(writing.MetadataEntry(key=one.key, value=one.value) for one in entries)


PART = Part(mutation=Mutation)
