"""What reading a source needs: its original, a reader of it, and word that it moved on."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from domain.library import ExtractedText, SourceKind
from domain.shared import SourceId, UserId


class FileStore(Protocol):
    """Original files by key. Keys are made by us (`<owner>/<source>`), never from a file name."""

    async def put(self, key: str, data: bytes) -> None: ...
    async def get(self, key: str) -> bytes:
        """Errors: NoSuch."""
        ...

    async def delete(self, key: str) -> None:
        """Nothing happens when it is not there."""
        ...

    async def keys(self, *, under: str) -> Sequence[str]:
        """The keys that begin with `<under>/`, in order."""
        ...

    async def delete_all(self, *, under: str) -> None:
        """Everything whose key begins with `<under>/`, and what was left there of writing that never ended."""
        ...


class Extractor(Protocol):
    """Reads original bytes into storable text with its places. Hostile input fails alone and with a sentence."""

    async def extract(self, data: bytes, *, kind: SourceKind, filename: str | None = None) -> ExtractedText:
        """Errors: UnreadableSource, with the sentence that the user is shown."""
        ...


class StuckSources(Protocol):
    """Sources whose work was lost: the sweeper's own door, not bound to one user."""

    async def take(self, *, since_before: datetime, at: datetime, limit: int) -> Sequence[tuple[UserId, SourceId]]:
        """Those PROCESSING since before a moment, oldest first; from now on they are PROCESSING since `at`.

        So each is taken once, by one sweeper, and again only when this time, too, nothing came of it.
        """
        ...


class SourceSignals(Protocol):
    """Says that a source moved on, to whoever looks, on any machine. A signal may be missed: re-read at leisure."""

    async def announce(self, source_id: SourceId) -> None: ...
    def listen(self, source_id: SourceId) -> AbstractAsyncContextManager[AsyncGenerator[None, None]]:
        """Yields once for each announcement, and now and then without one. Whoever reads it closes it."""
        ...
