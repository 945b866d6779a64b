"""Ask for the jobs whose hour has struck: once each, however many workers look at the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from application.shared.ports import Clock, JobQueue, Ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """A job and its hours: `latest` gives, for a moment, the tick that struck last (that very moment included)."""

    job: str
    latest: Callable[[datetime], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class FireDueJobs:
    """Run it every few seconds, in every worker. Only the latest tick counts: after downtime a job runs once.

    A tick stays claimed until its job says that it is finished. One that is not finished after `patience` was lost (the
    broker was down, all its attempts failed), and the job is asked for again: `patience` must be longer than the job.
    """

    schedule: tuple[Scheduled, ...]
    ticks: Ticks
    jobs: JobQueue
    clock: Clock
    patience: timedelta

    async def __call__(self) -> tuple[str, ...]:
        """The jobs that this call asked for. Errors: Unavailable."""
        now = self.clock()
        fired = []
        for scheduled in self.schedule:
            tick = scheduled.latest(now)
            if await self.ticks.claim(job=scheduled.job, tick=tick, at=now, lost_before=now - self.patience):
                await self.jobs.enqueue(scheduled.job)
                fired.append(scheduled.job)
        return tuple(fired)
