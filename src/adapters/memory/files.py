"""Files in memory."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from application.library.ports import FileStore
from domain.shared import NoSuch

_PIECE = 64 * 1024


class MemoryFileStore(FileStore):
    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    async def put(self, key: str, content: AsyncIterable[bytes]) -> None:
        self._files[key] = b"".join([piece async for piece in content])

    def local(self, key: str) -> AbstractAsyncContextManager[Path]:
        return self._written(key)

    @asynccontextmanager
    async def _written(self, key: str) -> AsyncIterator[Path]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "original"
            path.write_bytes(self._data(key))
            yield path

    async def read(self, key: str) -> AsyncGenerator[bytes, None]:
        data = self._data(key)
        for start in range(0, len(data), _PIECE):
            yield data[start : start + _PIECE]

    async def exists(self, key: str) -> bool:
        return key in self._files

    async def delete(self, key: str) -> None:
        self._files.pop(key, None)

    async def keys(self, *, under: str) -> Sequence[str]:
        return sorted(key for key in self._files if key.startswith(f"{under}/"))

    async def delete_all(self, *, under: str) -> None:
        for key in await self.keys(under=under):
            del self._files[key]

    @property
    def stored(self) -> frozenset[str]:
        """What is stored at this moment."""
        return frozenset(self._files)

    def _data(self, key: str) -> bytes:
        if key not in self._files:
            raise NoSuch("file")
        return self._files[key]
