"""Conversations, messages and turns inside a transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from application.writing import ports as writing
from domain.chat import Citation, Conversation, Message, Turn
from domain.shared import ConversationId, MessageId, SourceId, UserId


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedCitation:
    """A citation and where it is kept: `position` counts from 0 in its message."""

    message_id: MessageId
    position: int
    citation: Citation


class CitationRepository(Protocol):
    """Citations whose source was read again, inside a transaction.

    They wait from the moment that the source has another text, in the transaction that stores it; so does one that is
    added with an answer whose passages were found before.
    """

    async def waiting(self, *, owner: UserId, source_id: SourceId, limit: int) -> tuple[PlacedCitation, ...]:
        """Up to `limit` citations of a source that wait, in the order of their keys."""
        ...

    async def reanchor(self, *, owner: UserId, placed: Sequence[PlacedCitation]) -> None:
        """These wait no more, and are where they say: anchor, offsets, page, chunk. Those that went are passed over."""
        ...


class WaitingCitations(Protocol):
    """Citations of everybody that wait: the sweeper's own door, not bound to one user."""

    async def take(self, *, at: datetime, again_at: datetime, limit: int) -> Sequence[tuple[UserId, SourceId]]:
        """Sources of up to `limit` citations that wait since `at` or longer, the longest first, each source once.

        These are given again at `again_at`, if they still wait then. Errors: Unavailable.
        """
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
    def citations(self) -> CitationRepository: ...
    @property
    def turns(self) -> TurnRepository: ...


OpenUnitOfWork: TypeAlias = Callable[[UserId], AbstractAsyncContextManager[UnitOfWork]]
