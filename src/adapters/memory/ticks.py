"""Ticks of the scheduler in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from adapters.memory.database import MemoryDatabase, Table
from application.shared import Ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    claimed_at: datetime
    finished_at: datetime | None = None


TICKS: Table[tuple[str, datetime], Tick] = Table("scheduler_ticks")


class MemoryTicks(Ticks):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def claim(self, *, job: str, tick: datetime, at: datetime, lost_before: datetime) -> bool:
        async with self._database.begin() as transaction:
            ticks = transaction.tables[TICKS]
            known = ticks.get((job, tick))
            if known is not None and (known.finished_at is not None or known.claimed_at >= lost_before):
                return False
            ticks[job, tick] = Tick(claimed_at=at)
            await transaction.commit()
        return True

    async def finish(self, *, job: str, tick: datetime, at: datetime) -> None:
        async with self._database.begin() as transaction:
            ticks = transaction.tables[TICKS]
            known = ticks.get((job, tick), Tick(claimed_at=at))
            ticks[job, tick] = replace(known, finished_at=known.finished_at or at)
            await transaction.commit()
