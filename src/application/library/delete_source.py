"""Take a source out of the library, with all that was made of it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.library.add_source import file_key
from application.library.ports import FileStore, OpenUnitOfWork, SourceSignals
from domain.shared import SourceId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteSource:
    """The row first, with text, chunks and vectors; then the file, which nothing points to any more."""

    uow: OpenUnitOfWork
    files: FileStore
    signals: SourceSignals

    async def __call__(self, *, owner: UserId, id: UUID) -> SourceId:
        """The id that is gone. Errors: NoSuch, NotYours."""
        async with self.uow(owner) as uow:
            source = await uow.sources.lock(owner=owner, id=id)
            await uow.sources.delete(owner=owner, id=source.id)
            await uow.commit()
        await self.files.delete(file_key(source))
        await self.signals.announce(source.id)
        return source.id
