"""Sources and chunks to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from application.shared import Page, Window
from domain.library import Chunk, Source, SourceKind, SourceStatus
from domain.shared import ChunkId, DocumentId, SourceId, UserId, checked_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFilter:
    """What is None does not restrict. `text` is looked for in title, author and file name, accents and case ignored.

    Errors: UnstorableText.
    """

    status: SourceStatus | None = None
    kind: SourceKind | None = None
    document_id: DocumentId | None = None
    text: str | None = None

    def __post_init__(self) -> None:
        if self.text is not None:
            checked_text(self.text, field="text")


class SourceReader(Protocol):
    """Sources to show: newest first."""

    async def get(self, *, owner: UserId, id: UUID) -> Source:
        """Errors: NoSuch, NotYours."""
        ...

    async def many(self, *, owner: UserId, ids: Sequence[SourceId]) -> dict[SourceId, Source]: ...
    async def page(self, *, owner: UserId, window: Window, where: SourceFilter) -> Page[Source]: ...
    async def count(self, *, owner: UserId, where: SourceFilter) -> int: ...
    async def text(self, *, owner: UserId, id: UUID) -> str:
        """The extracted text that offsets point into; empty until the source was read. Errors: NoSuch, NotYours."""
        ...


class ChunkReader(Protocol):
    """Chunks to show: in the order of the source."""

    async def get(self, *, owner: UserId, id: UUID) -> Chunk:
        """Errors: NoSuch, NotYours."""
        ...

    async def many(self, *, owner: UserId, ids: Sequence[ChunkId]) -> dict[ChunkId, Chunk]: ...
    async def page(self, *, owner: UserId, source_id: SourceId, window: Window) -> Page[Chunk]: ...
    async def count(self, *, owner: UserId, source_id: SourceId) -> int: ...
    async def spread(self, *, owner: UserId, source_ids: Sequence[SourceId] | None, limit: int) -> list[Chunk]:
        """Up to `limit` chunks, spread evenly over the sources and over each source (for exercises without a topic)."""
        ...
