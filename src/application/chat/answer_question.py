"""Answer a question from the user's own sources, as a stream of events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass, field
from datetime import timedelta

from application.accounts import HoldCredits, settle
from application.chat.answering import Answering
from application.chat.asking import Admitted, Question, admit
from application.chat.metered_model import MeteredChatModel
from application.chat.ports import FindPassages, OpenUnitOfWork
from application.chat.rounds import AskInRounds
from application.chat.tools import Toolbox
from application.shared import Clock, NewId
from domain.accounts import AccountErased, CreditOperation, Hold, InsufficientCredits
from domain.chat import (
    INTERNAL_FAILURE,
    LOST,
    ChatEvent,
    Message,
    MessageRole,
    Turn,
    TurnCompleted,
    TurnEnded,
    TurnFailed,
    TurnFailure,
    TurnStarted,
    TurnStatus,
    failure_of,
)
from domain.shared import Conflict, MessageId, NotFound, StudioloError, TurnId, Unavailable


class EmptyAnswer(Unavailable):
    """The model ended without a word."""

    def __init__(self) -> None:
        super().__init__("The language model gave no answer.", retry_after=5)


@dataclass(slots=True)
class Stop:
    """Why a turn is stopped from outside; `ended` is there once it was, unless its answer had been stored by then."""

    failure: TurnFailure = LOST
    ended: TurnFailed | None = field(default=None, init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerQuestion:
    """Retrieve, let the model answer with its tools, check its citations, store and charge. No transaction is open
    across a yield.

    Words that come within `frame` seconds make one delta. A turn that ends without an answer costs nothing (but for web
    searches that were made), unless it was stopped while the answer was streaming: then what the model had done until
    then is paid for. Whoever has the credits for an answer alone is answered without tools.
    """

    uow: OpenUnitOfWork
    hold: HoldCredits
    find_passages: FindPassages
    model: MeteredChatModel
    clock: Clock
    new_id: NewId
    tools: Toolbox = field(default_factory=Toolbox)
    frame: float = 0.04

    async def __call__(self, question: Question, stop: Stop) -> AsyncGenerator[ChatEvent, None]:
        """Events, `seq` from 1. Who closes or cancels it has said in `stop` why.

        Errors, before the first event: NoSuch and NotYours (of the conversation, the document or a source),
        ConversationBusy, TurnKeyInUse, InsufficientCredits, Unavailable. What goes wrong after it is a TurnFailed; a
        fault of our own is told as one, and raised behind it.
        """
        async with self.uow(question.owner) as uow:
            admitted = await admit(uow, question, new_id=self.new_id(), at=self.clock())

        turn: Turn | None = None
        answering: Answering | None = None
        try:
            async with AsyncExitStack() as holding:
                hold, with_tools = await self._held(holding, admitted)
                turn = await self._begin(admitted, hold)
                answering = Answering(turn.id)
                try:
                    conversation = admitted.conversation
                    yield TurnStarted(turn_id=turn.id, seq=answering.next_seq(), conversation=conversation)
                    async with aclosing(self._stream(admitted, answering, hold, with_tools)) as events:
                        async for event in events:
                            yield event
                    completed = await self._complete(turn, answering, hold)
                except (GeneratorExit, asyncio.CancelledError):
                    # Shielded: to stop it twice must not leave the turn half-written.
                    await asyncio.shield(self._leave(turn, answering, hold, stop))
                    raise
            yield completed
        except StudioloError as error:
            if turn is None or answering is None:
                raise
            yield await self._fail(turn, answering, failure_of(error))
        except Exception:
            if turn is None or answering is None:
                raise
            yield await self._fail(turn, answering, INTERNAL_FAILURE)
            raise

    async def _begin(self, admitted: Admitted, hold: Hold) -> Turn:
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
            hold_id=hold.id,
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

    async def _held(self, holding: AsyncExitStack, admitted: Admitted) -> tuple[Hold, bool]:
        """What is set aside, and whether it is enough for tools. Errors: InsufficientCredits."""
        owner, operation = admitted.question.owner, CreditOperation.CHAT
        if self.tools.tools:
            with suppress(InsufficientCredits):
                ample = self.hold(owner=owner, operation=operation, estimate=admitted.estimate_with_tools)
                return await holding.enter_async_context(ample), True
        enough = self.hold(owner=owner, operation=operation, estimate=admitted.estimate)
        return await holding.enter_async_context(enough), False

    async def _stream(
        self, admitted: Admitted, answering: Answering, hold: Hold, with_tools: bool
    ) -> AsyncGenerator[ChatEvent, None]:
        question = admitted.question
        passages = await self.find_passages(
            owner=question.owner, query=question.text, limit=admitted.effort.passages, scope=admitted.scope
        )
        answering.read_from(passages)
        ask = AskInRounds(model=self.model, tools=self.tools, hold=self.hold, frame=self.frame)
        async with aclosing(ask(admitted, answering, hold, with_tools=with_tools)) as events:
            async for event in events:
                yield event
        if not answering.content.strip():
            raise EmptyAnswer

    async def _complete(self, turn: Turn, answering: Answering, hold: Hold) -> TurnCompleted:
        """Answer, citations, turn and charge: all or nothing."""
        owner, usage = turn.owner, answering.usage
        # An answer stands behind its question, even if the clock was set back meanwhile.
        now = max(self.clock(), turn.started_at + timedelta(microseconds=1))
        async with self.uow(owner) as uow:
            running = await uow.turns.lock(owner=owner, id=turn.id)
            if running.status is not TurnStatus.RUNNING:
                raise TurnEnded
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
            ended = running.completed(
                answer, tokens_used=usage.tokens, balance=entry.balance_after, at=now, outline=answering.outline
            )
            await uow.turns.save(ended)
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
            out_of_credits=ended.out_of_credits,
        )

    async def _leave(self, turn: Turn, answering: Answering, hold: Hold, stop: Stop) -> None:
        """Stopped: charge for what the model had done, unless the answer was stored in time."""
        now, usage = self.clock(), answering.usage
        # With the store down, or conversation or account gone, nothing can be written: holds expire by themselves, and
        # whoever looks at the turn finds it lost.
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
                seq = answering.next_seq()
                await uow.turns.save(
                    running.failed(
                        stop.failure, at=now, last_seq=seq, tokens_used=usage.tokens, credits_charged=charged
                    )
                )
                await uow.commit()
            stop.ended = TurnFailed(turn_id=turn.id, seq=seq, failure=stop.failure, credits_charged=charged)

    async def _fail(self, turn: Turn, answering: Answering, failure: TurnFailure) -> TurnFailed:
        """Put down why there is no answer; with the store down or the conversation deleted, there is nowhere to."""
        seq = answering.next_seq()
        with suppress(Unavailable, NotFound):
            async with self.uow(turn.owner) as uow:
                running = await uow.turns.lock(owner=turn.owner, id=turn.id)
                if running.status is TurnStatus.RUNNING:
                    await uow.turns.save(running.failed(failure, at=self.clock(), last_seq=seq))
                    await uow.commit()
        return TurnFailed(turn_id=turn.id, seq=seq, failure=failure, credits_charged=0)
