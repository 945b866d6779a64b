"""Put down a turn as lost whose process died, and give back what was set aside for it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from application.accounts import release
from application.chat.ports import OpenUnitOfWork, TurnEvents
from application.shared import Clock
from domain.chat import LOST, Turn, TurnFailed, TurnStatus
from domain.shared import NoSuch, TurnId, Unavailable, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class EndLostTurn:
    """Whoever finds that nobody runs a turn ends it. Two who find it at once do so once."""

    uow: OpenUnitOfWork
    events: TurnEvents
    clock: Clock

    async def __call__(self, *, owner: UserId, turn_id: TurnId) -> Turn:
        """The turn, which has ended by now, in whatever way. What it took is not known, and not charged.

        Errors: NoSuch, NotYours, Unavailable.
        """
        last = await self._last_told(turn_id)
        async with self.uow(owner) as uow:
            turn = await uow.turns.lock(owner=owner, id=turn_id)
            if turn.status is not TurnStatus.RUNNING:
                return turn
            if turn.hold_id is not None:
                with suppress(NoSuch):  # it expired, and was cleared away
                    await release(uow, owner=owner, hold_id=turn.hold_id)
            ended = turn.failed(LOST, at=self.clock(), last_seq=last + 1)
            await uow.turns.save(ended)
            await uow.commit()
        with suppress(Unavailable):  # who follows it then hears of the end from the store
            failed = TurnFailed(turn_id=turn_id, seq=ended.last_seq, failure=LOST, credits_charged=0)
            await self.events.append(turn_id, [failed])
        return ended

    async def _last_told(self, turn_id: TurnId) -> int:
        """The number of the last event that anybody can have seen, at least 1."""
        last = 1
        with suppress(Unavailable):
            while told := await self.events.told(turn_id, after_seq=last):
                last = told[-1].seq
        return last
