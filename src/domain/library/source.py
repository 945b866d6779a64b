"""A source and its life: `UPLOADING -> PROCESSING -> READY | FAILED`. READY is searchable; vectors may follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from domain.shared import Conflict, SourceId, UserId, checked_title

MOST_ATTEMPTS = 5
"""So often is reading tried that ends in a fault of ours or of something that we need."""

MOST_BREAKS = 20
"""So often is reading begun that never comes to an end, not even to a fault: its worker was killed each time."""


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


class FieldOrigin(StrEnum):
    """Who said what a field of a source holds."""

    USER = "USER"
    PAGE_META = "PAGE_META"
    WEB_SEARCH = "WEB_SEARCH"
    FILE_META = "FILE_META"


_READ_OFF = frozenset({FieldOrigin.PAGE_META, FieldOrigin.FILE_META})


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
    """What a student brought. `content_hash` is the SHA-256 of the original bytes, in hex; of a web page, that of its
    address.

    `file_hash` is the SHA-256 of the bytes that are kept, None before a page was fetched. `language` is `und` until
    somebody said or found out what it is. `processing_since` is the last sign of life of the worker that reads it (of
    the upload, while that lasts); it stays when the work is done. `attempts` counts how often reading was begun since
    it was asked for, and `last_error` says how the last one ended, when that was with a fault.

    `origins` says of title, author, publication_date and site (which is in `metadata`) where they come from; what was
    made up from a file's name or a first line has no origin.
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
    file_hash: str | None = None
    url: str | None = None
    original_filename: str | None = None
    author: str | None = None
    publication_date: date | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    origins: Mapping[str, FieldOrigin] = field(default_factory=dict)
    is_available: bool = True
    page_count: int | None = None
    chunk_count: int = 0
    embedded_chunk_count: int = 0
    refused_chunk_count: int = 0
    processing_since: datetime | None = None
    processed_at: datetime | None = None
    attempts: int = 0
    last_error: str | None = None

    def __post_init__(self) -> None:
        checked_title(self.title)

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen by itself: it FAILED, or is READY with a vector for every chunk.

        A chunk that the embedder refuses will not have one.
        """
        if self.status is SourceStatus.FAILED:
            return True
        return (
            self.status is SourceStatus.READY
            and self.embedded_chunk_count + self.refused_chunk_count >= self.chunk_count
        )

    @property
    def is_given_up(self) -> bool:
        """Whether reading it was tried often enough: what went wrong each time would go wrong again."""
        return self.attempts >= (MOST_BREAKS if self.last_error is None else MOST_ATTEMPTS)

    def uploading(self, *, at: datetime) -> Source:
        """Its bytes are on their way (again, when an earlier upload was cut short)."""
        return replace(self, status=SourceStatus.UPLOADING, processing_since=at)

    def processing(self, *, at: datetime) -> Source:
        """Received whole; a worker may read it now (again, when an earlier reading failed or was cut short)."""
        return replace(
            self,
            status=SourceStatus.PROCESSING,
            error_message=None,
            processing_since=at,
            attempts=0,
            last_error=None,
        )

    def begun(self, *, at: datetime) -> Source:
        """A worker begins to read it."""
        return replace(self._in_work("read"), processing_since=at, attempts=self.attempts + 1)

    def still_worked_on(self, *, at: datetime) -> Source:
        """The worker is alive."""
        return replace(self._in_work("read"), processing_since=at)

    def stumbled(self, message: str, *, at: datetime) -> Source:
        """Reading ended with a fault that is not the file's: it is tried again, or given up when that was the last."""
        stumbled = replace(self._in_work("read"), last_error=message)
        return stumbled.failed(message, at=at) if stumbled.is_given_up else stumbled

    def ready(self, *, chunk_count: int, page_count: int | None, language: str, at: datetime) -> Source:
        """Its chunks and their lexical index are stored."""
        return replace(
            self._in_work("made ready"),
            status=SourceStatus.READY,
            chunk_count=chunk_count,
            page_count=page_count,
            language=language,
            error_message=None,
            last_error=None,
            processed_at=at,
        )

    def failed(self, message: str, *, at: datetime) -> Source:
        """It could not be read; `message` tells the user why, in words.

        What was read of it at an earlier time goes on answering: then it is READY as before, with the message.
        """
        if self.chunk_count:
            message = f"It could not be read again, so what was read before goes on answering. {message}"
        status = SourceStatus.READY if self.chunk_count else SourceStatus.FAILED
        return replace(self, status=status, error_message=message, processed_at=at)

    def described(
        self,
        *,
        title: str | None = None,
        author: str | None = None,
        publication_date: date | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Source:
        """The user's own words for it; what is None stays as it was."""
        said = {"title": title, "author": author, "publication_date": publication_date}
        origins = {**self.origins, **{name: FieldOrigin.USER for name, value in said.items() if value is not None}}
        if metadata is not None:
            origins.pop("site", None)
            if "site" in metadata:
                origins["site"] = FieldOrigin.USER
        return replace(
            self,
            title=self.title if title is None else title,
            author=self.author if author is None else author,
            publication_date=self.publication_date if publication_date is None else publication_date,
            metadata=self.metadata if metadata is None else metadata,
            origins=origins,
        )

    def described_by_itself(
        self,
        *,
        title: str | None,
        author: str | None,
        publication_date: date | None,
        site: str | None,
        title_is_made_up: bool,
    ) -> Source:
        """What a file or page says of itself, where its owner said nothing: the user's word wins, now and later."""
        origin = FieldOrigin.PAGE_META if self.kind is SourceKind.URL else FieldOrigin.FILE_META
        said = {"title": title, "author": author, "publication_date": publication_date, "site": site}
        free = {
            "title": title_is_made_up,
            "author": self.author is None,
            "publication_date": self.publication_date is None,
            "site": "site" not in self.metadata,
        }
        taken = {
            name: value
            for name, value in said.items()
            if value is not None and (self.origins.get(name) in _READ_OFF or (name not in self.origins and free[name]))
        }
        origins = {**self.origins, **dict.fromkeys(taken, origin)}
        metadata = {**self.metadata, "site": taken.pop("site")} if "site" in taken else self.metadata
        return replace(self, **taken, metadata=metadata, origins=origins)  # type: ignore[arg-type]  # by their names

    def _in_work(self, wanted: str) -> Source:
        """Errors: WrongStatus."""
        if self.status is not SourceStatus.PROCESSING:
            raise WrongStatus(self.status, wanted)
        return self
