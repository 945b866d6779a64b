"""Find work that was lost (a broker that was down, a worker that died) and ask for it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from application.library.add_source import INGEST
from application.library.ingest_source import EMBED
from application.library.ports import DeletedSources, EmbeddingQueue, StuckSources
from application.library.remove_source import REMOVE
from application.shared import Clock, JobQueue

_SOURCES_AT_ONCE = 100
_LONGEST_UPLOAD = timedelta(hours=1)
"""An upload that did not end in that time never will."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Run it every few seconds. `patience` is how long a source may give no sign of life before its job counts as lost.

    It may be wrong about that (a long queue): both jobs may be run any number of times.
    """

    stuck: StuckSources
    deleted: DeletedSources
    queue: EmbeddingQueue
    jobs: JobQueue
    clock: Clock
    model: str
    patience: timedelta

    async def __call__(self) -> int:
        """How many sources were asked for again. Errors: Unavailable."""
        now = self.clock()
        lost = await self.stuck.take(since_before=now - self.patience, at=now, limit=_SOURCES_AT_ONCE)
        for owner, source_id in lost:
            await self.jobs.enqueue(INGEST, owner=str(owner), source_id=str(source_id))
        await self.stuck.abandon(since_before=now - _LONGEST_UPLOAD, at=now, limit=_SOURCES_AT_ONCE)
        for owner, source_id in await self.deleted.take(
            since_before=now - self.patience, at=now, limit=_SOURCES_AT_ONCE
        ):
            await self.jobs.enqueue(REMOVE, owner=str(owner), source_id=str(source_id))
        if await self.queue.waiting(model=self.model):
            await self.jobs.enqueue(EMBED)
        return len(lost)
