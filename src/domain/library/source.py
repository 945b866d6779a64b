"""A source and its life: `UPLOADING -> PROCESSING -> READY | FAILED`. READY is searchable; vectors may follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from domain.shared import Conflict, SourceId, UserId, checked_title


class SourceKind(StrEnum):
    PDF = "PDF"
    URL = "URL"
    TEXT = "TEXT"
    MARKDOWN = "MARKDOWN"
    DOCX = "DOCX"
    EPUB = "EPUB"


class SourceStatus(StrEnum):
    UPLOADING = "UPLOADING"
    PROCESSING = "PROCESSING"
    READY = "READY"
    FAILED = "FAILED"


class WrongStatus(Conflict):
    """The source's status does not allow this step."""

    def __init__(self, status: SourceStatus, wanted: str) -> None:
        super().__init__(f"The source is {status.lower()}; it cannot be {wanted}.", status=str(status))


class DuplicateSource(Conflict):
    """The owner already has a source made from these very bytes."""

    def __init__(self) -> None:
        super().__init__("The same content is already in the library.", kind="source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a student brought. `content_hash` is the SHA-256 of the original bytes, in hex.

    `language` is `und` until somebody said or found out what it is. `processing_since` is when it was last given to a
    worker; it stays when the work is done.
    """

    id: SourceId
    owner: UserId
    title: str
    kind: SourceKind
    status: SourceStatus
    content_hash: str
    language: str
    access_date: datetime
    created_at: datetime
    error_message: str | None = None
    url: str | None = None
    original_filename: str | None = None
    author: str | None = None
    publication_date: date | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    is_available: bool = True
    page_count: int | None = None
    chunk_count: int = 0
    embedded_chunk_count: int = 0
    processing_since: datetime | None = None
    processed_at: datetime | None = None

    def __post_init__(self) -> None:
        checked_title(self.title)

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen by itself: it FAILED, or is READY with a vector for every chunk."""
        if self.status is SourceStatus.FAILED:
            return True
        return self.status is SourceStatus.READY and self.embedded_chunk_count >= self.chunk_count

    def processing(self, *, at: datetime) -> Source:
        """Received whole; a worker may read it now (again, when an earlier reading failed or was cut short)."""
        return replace(self, status=SourceStatus.PROCESSING, error_message=None, processing_since=at)

    def ready(self, *, chunk_count: int, page_count: int | None, language: str, at: datetime) -> Source:
        """Its chunks and their lexical index are stored."""
        if self.status is not SourceStatus.PROCESSING:
            raise WrongStatus(self.status, "made ready")
        return replace(
            self,
            status=SourceStatus.READY,
            chunk_count=chunk_count,
            page_count=page_count,
            language=language,
            error_message=None,
            processed_at=at,
        )

    def failed(self, message: str, *, at: datetime) -> Source:
        """It could not be read; `message` tells the user why, in words."""
        return replace(self, status=SourceStatus.FAILED, error_message=message, processed_at=at)

    def described(
        self,
        *,
        title: str | None = None,
        author: str | None = None,
        publication_date: date | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Source:
        """The user's own words for it; what is None stays as it was."""
        return replace(
            self,
            title=self.title if title is None else title,
            author=self.author if author is None else author,
            publication_date=self.publication_date if publication_date is None else publication_date,
            metadata=self.metadata if metadata is None else metadata,
        )
