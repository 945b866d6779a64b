"""Follow a turn from any event on: what has happened, what happens, and what is stored when it is over."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from application.chat.end_lost_turn import EndLostTurn
from application.chat.ports import OpenUnitOfWork, TurnEvents
from application.shared import Clock
from domain.chat import ChatEvent, Turn, TurnStatus, is_final, retold
from domain.shared import InvalidInput, TurnId, Unavailable, UserId

_FIRST_SIGN = timedelta(seconds=5)
"""A turn may have been stored so long before its process says that it runs it."""


class NoSuchEvent(InvalidInput):
    """`after_seq` is negative, or behind all events that the turn has."""

    def __init__(self, actual: int) -> None:
        super().__init__("`afterSeq` is the number of an event of this turn, or 0.", field="afterSeq", actual=actual)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowTurn:
    """Every event after `after_seq` once, in order, and nothing behind the last one.

    A turn whose process died ends with a TurnFailed within some seconds. Whoever reads slowly is waited for: nothing is
    kept for them but the log itself.
    """

    uow: OpenUnitOfWork
    events: TurnEvents
    end_lost: EndLostTurn
    clock: Clock

    async def __call__(self, *, owner: UserId, turn_id: UUID, after_seq: int = 0) -> AsyncGenerator[ChatEvent, None]:
        """Errors: NoSuch, NotYours, NoSuchEvent, Unavailable."""
        turn = await self._turn(owner, turn_id)
        await self._check(turn, after_seq)
        seen, has_waited = after_seq, False
        async with self.events.news(turn.id) as news:
            while True:
                told = await self._told(turn.id, seen)
                has_gap = bool(told) and told[0].seq != seen + 1
                for event in () if has_gap else told:
                    yield event
                    seen, has_waited = event.seq, False
                    if is_final(event):
                        return
                if told and not has_gap:
                    continue
                if turn.status is not TurnStatus.RUNNING:
                    break
                if has_waited:
                    turn = await self._looked_at(turn, has_gap=has_gap)
                if turn.status is TurnStatus.RUNNING:
                    await news()
                    has_waited = True
        if seen > turn.last_seq > 0:
            raise NoSuchEvent(after_seq)
        for event in await self._stored(turn):
            if event.seq > seen:
                yield event

    async def _check(self, turn: Turn, after_seq: int) -> None:
        """Errors: NoSuchEvent."""
        if after_seq < 0:
            raise NoSuchEvent(after_seq)
        if not after_seq or turn.status is not TurnStatus.RUNNING:
            return
        # A log that is empty altogether was lost: then the client may well have seen more than there is.
        if not await self._told(turn.id, after_seq - 1) and await self._told(turn.id, 0):
            raise NoSuchEvent(after_seq)

    async def _told(self, turn_id: TurnId, after_seq: int) -> tuple[ChatEvent, ...]:
        """Nothing while the log is down: the turn goes on, and is stored in the end."""
        try:
            return await self.events.told(turn_id, after_seq=after_seq)
        except Unavailable:
            return ()

    async def _looked_at(self, turn: Turn, *, has_gap: bool) -> Turn:
        """The turn as it is now, after a wait that brought nothing new. One that nobody runs is put down as lost."""
        try:
            is_running = await self.events.is_running(turn.id)
        except Unavailable:
            return await self._turn(turn.owner, turn.id)
        if is_running:
            return await self._turn(turn.owner, turn.id) if has_gap else turn
        turn = await self._turn(turn.owner, turn.id)
        if turn.status is TurnStatus.RUNNING and self.clock() - turn.started_at > _FIRST_SIGN:
            return await self.end_lost(owner=turn.owner, turn_id=turn.id)
        return turn

    async def _turn(self, owner: UserId, turn_id: UUID) -> Turn:
        async with self.uow(owner) as uow:
            return await uow.turns.get(owner=owner, id=turn_id)

    async def _stored(self, turn: Turn) -> tuple[ChatEvent, ...]:
        async with self.uow(turn.owner) as uow:
            conversation = await uow.conversations.get(owner=turn.owner, id=turn.conversation_id)
            answer = None
            if turn.answer_id is not None:
                answer = await uow.messages.get(owner=turn.owner, id=turn.answer_id)
        return retold(turn, conversation=conversation, answer=answer)
