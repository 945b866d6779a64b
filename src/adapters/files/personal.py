"""A user's original files, found by their keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from application.accounts.ports import PersonalData, PersonalFiles
from application.library.ports import FileStore
from domain.shared import NoSuch, UserId


class StoredPersonalFiles(PersonalData, PersonalFiles):
    """Whatever the file store is: keys begin with their owner, then their source."""

    def __init__(self, files: FileStore) -> None:
        self._files = files

    async def remaining(self, *, owner: UserId) -> Mapping[str, int]:
        return {"files": len(await self._files.keys(under=str(owner)))}

    async def erase(self, *, owner: UserId) -> None:
        await self._files.delete_all(under=str(owner))

    async def files(self, *, owner: UserId) -> AsyncGenerator[tuple[str, bytes], None]:
        seen: Counter[str] = Counter()
        for key in await self._files.keys(under=str(owner)):
            name = key.split("/")[1]
            seen[name] += 1
            if seen[name] > 1:  # a page that is being read again: the copy before and the one after
                name = f"{name}-{seen[name]}"
            try:
                async with aclosing(self._files.read(key)) as pieces:
                    async for piece in pieces:
                        yield name, piece
            except NoSuch:
                continue  # deleted meanwhile
