"""Ticks of the scheduler in PostgreSQL: the primary key lets one worker win."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from adapters.postgres.engine import Transactions
from application.shared import Ticks


class PostgresTicks(Ticks):
    # Nearly every look finds the tick claimed: the first condition lets it go by without a lock or a write.
    _CLAIM = text(
        """
        insert into scheduler_ticks (job, tick, claimed_at)
        select :job, :tick, :at where not exists (
          select from scheduler_ticks
          where job = :job and tick = :tick and (finished_at is not null or claimed_at >= :lost_before)
        )
        on conflict on constraint scheduler_ticks_pkey do update set claimed_at = excluded.claimed_at
        where scheduler_ticks.finished_at is null and scheduler_ticks.claimed_at < :lost_before
        returning job
        """
    )
    _FINISH = text(
        """
        insert into scheduler_ticks (job, tick, claimed_at, finished_at) values (:job, :tick, :at, :at)
        on conflict on constraint scheduler_ticks_pkey do update set finished_at = excluded.finished_at
        where scheduler_ticks.finished_at is null
        """
    )

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def claim(self, *, job: str, tick: datetime, at: datetime, lost_before: datetime) -> bool:
        values = {"job": job, "tick": tick, "at": at, "lost_before": lost_before}
        async with self._transactions.begin(None) as connection:
            claimed = (await connection.execute(self._CLAIM, values)).first() is not None
            await connection.commit()
        return claimed

    async def finish(self, *, job: str, tick: datetime, at: datetime) -> None:
        async with self._transactions.begin(None) as connection:
            await connection.execute(self._FINISH, {"job": job, "tick": tick, "at": at})
            await connection.commit()
