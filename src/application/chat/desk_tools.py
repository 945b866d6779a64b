"""Tools that do something for the owner: bring a source in, save a document, count citations, look at the credits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from application.accounts import CreditReader
from application.chat.ports import OpenUnitOfWork, ToolOffer
from application.chat.tools import Done, Errand, Refused, Tool
from application.library import AddSource, TextOrigin, UrlOrigin
from application.writing import AttachSource, CreateDocument, TakeCitationNumber, UpdateDocument
from domain.shared import TITLE_LIMIT, Conflict, InvalidInput, NotFound
from domain.writing import CONTENT_LIMIT, DocumentTemplate, StaleVersion

_TEXT_LIMIT = 100_000
_SHOWN_LIMIT = 20_000
"""Characters of a document that the model is shown: some six credits' worth, each time that it is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BringSource(Tool):
    """Add a page or a text to the library, and to the conversation's document where there is one."""

    add_source: AddSource
    attach_source: AttachSource

    @property
    def offer(self) -> ToolOffer:
        return ToolOffer(
            name="addSource",
            description=(
                "Add a web page (by its address) or a text to the user's sources. It is read in the background and can "
                "be searched some seconds or minutes later."
            ),
            parameters={
                "type": "object",
                "properties": {
                    "url": {
                        "type": "string",
                        "description": "Of the page; this or `text`.",
                        "minLength": 1,
                        "maxLength": 2_000,
                    },
                    "text": {
                        "type": "string",
                        "description": "The text itself; this or `url`.",
                        "minLength": 1,
                        "maxLength": _TEXT_LIMIT,
                    },
                    "title": {"type": "string", "minLength": 1, "maxLength": TITLE_LIMIT},
                },
                "additionalProperties": False,
            },
        )

    async def __call__(self, errand: Errand, arguments: Mapping[str, Any], /) -> Done:
        """Errors: InvalidInput, Unavailable."""
        url, text = arguments.get("url"), arguments.get("text")
        if (url is None) == (text is None):
            raise InvalidInput("Give either `url` or `text`.", field="url")
        origin = UrlOrigin(url=url) if url is not None else TextOrigin(text=str(text))
        added = await self.add_source(owner=errand.owner, origin=origin, title=arguments.get("title"))
        source = added.source
        told: dict[str, Any] = {"source_id": str(source.id), "status": source.status, "known_before": added.duplicate}
        if errand.document_id is not None:
            told["attached"] = await self._attached(errand, source.id)
        summary = "The source was in the library already." if added.duplicate else "The source is being read."
        return Done(summary=summary, told=told)

    async def _attached(self, errand: Errand, source_id: UUID) -> bool:
        """False when the document is gone, or full: the source stays in the library all the same."""
        assert errand.document_id is not None
        try:
            await self.attach_source(owner=errand.owner, document_id=errand.document_id, source_id=source_id)
        except (NotFound, Conflict):
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveDocument(Tool):
    """Begin a document, or save one of a known version: nothing that was written meanwhile is lost.

    Who names another version than the present one is shown the present text, unless it is very long.
    """

    uow: OpenUnitOfWork
    create_document: CreateDocument
    update_document: UpdateDocument

    @property
    def offer(self) -> ToolOffer:
        return ToolOffer(
            name="saveDocument",
            description=(
                "Save a Typst document of the user, only when the user asks for it. Without `documentId` a new one is "
                "begun. To change one that you have not seen give `expectedVersion` 0: you are shown its text and its "
                "version, and nothing is saved."
            ),
            parameters={
                "type": "object",
                "properties": {
                    "documentId": {"type": "string", "format": "uuid"},
                    "expectedVersion": {
                        "type": "integer",
                        "description": "The version that was edited; needed with `documentId`.",
                        "minimum": 0,
                        "maximum": 2**31 - 1,
                    },
                    "title": {
                        "type": "string",
                        "description": "Needed without `documentId`.",
                        "minLength": 1,
                        "maxLength": TITLE_LIMIT,
                    },
                    "content": {
                        "type": "string",
                        "description": "All of the document, in Typst.",
                        "maxLength": CONTENT_LIMIT,
                    },
                    "template": {
                        "type": "string",
                        "description": "Of a new document; NOTES when absent.",
                        "enum": [template.value for template in DocumentTemplate],
                    },
                },
                "required": ["content"],
                "additionalProperties": False,
            },
        )

    async def __call__(self, errand: Errand, arguments: Mapping[str, Any], /) -> Done:
        """Errors: InvalidInput, NoSuch, NotYours, StaleVersion (as Refused), Unavailable."""
        title, content = arguments.get("title"), arguments["content"]
        if "documentId" in arguments:
            if "expectedVersion" not in arguments:
                raise InvalidInput("`expectedVersion` is needed to save a document.", field="expectedVersion")
            id = UUID(arguments["documentId"])
            try:
                document = await self.update_document(
                    owner=errand.owner,
                    id=id,
                    expected_version=arguments["expectedVersion"],
                    title=title,
                    typst_content=content,
                )
            except StaleVersion as stale:
                raise Refused(stale, quoted=await self._present(errand, id)) from None
        else:
            if title is None:
                raise InvalidInput("`title` is needed to begin a document.", field="title")
            document = await self.create_document(
                owner=errand.owner,
                title=title,
                template=DocumentTemplate(arguments.get("template", DocumentTemplate.NOTES)),
                typst_content=content,
            )
        return Done(
            summary=f"Saved as version {document.version}.",
            told={"document_id": str(document.id), "version": document.version},
        )

    async def _present(self, errand: Errand, id: UUID) -> Mapping[str, Any]:
        async with self.uow(errand.owner) as uow:
            document = await uow.documents.get(owner=errand.owner, id=id)
        if len(document.typst_content) > _SHOWN_LIMIT:
            return {"too_long_to_be_shown": f"{len(document.typst_content):,} characters"}
        return {"version": document.version, "title": document.title, "content": document.typst_content}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCredits(Tool):
    """What the owner has left."""

    credits: CreditReader

    @property
    def offer(self) -> ToolOffer:
        return ToolOffer(
            name="checkCredits",
            description="How many credits the user has left, and how many are set aside for work that goes on.",
            parameters={"type": "object", "properties": {}, "additionalProperties": False},
        )

    async def __call__(self, errand: Errand, _: Mapping[str, Any], /) -> Done:
        """Errors: Unavailable."""
        account = await self.credits.account(owner=errand.owner)
        return Done(
            summary=f"{account.available:,} credits available.",
            told={"available": account.available, "held": account.held},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NextCitationNumber(Tool):
    """Take the next citation number of a document; a source that has one keeps it."""

    take_citation_number: TakeCitationNumber

    @property
    def offer(self) -> ToolOffer:
        return ToolOffer(
            name="getNextCitationNumber",
            description=(
                "Take the next citation number of a document: 1, 2, 3, ... Each is given once; with `sourceId` an "
                "attached source keeps the number that it got first."
            ),
            parameters={
                "type": "object",
                "properties": {
                    "documentId": {
                        "type": "string",
                        "description": "The conversation's document when absent.",
                        "format": "uuid",
                    },
                    "sourceId": {"type": "string", "description": "A source attached to it.", "format": "uuid"},
                },
                "additionalProperties": False,
            },
        )

    async def __call__(self, errand: Errand, arguments: Mapping[str, Any], /) -> Done:
        """Errors: InvalidInput, NoSuch, NotYours, NotAttached, Unavailable."""
        document_id = UUID(arguments["documentId"]) if "documentId" in arguments else errand.document_id
        if document_id is None:
            raise InvalidInput("This conversation is about no document: name one.", field="documentId")
        source_id = UUID(arguments["sourceId"]) if "sourceId" in arguments else None
        number, document = await self.take_citation_number(
            owner=errand.owner, document_id=document_id, source_id=source_id
        )
        return Done(summary=f"Citation number {number}.", told={"number": number, "document_id": str(document.id)})
