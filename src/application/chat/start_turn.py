"""Begin a turn, which then goes on by itself: its events are put where every process can follow them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from application.chat.answer_question import AnswerQuestion, Stop
from application.chat.asking import Question
from application.chat.end_lost_turn import EndLostTurn
from application.chat.ports import OpenUnitOfWork, TurnEvents
from application.chat.running_turns import RunningTurns
from domain.accounts import ResearchDepth
from domain.chat import CANCELLED, ChatEvent, ConversationBusy, TurnKeyInUse, TurnKeyTaken, is_final
from domain.shared import TurnId, Unavailable, UserId

_TRIES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTurn:
    """The same turn key again joins its turn, running or ended, and charges nothing.

    A conversation has one turn at a time: an answer belongs to what the next question is asked after. One that lost its
    process does not stand in the way.
    """

    uow: OpenUnitOfWork
    answer: AnswerQuestion
    events: TurnEvents
    running: RunningTurns
    end_lost: EndLostTurn

    async def __call__(
        self,
        *,
        owner: UserId,
        message: str,
        conversation_id: UUID | None = None,
        document_id: UUID | None = None,
        source_ids: Sequence[UUID] | None = None,
        turn_key: str | None = None,
        depth: ResearchDepth | None = None,
    ) -> TurnId:
        """The turn, once its question is stored.

        Errors: UnsuitableMessage, UnstorableText, TooManySources, NoSuch and NotYours (of the conversation, the
        document or a source), TurnKeyTaken, ConversationBusy, InsufficientCredits, Unavailable.
        """
        question = Question(
            owner=owner,
            text=message,
            conversation_id=conversation_id,
            document_id=document_id,
            source_ids=None if source_ids is None else tuple(source_ids),
            turn_key=turn_key,
            depth=depth,
        )
        for attempt in range(_TRIES):
            known = await self._known(question)
            if known is not None:
                return known
            try:
                return await self._begun(question)
            except TurnKeyInUse:
                continue  # another tab was faster
            except ConversationBusy as busy:
                other = busy.turn_id
                if attempt or await self.events.is_running(other):
                    raise
                await self.end_lost(owner=owner, turn_id=other)
        raise Unavailable("The turn could not be begun; try again.", retry_after=1)

    async def _known(self, question: Question) -> TurnId | None:
        """The turn that has this key already. Errors: TurnKeyTaken when it asked something else."""
        if question.turn_key is None:
            return None
        async with self.uow(question.owner) as uow:
            earlier = await uow.turns.with_key(owner=question.owner, key=question.turn_key)
            if earlier is None:
                return None
            asked = await uow.messages.get(owner=question.owner, id=earlier.question_id)
        if asked.content != question.text:
            raise TurnKeyTaken
        return earlier.id

    async def _begun(self, question: Question) -> TurnId:
        begun: asyncio.Future[TurnId] = asyncio.get_running_loop().create_future()
        self.running.start(self._run(question, begun))
        # Shielded: a client that goes away now finds its turn by its key.
        return await asyncio.shield(begun)

    async def _run(self, question: Question, begun: asyncio.Future[TurnId]) -> None:
        stop = Stop()
        try:
            async with aclosing(self.answer(question, stop)) as happenings:
                first = await anext(happenings)
                turn_id = first.turn_id
                async with self.events.running(turn_id):
                    await self.events.append(turn_id, [first])
                    begun.set_result(turn_id)
                    await self._tell(turn_id, happenings, stop)
        except BaseException as error:
            if begun.done():
                raise
            begun.set_exception(_outcome(error))
            if isinstance(error, asyncio.CancelledError):
                raise

    async def _tell(self, turn_id: TurnId, happenings: AsyncGenerator[ChatEvent, None], stop: Stop) -> None:
        """Append what happens, to the end. While the log is down, events wait for it."""
        telling = asyncio.current_task()
        assert telling is not None
        watching = asyncio.create_task(self._watch(turn_id, telling, stop))
        untold: list[ChatEvent] = []
        try:
            async for event in happenings:
                untold.append(event)
                # Where the log does not come back in time, the turn is told from the store once it has ended.
                with suppress(Unavailable):
                    await self.events.append(turn_id, untold)
                    untold.clear()
                if is_final(event):
                    watching.cancel()
        except asyncio.CancelledError:
            await happenings.aclose()
            if stop.ended is not None:
                with suppress(Unavailable):
                    await asyncio.shield(self.events.append(turn_id, [*untold, stop.ended]))
            if stop.failure is not CANCELLED:
                raise
            telling.uncancel()
        finally:
            watching.cancel()

    async def _watch(self, turn_id: TurnId, telling: asyncio.Task[None], stop: Stop) -> None:
        await self.events.cancelled(turn_id)
        stop.failure = CANCELLED
        telling.cancel()


def _outcome(error: BaseException) -> BaseException:
    if isinstance(error, asyncio.CancelledError | StopAsyncIteration):
        return Unavailable("The service is being stopped; ask again in a moment.", retry_after=2)
    return error
