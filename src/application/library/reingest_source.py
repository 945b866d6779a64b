"""Read a source again: after a failure, or because reading has become better."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.library.add_source import INGEST
from application.library.ports import OpenUnitOfWork, SourceSignals
from application.shared import Clock, JobQueue
from domain.library import Source
from domain.shared import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReingestSource:
    """The old chunks answer until the new ones are complete; those that come out the same keep id and vector."""

    uow: OpenUnitOfWork
    jobs: JobQueue
    signals: SourceSignals
    clock: Clock

    async def __call__(self, *, owner: UserId, id: UUID) -> Source:
        """The source, PROCESSING. Errors: NoSuch, NotYours."""
        async with self.uow(owner) as uow:
            source = (await uow.sources.lock(owner=owner, id=id)).processing(at=self.clock())
            await uow.sources.save(source)
            await uow.commit()
        await self.jobs.enqueue(INGEST, owner=str(owner), source_id=str(source.id))
        await self.signals.announce(source.id)
        return source
