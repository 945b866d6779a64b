"""Find erasures whose job was lost (a broker that was down, a worker that died) and ask for them again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from application.accounts.ports import PendingErasures
from application.accounts.request_erasure import ERASE
from application.shared import Clock, JobQueue

_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepErasures:
    """Run it every few seconds. `patience` is how long an erasure may take before its job counts as lost.

    It may be wrong about that: the job may be run any number of times.
    """

    pending: PendingErasures
    jobs: JobQueue
    clock: Clock
    patience: timedelta

    async def __call__(self) -> int:
        """How many erasures were asked for again. Errors: Unavailable."""
        now = self.clock()
        lost = await self.pending.take(asked_before=now - self.patience, at=now, limit=_AT_ONCE)
        for owner in lost:
            await self.jobs.enqueue(ERASE, owner=str(owner))
        return len(lost)
