"""Sources and chunks inside a transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from application.accounts import ports as accounts
from domain.library import Chunk, ExtractedText, Source
from domain.shared import ChunkId, UserId


class SourceRepository(Protocol):
    """Sources inside a transaction. Every method raises NotYours where the source is another user's."""

    async def add(self, source: Source) -> None:
        """A new source. Errors: DuplicateSource when the owner already has the same content."""
        ...

    async def get(self, *, owner: UserId, id: UUID) -> Source:
        """Errors: NoSuch, NotYours."""
        ...

    async def lock(self, *, owner: UserId, id: UUID) -> Source:
        """As `get`, and nobody else changes the source until the transaction ends."""
        ...

    async def with_content(self, *, owner: UserId, content_hash: str) -> Source | None:
        """The owner's source made from these very bytes, if there is one."""
        ...

    async def save(self, source: Source) -> None:
        """All of it but the counts that the chunk store keeps. Errors: NoSuch, NotYours."""
        ...

    async def delete(self, *, owner: UserId, id: UUID) -> None:
        """The source and all that hangs on it, in one go. Errors: NoSuch, NotYours."""
        ...

    async def mark_deleted(self, *, owner: UserId, id: UUID, at: datetime) -> None:
        """From now on it is not there, for whoever asks, and its content may be added again.

        What hangs on it is removed through `DeletedSources`. Errors: NoSuch, NotYours.
        """
        ...


class ChunkRepository(Protocol):
    """Chunks inside a transaction, with their lexical index: both or neither."""

    async def replace(self, *, owner: UserId, source: Source, text: ExtractedText, chunks: Sequence[Chunk]) -> None:
        """These chunks, and the extracted text they point into, instead of all that the source had.

        Afterwards they answer lexical search, and are in the queue of the embedding engine. A chunk whose content the
        source already had keeps its vector. Title and heading are indexed with the content.
        """
        ...

    async def reindex(self, *, owner: UserId, source: Source) -> None:
        """The lexical index of the source's chunks anew, with the title and language that it has now."""
        ...

    async def get(self, *, owner: UserId, id: UUID) -> Chunk:
        """Errors: NoSuch, NotYours."""
        ...

    async def many(self, *, owner: UserId, ids: Sequence[ChunkId]) -> dict[ChunkId, Chunk]:
        """Those of the owner; the others are absent."""
        ...


class UnitOfWork(accounts.UnitOfWork, Protocol):
    @property
    def sources(self) -> SourceRepository: ...
    @property
    def chunks(self) -> ChunkRepository: ...


OpenUnitOfWork: TypeAlias = Callable[[UserId], AbstractAsyncContextManager[UnitOfWork]]
