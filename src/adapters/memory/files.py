"""Files in memory."""

from __future__ import annotations

from collections.abc import Sequence

from application.library.ports import FileStore
from domain.shared import NoSuch


class MemoryFileStore(FileStore):
    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    async def put(self, key: str, data: bytes) -> None:
        self._files[key] = bytes(data)

    async def get(self, key: str) -> bytes:
        if key not in self._files:
            raise NoSuch("file")
        return self._files[key]

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
