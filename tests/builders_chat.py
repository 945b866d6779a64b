"""Ready-made passages, conversations and turns, and a model and a retrieval that do as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from adapters.memory.turn_events import MemoryTurnEvents
from adapters.offline.chat_model import OfflineChatModel
from adapters.system import new_uuid7
from application.accounts import CreditReader
from application.chat import (
    AnswerQuestion,
    CancelTurn,
    ChatModel,
    ConversationReader,
    EndLostTurn,
    FindPassages,
    FollowTurn,
    MessageReader,
    MeteredChatModel,
    RunningTurns,
    StartTurn,
    Toolbox,
    TurnEvents,
)
from application.chat.ports import ChatTask, OpenUnitOfWork, Piece
from application.library.ports import Scope
from application.shared import Window
from domain.chat import (
    ChatEvent,
    Citation,
    Conversation,
    Message,
    MessageRole,
    Turn,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    Verdict,
)
from domain.shared import ChunkId, ConversationId, MessageId, Passage, SourceId, StudioloError, TurnId, UserId
from tests.builders import NOON, TickingClock, a_holder

GARIBALDI = "Giuseppe Garibaldi nacque a Nizza il 4 luglio 1807. Fu un generale e un patriota. Morì a Caprera nel 1882."


def a_passage(text: str = GARIBALDI, **changes: Any) -> Passage:
    start = changes.pop("start", 100)
    return Passage(
        **{
            "chunk_id": ChunkId(uuid4()),
            "source_id": SourceId(uuid4()),
            "text": text,
            "start": start,
            "end": start + len(text),
            "page": 7,
            **changes,
        }
    )


def a_conversation(owner: UserId, **changes: Any) -> Conversation:
    return Conversation(
        **{
            "id": ConversationId(new_uuid7()),
            "owner": owner,
            "title": "Garibaldi",
            "created_at": NOON,
            "updated_at": NOON,
            **changes,
        }
    )


def a_message(conversation: Conversation, **changes: Any) -> Message:
    return Message(
        **{
            "id": MessageId(new_uuid7()),
            "conversation_id": conversation.id,
            "owner": conversation.owner,
            "role": MessageRole.USER,
            "content": "Dove nacque Garibaldi?",
            "created_at": NOON,
            **changes,
        }
    )


def a_citation(**changes: Any) -> Citation:
    return Citation(
        **{
            "marker": 1,
            "verdict": Verdict.VERIFIED,
            "source_id": None,
            "chunk_id": None,
            "quote": "nacque a Nizza",
            "start": 19,
            "end": 33,
            "page": 7,
            "prefix": "Giuseppe Garibaldi ",
            "suffix": " il 4 luglio 1807.",
            **changes,
        }
    )


def a_turn(question: Message, **changes: Any) -> Turn:
    return Turn(
        **{
            "id": TurnId(new_uuid7()),
            "owner": question.owner,
            "conversation_id": question.conversation_id,
            "question_id": question.id,
            "started_at": NOON,
            **changes,
        }
    )


@dataclass
class ScriptedModel(ChatModel):
    """Says its pieces, and raises what stands among them; waits before the piece that `waits_before` counts.

    Asked again in the same turn, with what its calls came to, it says those of `then`, one after the other.
    """

    pieces: Sequence[Piece | Exception]
    then: Sequence[Sequence[Piece | Exception]] = ()
    waits_before: int | None = None
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False
    asked: list[tuple[str, tuple[Passage, ...], tuple[Message, ...]]] = field(default_factory=list)
    tasks: list[ChatTask] = field(default_factory=list)

    @property
    def name(self) -> str:
        return "scripted"

    async def answer(self, task: ChatTask) -> AsyncGenerator[Piece, None]:
        self.asked.append((task.question, tuple(task.passages), tuple(task.history)))
        self.tasks.append(task)
        past = len(task.rounds)
        try:
            for number, piece in enumerate([self.pieces, *self.then][past] if past <= len(self.then) else ()):
                await asyncio.sleep(0)
                if number == self.waits_before and not past:
                    self.waiting.set()
                    await self.go_on.wait()
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            self.closed = True


@dataclass
class ScriptedPassages(FindPassages):
    """Finds these passages, whatever is asked; remembers in which scope."""

    passages: Sequence[Passage] = ()
    fails: StudioloError | None = None
    scopes: list[Scope] = field(default_factory=list)

    async def __call__(self, *, owner: UserId, query: str, limit: int, scope: Scope) -> tuple[Passage, ...]:
        self.scopes.append(scope)
        if self.fails is not None:
            raise self.fails
        return tuple(self.passages[:limit])


@dataclass(frozen=True)
class Answerer:
    """Turns as one process runs them, and all that follow them."""

    start: StartTurn
    follow: FollowTurn
    cancel: CancelTurn
    running: RunningTurns

    async def __call__(self, *, owner: UserId, **asked: Any) -> AsyncGenerator[ChatEvent, None]:
        """As a client that asks, and reads to the end."""
        turn_id = await self.start(owner=owner, **asked)
        async with aclosing(self.follow(owner=owner, turn_id=turn_id)) as events:
            async for event in events:
                yield event

    async def until_idle(self) -> None:
        """Return when no turn runs any more."""
        async with asyncio.timeout(10):
            while len(self.running):
                await asyncio.sleep(0)


def an_answerer(
    uow: OpenUnitOfWork,
    *,
    model: ChatModel | None = None,
    find_passages: FindPassages | None = None,
    clock: TickingClock | None = None,
    events: TurnEvents | None = None,
    tools: Toolbox | None = None,
) -> Answerer:
    clock, events, running = clock or TickingClock(), events or MemoryTurnEvents(), RunningTurns()
    end_lost = EndLostTurn(uow=uow, events=events, clock=clock)
    answer = AnswerQuestion(
        uow=uow,
        hold=a_holder(uow, clock),
        find_passages=find_passages or ScriptedPassages([a_passage()]),
        model=MeteredChatModel(model or OfflineChatModel()),
        clock=clock,
        new_id=new_uuid7,
        tools=tools or Toolbox(),
        frame=0.0,
    )
    return Answerer(
        start=StartTurn(uow=uow, answer=answer, events=events, running=running, end_lost=end_lost),
        follow=FollowTurn(uow=uow, events=events, end_lost=end_lost, clock=clock),
        cancel=CancelTurn(uow=uow, events=events),
        running=running,
    )


async def all_of(events: AsyncGenerator[ChatEvent, None]) -> list[ChatEvent]:
    return [event async for event in events]


@dataclass(frozen=True)
class Books:
    """What can be read afterwards."""

    credits: CreditReader
    conversations: ConversationReader
    messages: MessageReader

    async def said(self, owner: UserId, conversation_id: ConversationId) -> Sequence[Message]:
        page = await self.messages.page(owner=owner, conversation_id=conversation_id, window=Window())
        return page.items

    async def balance(self, owner: UserId) -> tuple[int, int]:
        """Credits, and how many of them are held."""
        account = await self.credits.account(owner=owner)
        return account.credits, account.held

    async def total(self, owner: UserId) -> int:
        """What the ledger adds up to: the credits, if all is right."""
        page = await self.credits.page(owner=owner, window=Window(first=100))
        assert not page.has_next
        return -sum(line.cost for line in page.items)


def begun(events: Sequence[ChatEvent]) -> TurnStarted:
    started = events[0]
    assert isinstance(started, TurnStarted)
    return started


def ended(events: Sequence[ChatEvent]) -> TurnCompleted:
    completed = events[-1]
    assert isinstance(completed, TurnCompleted)
    return completed


def failed(events: Sequence[ChatEvent]) -> TurnFailed:
    failure = events[-1]
    assert isinstance(failure, TurnFailed)
    return failure
