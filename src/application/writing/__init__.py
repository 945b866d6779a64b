"""Documents: begun, saved, deleted; sources attached to them; citation numbers."""

from dataclasses import dataclass

from application.writing.attach_source import AttachSource
from application.writing.create_document import CreateDocument
from application.writing.delete_document import DeleteDocument
from application.writing.detach_source import DetachSource
from application.writing.ports import (
    AttachmentRepository,
    DocumentFilter,
    DocumentReader,
    DocumentRepository,
)
from application.writing.take_citation_number import TakeCitationNumber
from application.writing.update_document import UpdateDocument

__all__ = [
    "AttachSource",
    "AttachmentRepository",
    "CreateDocument",
    "DeleteDocument",
    "DetachSource",
    "DocumentFilter",
    "DocumentReader",
    "DocumentRepository",
    "TakeCitationNumber",
    "UpdateDocument",
    "Writing",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What an entrypoint may do with documents."""

    documents: DocumentReader
    create_document: CreateDocument
    update_document: UpdateDocument
    delete_document: DeleteDocument
    attach_source: AttachSource
    detach_source: DetachSource
    take_citation_number: TakeCitationNumber
