"""A user's original files, found by their keys."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping

from application.accounts.ports import PersonalData, PersonalFiles
from application.library.ports import FileStore
from domain.shared import NoSuch, UserId


class StoredPersonalFiles(PersonalData, PersonalFiles):
    """Whatever the file store is: keys begin with their owner."""

    def __init__(self, files: FileStore) -> None:
        self._files = files

    async def remaining(self, *, owner: UserId) -> Mapping[str, int]:
        return {"files": len(await self._files.keys(under=str(owner)))}

    async def erase(self, *, owner: UserId) -> None:
        await self._files.delete_all(under=str(owner))

    async def files(self, *, owner: UserId) -> AsyncGenerator[tuple[str, bytes], None]:
        for key in await self._files.keys(under=str(owner)):
            try:
                data = await self._files.get(key)
            except NoSuch:
                continue  # deleted meanwhile
            yield key.partition("/")[2], data
