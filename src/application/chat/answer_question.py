"""Answer a question from the user's own sources, as a stream of events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from application.accounts import HoldCredits, settle
from application.chat.answering import Answering
from application.chat.asking import PASSAGES, Admitted, Question, admit
from application.chat.metered_model import MeteredChatModel
from application.chat.ports import FindPassages, OpenUnitOfWork
from application.chat.replay import replayed
from application.shared import Clock, NewId
from domain.accounts import AccountErased, CreditOperation, Hold
from domain.chat import (
    ABANDONED,
    INTERNAL_FAILURE,
    ChatEvent,
    Message,
    MessageRole,
    Turn,
    TurnCompleted,
    TurnFailed,
    TurnFailure,
    TurnStarted,
    TurnStatus,
    failure_of,
)
from domain.shared import Conflict, MessageId, NotFound, StudioloError, TurnId, Unavailable, UserId


class EmptyAnswer(Unavailable):
    """The model ended without a word."""

    def __init__(self) -> None:
        super().__init__("The language model gave no answer.", retry_after=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerQuestion:
    """Retrieve, let the model answer, check its citations, store and charge. No transaction is open across a yield.

    A turn that ends without an answer costs nothing, unless the client left while the answer was streaming: then what
    the model had done until then is paid for.
    """

    uow: OpenUnitOfWork
    hold: HoldCredits
    find_passages: FindPassages
    model: MeteredChatModel
    clock: Clock
    new_id: NewId

    async def __call__(
        self,
        *,
        owner: UserId,
        message: str,
        conversation_id: UUID | None = None,
        document_id: UUID | None = None,
        source_ids: Sequence[UUID] | None = None,
        turn_key: str | None = None,
    ) -> AsyncGenerator[ChatEvent, None]:
        """Events, `seq` from 1. A turn key that was used before replays its turn and charges nothing.

        Errors, before the first event: UnsuitableMessage, UnstorableText, TooManySources, NoSuch and NotYours (of the
        conversation, the document or a source), TurnRunning, TurnKeyTaken, InsufficientCredits, Unavailable. What goes
        wrong after it is a TurnFailed; a fault of our own is recorded as one and raised.
        """
        question = Question(
            owner=owner,
            text=message,
            conversation_id=conversation_id,
            document_id=document_id,
            source_ids=None if source_ids is None else tuple(source_ids),
            turn_key=turn_key,
        )
        told = await self._told_before(question)
        if told is not None:
            for event in told:
                yield event
            return
        async with self.uow(owner) as uow:
            admitted = await admit(uow, question, new_id=self.new_id(), at=self.clock())

        turn: Turn | None = None
        answering: Answering | None = None
        left = False
        try:
            hold_for_answer = self.hold(owner=owner, operation=CreditOperation.CHAT, estimate=admitted.estimate)
            async with hold_for_answer as hold:
                turn = await self._begin(admitted)
                answering = Answering(turn.id)
                try:
                    conversation = admitted.conversation
                    yield TurnStarted(turn_id=turn.id, seq=answering.next_seq(), conversation=conversation)
                    async with aclosing(self._stream(admitted, answering)) as events:
                        async for event in events:
                            yield event
                    completed = await self._complete(turn, answering, hold)
                except (GeneratorExit, asyncio.CancelledError):
                    left = True
                    # Shielded: who goes away twice must not leave the turn half-written.
                    await asyncio.shield(self._leave(turn, answering, hold))
                    raise
            yield completed
        except StudioloError as error:
            if turn is None or answering is None or left:
                raise
            failure = failure_of(error)
            await self._fail(turn, failure)
            yield TurnFailed(turn_id=turn.id, seq=answering.next_seq(), failure=failure, credits_charged=0)
        except Exception:
            if turn is not None:
                await self._fail(turn, INTERNAL_FAILURE)
            raise

    async def _told_before(self, question: Question) -> tuple[ChatEvent, ...] | None:
        """The events of the turn that has this key already; None for a new question."""
        if question.turn_key is None:
            return None
        async with self.uow(question.owner) as uow:
            earlier = await uow.turns.with_key(owner=question.owner, key=question.turn_key)
            if earlier is None:
                return None
            events = await replayed(uow, earlier, question=question.text, at=self.clock())
            await uow.commit()
        return events

    async def _begin(self, admitted: Admitted) -> Turn:
        """The question is stored, and the turn that answers it; together with the conversation when it is new."""
        question, now = admitted.question, self.clock()
        asked = Message(
            id=MessageId(self.new_id()),
            conversation_id=admitted.conversation.id,
            owner=question.owner,
            role=MessageRole.USER,
            content=question.text,
            created_at=now,
        )
        turn = Turn(
            id=TurnId(self.new_id()),
            owner=question.owner,
            conversation_id=admitted.conversation.id,
            question_id=asked.id,
            key=question.turn_key,
            started_at=now,
        )
        async with self.uow(question.owner) as uow:
            if admitted.begins:
                await uow.conversations.add(admitted.conversation)
            else:
                await uow.conversations.save(admitted.conversation.continued(at=now))
            await uow.messages.add(asked)
            await uow.turns.add(turn)
            await uow.commit()
        return turn

    async def _stream(self, admitted: Admitted, answering: Answering) -> AsyncGenerator[ChatEvent, None]:
        question = admitted.question
        passages = await self.find_passages(
            owner=question.owner, query=question.text, limit=PASSAGES, scope=admitted.scope
        )
        answering.read_from(passages)
        answer = self.model.answer(question=question.text, passages=passages, history=admitted.history)
        async with aclosing(answer) as pieces:
            async for piece in pieces:
                for event in answering.take(piece):
                    yield event
        if not answering.content.strip():
            raise EmptyAnswer
        for event in answering.finish():
            yield event

    async def _complete(self, turn: Turn, answering: Answering, hold: Hold) -> TurnCompleted:
        """Answer, citations, turn and charge: all or nothing."""
        owner, usage = turn.owner, answering.usage
        # An answer stands behind its question, even if the clock was set back meanwhile.
        now = max(self.clock(), turn.started_at + timedelta(microseconds=1))
        async with self.uow(owner) as uow:
            running = await uow.turns.lock(owner=owner, id=turn.id)
            entry = await settle(
                uow,
                owner=owner,
                hold=hold,
                cost=usage.cost,
                tokens_used=usage.tokens,
                estimated=usage.estimated,
                at=now,
            )
            answer = Message(
                id=MessageId(self.new_id()),
                conversation_id=turn.conversation_id,
                owner=owner,
                role=MessageRole.ASSISTANT,
                content=answering.content,
                citations=answering.citations,
                credits_charged=entry.cost,
                created_at=now,
            )
            await uow.messages.add(answer)
            await uow.turns.save(
                running.completed(answer, tokens_used=usage.tokens, balance=entry.balance_after, at=now)
            )
            conversation = await uow.conversations.get(owner=owner, id=turn.conversation_id)
            await uow.conversations.save(conversation.continued(at=now))
            await uow.commit()
        return TurnCompleted(
            turn_id=turn.id,
            seq=answering.next_seq(),
            message=answer,
            tokens_used=usage.tokens,
            credits_charged=entry.cost,
            balance=entry.balance_after,
        )

    async def _leave(self, turn: Turn, answering: Answering, hold: Hold) -> None:
        """The client went away: charge for what the model had done, unless the answer was stored in time."""
        now, usage = self.clock(), answering.usage
        # With the store down, or conversation or account gone, nothing can be written: holds and turns expire by
        # themselves.
        with suppress(Unavailable, NotFound, Conflict, AccountErased):
            async with self.uow(turn.owner) as uow:
                running = await uow.turns.lock(owner=turn.owner, id=turn.id)
                if running.status is not TurnStatus.RUNNING:
                    return
                charged = 0
                if usage.tokens:
                    entry = await settle(
                        uow,
                        owner=turn.owner,
                        hold=hold,
                        cost=usage.cost,
                        tokens_used=usage.tokens,
                        estimated=usage.estimated,
                        at=now,
                    )
                    charged = entry.cost
                await uow.turns.save(
                    running.failed(ABANDONED, at=now, tokens_used=usage.tokens, credits_charged=charged)
                )
                await uow.commit()

    async def _fail(self, turn: Turn, failure: TurnFailure) -> None:
        """Put down why there is no answer; with the store down or the conversation deleted, there is nowhere to."""
        with suppress(Unavailable, NotFound):
            async with self.uow(turn.owner) as uow:
                running = await uow.turns.lock(owner=turn.owner, id=turn.id)
                if running.status is TurnStatus.RUNNING:
                    await uow.turns.save(running.failed(failure, at=self.clock()))
                    await uow.commit()
