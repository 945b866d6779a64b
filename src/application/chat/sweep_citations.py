"""Ask for the citations that wait since their source was read again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from application.chat.ports import WaitingCitations
from application.chat.reanchor_citations import REANCHOR
from application.shared import Clock, JobQueue

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepCitations:
    """Run it every few seconds: no reading has to tell anybody, and none is forgotten.

    `patience` is how long a job may take before it counts as lost. It may be wrong about that: the job may be run any
    number of times.
    """

    waiting: WaitingCitations
    jobs: JobQueue
    clock: Clock
    patience: timedelta

    async def __call__(self) -> int:
        """How many sources were asked for. Errors: Unavailable."""
        now = self.clock()
        due = await self.waiting.take(at=now, again_at=now + self.patience, limit=_AT_ONCE)
        for owner, source_id in due:
            await self.jobs.enqueue(REANCHOR, owner=str(owner), source_id=str(source_id))
        return len(due)
