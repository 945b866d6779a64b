"""Original files in an object store: S3 and what is compatible with it, Google Cloud Storage, Azure Blob Storage."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, contextmanager
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from adapters.files.keys import is_key, safe_key
from application.library.ports import FileStore
from domain.shared import NoSuch, Unavailable

_PART_BYTES = 5 * 1024 * 1024
"""S3 takes no smaller part of an upload than this (but for the last)."""
_PARTS_AT_ONCE = 2
_PIECE_BYTES = 256 * 1024


class FilesUnavailable(Unavailable):
    """The store cannot be written or read: it does not answer, refuses us, or the disk is full or gone."""

    def __init__(self) -> None:
        super().__init__("Files cannot be stored at the moment.", retry_after=30)


class ObjectFileStore(FileStore):
    """One object a key. Large files go in parts of `part_bytes`, `parts_at_once` of them in memory.

    A store shows an object only when all of it is there, so that a reader never sees half of one.
    """

    def __init__(
        self, store: ObjectStore, *, part_bytes: int = _PART_BYTES, parts_at_once: int = _PARTS_AT_ONCE
    ) -> None:
        self._given = store
        self._part_bytes = part_bytes
        self._parts_at_once = parts_at_once

    @property
    def _store(self) -> ObjectStore:
        return self._given

    async def put(self, key: str, content: AsyncIterable[bytes]) -> None:
        pieces = _Watched(content)
        try:
            with _unavailable_when_down():
                await obstore.put_async(
                    self._store,
                    safe_key(key),
                    pieces,
                    chunk_size=self._part_bytes,
                    max_concurrency=self._parts_at_once,
                )
        finally:
            if pieces.fault is not None:
                raise pieces.fault

    def read(self, key: str) -> AsyncGenerator[bytes, None]:
        return self._read(safe_key(key))

    async def _read(self, key: str) -> AsyncGenerator[bytes, None]:
        with _unavailable_when_down():
            found = await obstore.get_async(self._store, key)
        pieces = aiter(found.stream(min_chunk_size=_PIECE_BYTES))
        while True:
            with _unavailable_when_down():
                piece = await anext(pieces, None)
            if piece is None:
                return
            whole = memoryview(piece)
            for start in range(0, len(whole), _PIECE_BYTES):
                yield bytes(whole[start : start + _PIECE_BYTES])

    def local(self, key: str) -> AbstractAsyncContextManager[Path]:
        return self._downloaded(safe_key(key))

    @asynccontextmanager
    async def _downloaded(self, key: str) -> AsyncIterator[Path]:
        with tempfile.TemporaryDirectory(prefix="studiolo-", ignore_cleanup_errors=True) as folder:
            path = Path(folder) / "original"
            with path.open("wb") as file:
                async with aclosing(self._read(key)) as pieces:
                    async for piece in pieces:
                        await asyncio.to_thread(file.write, piece)
            yield path

    async def exists(self, key: str) -> bool:
        try:
            with _unavailable_when_down():
                await obstore.head_async(self._store, safe_key(key))
        except NoSuch:
            return False
        return True

    async def delete(self, key: str) -> None:
        try:
            with _unavailable_when_down():
                await obstore.delete_async(self._store, safe_key(key))
        except NoSuch:
            return

    async def keys(self, *, under: str) -> Sequence[str]:
        prefix = f"{safe_key(under)}/"
        found: list[str] = []
        with _unavailable_when_down():
            async for several in obstore.list(self._store, prefix=prefix):
                found += [one["path"] for one in several]
        return sorted(key for key in found if key.startswith(prefix) and is_key(key))

    async def delete_all(self, *, under: str) -> None:
        """Parts of an upload that never ended are not objects yet: let a lifecycle rule of the bucket remove them."""
        for key in await self.keys(under=under):
            await self.delete(key)


class _Watched:
    """Hands pieces on, and keeps the fault that ended them: a store would hide it among its own."""

    def __init__(self, content: AsyncIterable[bytes]) -> None:
        self._pieces = aiter(content)
        self.fault: BaseException | None = None

    def __aiter__(self) -> _Watched:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._pieces)
        except StopAsyncIteration:
            raise
        except BaseException as fault:
            self.fault = fault
            raise


@contextmanager
def _unavailable_when_down() -> Iterator[None]:
    """Errors: NoSuch, FilesUnavailable."""
    try:
        yield
    except FileNotFoundError:
        raise NoSuch("file") from None
    except (BaseError, OSError) as error:
        raise FilesUnavailable from error
