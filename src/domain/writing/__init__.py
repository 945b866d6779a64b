"""Documents in Typst, the sources attached to them, and the numbers by which they are cited."""

from domain.writing.attachment import ATTACHMENT_LIMIT, Attachment, NotAttached, TooManySources
from domain.writing.citation_key import citation_key
from domain.writing.document import (
    CitationFormat,
    Document,
    DocumentStatus,
    DocumentTemplate,
    StaleVersion,
)
from domain.writing.limits import (
    CONTENT_LIMIT,
    LINE_LIMIT,
    METADATA_KEY_LIMIT,
    METADATA_LIMIT,
    METADATA_VALUE_LIMIT,
    ContentTooLong,
    TooManyLines,
    UnsuitableMetadata,
)
from domain.writing.metadata import MetadataEntry

__all__ = [
    "ATTACHMENT_LIMIT",
    "CONTENT_LIMIT",
    "LINE_LIMIT",
    "METADATA_KEY_LIMIT",
    "METADATA_LIMIT",
    "METADATA_VALUE_LIMIT",
    "Attachment",
    "CitationFormat",
    "ContentTooLong",
    "Document",
    "DocumentStatus",
    "DocumentTemplate",
    "MetadataEntry",
    "NotAttached",
    "StaleVersion",
    "TooManyLines",
    "TooManySources",
    "UnsuitableMetadata",
    "citation_key",
]
