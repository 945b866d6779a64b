"""Ask for the end of a turn."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.chat.ports import OpenUnitOfWork, TurnEvents
from domain.chat import TurnStatus
from domain.shared import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTurn:
    """Wherever it runs, the model is stopped within a second; what it had done until then is charged."""

    uow: OpenUnitOfWork
    events: TurnEvents

    async def __call__(self, *, owner: UserId, turn_id: UUID) -> bool:
        """False when the turn had ended before. Errors: NoSuch, NotYours, Unavailable."""
        async with self.uow(owner) as uow:
            turn = await uow.turns.get(owner=owner, id=turn_id)
        if turn.status is not TurnStatus.RUNNING:
            return False
        await self.events.cancel(turn.id)
        return True
