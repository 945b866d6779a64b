"""Give every user the new month's allowance: in batches, once a month, however often it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from application.accounts.ports import CreditResets
from application.shared import Clock, Ticks
from domain.accounts import period_start
from domain.shared import UserId

RESET = "accounts.reset_credits"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetCredits:
    """Each batch of `batch_size` users is a transaction of its own: whoever is killed is resumed by the next.

    Two at once share the work, for each passes over the users whom the other has.
    """

    resets: CreditResets
    ticks: Ticks
    clock: Clock
    allowance: int
    batch_size: int

    async def __call__(self) -> int:
        """How many users this call reset to the period that it is now. Errors: Unavailable."""
        start = period_start(self.clock())
        users = await self._reset(start, limit=self.batch_size, patient=False)
        # A user who was busy was passed over; one at a time, so that waiting for one does not hold up others.
        users += await self._reset(start, limit=1, patient=True)
        await self.ticks.finish(job=RESET, tick=start, at=self.clock())
        return users

    async def _reset(self, start: datetime, *, limit: int, patient: bool) -> int:
        users = 0
        after: UserId | None = None
        while True:
            batch = await self.resets.reset_batch(
                period_start=start,
                allowance=self.allowance,
                at=self.clock(),
                limit=limit,
                after=after,
                patient=patient,
            )
            users += batch.users
            if batch.users < limit:
                return users
            after = batch.last
