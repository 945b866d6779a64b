"""What reading a source needs: its original, a reader of it, and word that it moved on."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from domain.library import ExtractedText, SourceKind
from domain.shared import SourceId, UserId


class FileStore(Protocol):
    """Original files by key, never whole in memory. Keys are made by us (`file_key`), never from a file name."""

    async def put(self, key: str, content: AsyncIterable[bytes]) -> None:
        """Whole or not at all, in place of what was there; it stays when the machine stops afterwards.

        What `content` raises is raised, and nothing is stored. Errors: Unavailable.
        """
        ...

    def local(self, key: str) -> AbstractAsyncContextManager[Path]:
        """The file as a local path, to be read only, while the block is open. Errors: NoSuch, Unavailable."""
        ...

    def read(self, key: str) -> AsyncGenerator[bytes, None]:
        """Its bytes, piece by piece. Whoever reads it closes it. Errors: NoSuch, Unavailable, before the first."""
        ...

    async def exists(self, key: str) -> bool:
        """Errors: Unavailable."""
        ...

    async def delete(self, key: str) -> None:
        """Nothing happens when it is not there. Errors: Unavailable."""
        ...

    async def keys(self, *, under: str) -> Sequence[str]:
        """The keys that begin with `<under>/`, in order. Errors: Unavailable."""
        ...

    async def delete_all(self, *, under: str) -> None:
        """Everything whose key begins with `<under>/`, and what was left there of writing that never ended.

        Errors: Unavailable.
        """
        ...


class Extractor(Protocol):
    """Reads an original file into storable text with its places. Hostile input fails alone and with a sentence."""

    async def extract(
        self,
        file: Path,
        *,
        kind: SourceKind,
        filename: str | None = None,
        url: str | None = None,
        charset: str | None = None,
    ) -> ExtractedText:
        """`kind` URL means that it came from the web: a page, or a document of any kind that was at that address.

        `url` and `charset` are what the fetch said of it. The file is not changed, and is read before this returns.
        Errors: UnreadableSource, with the sentence that the user is shown.
        """
        ...


class StuckSources(Protocol):
    """Sources whose work was lost: the sweeper's own door, not bound to one user."""

    async def take(self, *, since_before: datetime, at: datetime, limit: int) -> Sequence[tuple[UserId, SourceId]]:
        """Those PROCESSING since before a moment, oldest first; from now on they are PROCESSING since `at`.

        So each is taken once, by one sweeper, and again only when this time, too, nothing came of it.
        """
        ...

    async def abandon(self, *, since_before: datetime, at: datetime, limit: int) -> int:
        """Delete, as `SourceRepository.mark_deleted` does, those whose upload began before a moment and never ended.

        How many there were.
        """
        ...


class DeletedSources(Protocol):
    """What is left of sources that were deleted, to be removed a little at a time: not bound to one user."""

    async def take(self, *, since_before: datetime, at: datetime, limit: int) -> Sequence[tuple[UserId, SourceId]]:
        """Those deleted (or taken the last time) before a moment, oldest first: taken at `at` from now on."""
        ...

    async def clear(self, *, owner: UserId, source_id: SourceId) -> bool:
        """Remove some of what hangs on a deleted source, and commit. False when nothing was left.

        Each call holds its locks for a fraction of a second. Errors: NoSuch when there is no such deleted source.
        """
        ...

    async def forget(self, *, owner: UserId, source_id: SourceId) -> None:
        """Remove the last trace of a deleted source. A source that is not deleted is left alone."""
        ...


class SourceSignals(Protocol):
    """Says that a source moved on, to whoever looks, on any machine. A signal may be missed: re-read at leisure."""

    async def announce(self, source_id: SourceId) -> None: ...
    def listen(self, source_id: SourceId) -> AbstractAsyncContextManager[AsyncGenerator[None, None]]:
        """Yields once for each announcement, and now and then without one. Whoever reads it closes it."""
        ...
