"""Conversations and messages to show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from application.shared import Page, Window
from domain.chat import Conversation, Message
from domain.shared import ConversationId, MessageId, UserId


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
