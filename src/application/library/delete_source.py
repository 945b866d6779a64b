"""Take a source out of the library, with all that was made of it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.library.ports import OpenUnitOfWork, SourceSignals
from application.library.remove_source import REMOVE, RemoveSource
from application.shared import Clock, JobQueue
from domain.shared import SourceId, Unavailable, UserId

_AT_ONCE = 100
"""Chunks; a source that has no more is removed while its owner waits, some hundredths of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteSource:
    """From the first commit on nobody sees it any more; what hangs on it follows, a little at a time."""

    uow: OpenUnitOfWork
    remove: RemoveSource
    jobs: JobQueue
    signals: SourceSignals
    clock: Clock

    async def __call__(self, *, owner: UserId, id: UUID) -> SourceId:
        """The id that is gone. Errors: NoSuch, NotYours."""
        async with self.uow(owner) as uow:
            source = await uow.sources.lock(owner=owner, id=id)
            await uow.sources.mark_deleted(owner=owner, id=source.id, at=self.clock())
            await uow.commit()
        if source.chunk_count > _AT_ONCE or not await self._removed(owner, source.id):
            await self.jobs.enqueue(REMOVE, owner=str(owner), source_id=str(source.id))
        await self.signals.announce(source.id)
        return source.id

    async def _removed(self, owner: UserId, id: SourceId) -> bool:
        try:
            await self.remove(owner=owner, source_id=id)
        except Unavailable:
            return False  # it is deleted all the same: a worker will see to the rest
        return True
