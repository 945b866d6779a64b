"""A source attached to a document: cited there by a key, and by a number once it was cited."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from domain.shared import Conflict, DocumentId, NotFound, SourceId, UserId

ATTACHMENT_LIMIT = 200
"""Sources of one document: a list short enough to be shown whole."""


class NotAttached(NotFound):
    """The source is not attached to the document."""

    def __init__(self) -> None:
        super().__init__("The source is not attached to this document.", kind="attached source")


class TooManySources(Conflict):
    """The document has as many sources as it can have."""

    def __init__(self) -> None:
        super().__init__(f"A document has at most {ATTACHMENT_LIMIT} sources.", limit=ATTACHMENT_LIMIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """`citation_key` is unique in the document and never changes; `citation_number` is None until one was taken."""

    document_id: DocumentId
    source_id: SourceId
    owner: UserId
    citation_key: str
    attached_at: datetime
    citation_number: int | None = None

    def numbered(self, number: int) -> Attachment:
        """With its citation number; the first one stays for good."""
        return self if self.citation_number is not None else replace(self, citation_number=number)
