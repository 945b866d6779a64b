"""What chat needs from outside: a model that answers, passages to answer from, and a store of what was said."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias
from uuid import UUID

from application.library.ports import Scope
from application.shared import Page, Window
from application.writing import ports as writing
from domain.accounts import Usage
from domain.chat import ChatEvent, Conversation, Message, Turn
from domain.shared import ConversationId, MessageId, Passage, TurnId, UserId

# --- the model --------------------------------------------------------------------------------------------------------


class ChatModel(Protocol):
    """Answers a question from numbered passages, and marks what it takes from the n-th one with `[n]`."""

    @property
    def name(self) -> str: ...
    def answer(
        self, *, question: str, passages: Sequence[Passage], history: Sequence[Message]
    ) -> AsyncGenerator[str | Usage, None]:
        """The answer in pieces, Markdown, and the usage, if the provider tells it: of several the last counts.

        Passages are numbered from 1, in order. `history` is what was said before, oldest first. When the passages do
        not hold the answer, it says so and marks nothing. Closing the generator stops the model. Errors: Unavailable,
        RateLimited (`retry_after`).
        """
        ...


class FindPassages(Protocol):
    """The passages of the owner's sources that fit a question best (the library's retrieval)."""

    async def __call__(self, *, owner: UserId, query: str, limit: int, scope: Scope) -> tuple[Passage, ...]:
        """Best first, at most `limit`. Errors: NoSuch, NotYours, Unavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPage:
    """What a search found: data, never instructions. `published` is as the provider told it."""

    url: str
    title: str
    snippet: str
    published: str | None = None


class WebSearch(Protocol):
    """Searches the web. Always used through MeteredWebSearch."""

    @property
    def name(self) -> str: ...
    async def search(self, *, query: str, limit: int) -> tuple[WebPage, ...]:
        """Best first, at most `limit`. Errors: Unavailable, RateLimited (`retry_after`)."""
        ...


# --- what happens in a turn -------------------------------------------------------------------------------------------


class TurnEvents(Protocol):
    """The events of turns, for as long as they run and an hour longer, heard in every process.

    What is appended is kept by its number: the same number again changes nothing.
    """

    async def append(self, turn_id: TurnId, events: Sequence[ChatEvent]) -> None:
        """In the order of their numbers. Errors: Unavailable."""
        ...

    async def told(self, turn_id: TurnId, *, after_seq: int) -> tuple[ChatEvent, ...]:
        """Up to some hundred of those that are there, behind that number. Errors: Unavailable."""
        ...

    def news(self, turn_id: TurnId) -> AbstractAsyncContextManager[Callable[[], Awaitable[None]]]:
        """Inside, each call waits until something was appended since the last one, but for a second at most."""
        ...

    def running(self, turn_id: TurnId) -> AbstractAsyncContextManager[None]:
        """While inside, and up to some seconds after this process died, the turn is known to run."""
        ...

    async def is_running(self, turn_id: TurnId) -> bool:
        """Whether somebody runs it. Errors: Unavailable."""
        ...

    async def cancel(self, turn_id: TurnId) -> None:
        """Ask whoever runs it to stop. Errors: Unavailable."""
        ...

    async def cancelled(self, turn_id: TurnId) -> None:
        """Return once somebody has asked for that, within a second."""
        ...


# --- stores -----------------------------------------------------------------------------------------------------------


class ConversationRepository(Protocol):
    """Conversations inside a transaction."""

    async def add(self, conversation: Conversation) -> None:
        """A new conversation. Errors: NoSuch when its document went away meanwhile."""
        ...

    async def get(self, *, owner: UserId, id: UUID) -> Conversation:
        """Errors: NoSuch, NotYours."""
        ...

    async def save(self, conversation: Conversation) -> None:
        """Errors: NoSuch, NotYours."""
        ...

    async def delete(self, *, owner: UserId, id: UUID) -> None:
        """The conversation with its messages and turns. Errors: NoSuch, NotYours."""
        ...


class MessageRepository(Protocol):
    """Messages with their citations, inside a transaction."""

    async def add(self, message: Message) -> None:
        """A new message with its citations. Errors: NoSuch when the conversation went away meanwhile."""
        ...

    async def get(self, *, owner: UserId, id: UUID) -> Message:
        """Errors: NoSuch, NotYours."""
        ...

    async def latest(self, *, owner: UserId, conversation_id: ConversationId, limit: int) -> tuple[Message, ...]:
        """The last `limit` of a conversation, oldest first."""
        ...


class TurnRepository(Protocol):
    """Turns inside a transaction."""

    async def add(self, turn: Turn) -> None:
        """A new turn.

        Errors: TurnKeyInUse when the owner has a turn with this key, ConversationBusy while another turn of its
        conversation runs, NoSuch without its conversation.
        """
        ...

    async def get(self, *, owner: UserId, id: UUID) -> Turn:
        """Errors: NoSuch, NotYours."""
        ...

    async def running_in(self, *, owner: UserId, conversation_id: ConversationId) -> Turn | None:
        """The turn of a conversation that has not ended."""
        ...

    async def with_key(self, *, owner: UserId, key: str) -> Turn | None:
        """The owner's turn with this key, if there is one."""
        ...

    async def lock(self, *, owner: UserId, id: UUID) -> Turn:
        """The turn, which nobody else changes until the transaction ends. Errors: NoSuch, NotYours."""
        ...

    async def save(self, turn: Turn) -> None:
        """Errors: NoSuch, NotYours."""
        ...


class UnitOfWork(writing.UnitOfWork, Protocol):
    @property
    def conversations(self) -> ConversationRepository: ...
    @property
    def messages(self) -> MessageRepository: ...
    @property
    def turns(self) -> TurnRepository: ...


OpenUnitOfWork: TypeAlias = Callable[[UserId], AbstractAsyncContextManager[UnitOfWork]]


# --- reading ----------------------------------------------------------------------------------------------------------


class ConversationReader(Protocol):
    """Conversations to show: the newest first, by the time they were begun."""

    async def get(self, *, owner: UserId, id: UUID) -> Conversation:
        """Errors: NoSuch, NotYours."""
        ...

    async def many(self, *, owner: UserId, ids: Sequence[ConversationId]) -> dict[ConversationId, Conversation]:
        """Those of the owner; the others are absent."""
        ...

    async def page(self, *, owner: UserId, window: Window) -> Page[Conversation]: ...
    async def count(self, *, owner: UserId) -> int: ...


class MessageReader(Protocol):
    """Messages to show: in the order in which they were said."""

    async def get(self, *, owner: UserId, id: UUID) -> Message:
        """Errors: NoSuch, NotYours."""
        ...

    async def many(self, *, owner: UserId, ids: Sequence[MessageId]) -> dict[MessageId, Message]:
        """Those of the owner; the others are absent."""
        ...

    async def page(self, *, owner: UserId, conversation_id: ConversationId, window: Window) -> Page[Message]: ...
    async def count(self, *, owner: UserId, conversation_id: ConversationId) -> int: ...
