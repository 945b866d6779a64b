"""Ready-made documents, and sources to attach to them."""

from __future__ import annotations

from typing import Any

from adapters.system import new_uuid7
from application.writing.ports import OpenUnitOfWork
from domain.library import Source, SourceStatus
from domain.shared import DocumentId, UserId
from domain.writing import Attachment, CitationFormat, Document, DocumentTemplate
from tests.builders import NOON
from tests.builders_library import a_source


def a_document(owner: UserId, **changes: Any) -> Document:
    return Document(
        **{
            "id": DocumentId(new_uuid7()),
            "owner": owner,
            "title": "La città ideale",
            "typst_content": "= La città ideale\n",
            "template": DocumentTemplate.ESSAY,
            "citation_format": CitationFormat.APA,
            "created_at": NOON,
            "updated_at": NOON,
            **changes,
        }
    )


def a_book(owner: UserId, **changes: Any) -> Source:
    """A source that was read, by an author whom one cites."""
    known = {"title": "Il nome della rosa", "author": "Umberto Eco", "status": SourceStatus.READY}
    return a_source(owner, **{**known, **changes})


def an_attachment(document: Document, source: Source, **changes: Any) -> Attachment:
    return Attachment(
        **{
            "document_id": document.id,
            "source_id": source.id,
            "owner": document.owner,
            "citation_key": f"key{source.id.hex[-6:]}",
            "attached_at": NOON,
            **changes,
        }
    )


async def stored(uow: OpenUnitOfWork, *things: Document | Source | Attachment) -> None:
    """Each in its repository, in this order, committed; all of one owner."""
    async with uow(things[0].owner) as unit:
        for thing in things:
            if isinstance(thing, Document):
                await unit.documents.add(thing)
            elif isinstance(thing, Source):
                await unit.sources.add(thing)
            else:
                await unit.attachments.add(thing)
        await unit.commit()
