"""Conversations, messages and turns in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from adapters.memory.chunk_tables import CHUNKS
from adapters.memory.citations_due import CITATIONS_DUE
from adapters.memory.database import MemoryDatabase, Table, Tables, own, window_of
from adapters.memory.sources import SOURCES
from adapters.memory.writing import DOCUMENTS
from application.chat.ports import (
    ConversationReader,
    ConversationRepository,
    MessageReader,
    MessageRepository,
    TurnRepository,
)
from application.shared import Page, Window
from domain.chat import Citation, Conversation, ConversationBusy, Message, Turn, TurnKeyInUse, TurnStatus
from domain.shared import ConversationId, MessageId, NoSuch, SourceId, TurnId, UserId

CONVERSATIONS: Table[ConversationId, Conversation] = Table("conversations")
MESSAGES: Table[MessageId, Message] = Table("messages")
TURNS: Table[TurnId, Turn] = Table("turns")


class MemoryConversationRepository(ConversationRepository):
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, conversation: Conversation) -> None:
        if conversation.document_id is not None:
            document = self._tables[DOCUMENTS].get(conversation.document_id)
            if document is None or document.owner != conversation.owner:
                raise NoSuch("document")
        self._tables[CONVERSATIONS][conversation.id] = conversation

    async def get(self, *, owner: UserId, id: UUID) -> Conversation:
        return _conversation(self._tables, owner, id)

    async def save(self, conversation: Conversation) -> None:
        _conversation(self._tables, conversation.owner, conversation.id)
        self._tables[CONVERSATIONS][conversation.id] = conversation

    async def delete(self, *, owner: UserId, id: UUID) -> None:
        conversation = _conversation(self._tables, owner, id)
        messages, turns = self._tables[MESSAGES], self._tables[TURNS]
        del self._tables[CONVERSATIONS][conversation.id]
        for message in [one for one in messages.values() if one.conversation_id == conversation.id]:
            del messages[message.id]
            for position in range(len(message.citations)):
                self._tables[CITATIONS_DUE].pop((message.id, position), None)
        for turn in [one for one in turns.values() if one.conversation_id == conversation.id]:
            del turns[turn.id]


class MemoryMessageRepository(MessageRepository):
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, message: Message) -> None:
        _present(self._tables, message.owner, message.conversation_id)
        self._tables[MESSAGES][message.id] = message
        for position, citation in enumerate(message.citations):
            if citation.source_id in self._tables[SOURCES] and _is_astray(self._tables, citation):
                self._tables[CITATIONS_DUE][message.id, position] = message.created_at

    async def get(self, *, owner: UserId, id: UUID) -> Message:
        return _message(self._tables, owner, id)

    async def latest(self, *, owner: UserId, conversation_id: ConversationId, limit: int) -> tuple[Message, ...]:
        said = sorted(_said(self._tables, owner, conversation_id), key=lambda one: (one.created_at, one.id))
        return tuple(said[-limit:])


class MemoryTurnRepository(TurnRepository):
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, turn: Turn) -> None:
        if turn.key is not None and await self.with_key(owner=turn.owner, key=turn.key) is not None:
            raise TurnKeyInUse
        other = await self.running_in(owner=turn.owner, conversation_id=turn.conversation_id)
        if other is not None:
            raise ConversationBusy(other.id)
        _present(self._tables, turn.owner, turn.conversation_id)
        self._tables[TURNS][turn.id] = turn

    async def get(self, *, owner: UserId, id: UUID) -> Turn:
        return own(self._tables[TURNS], id, owner=owner, owner_of=lambda turn: turn.owner, kind="turn")

    async def running_in(self, *, owner: UserId, conversation_id: ConversationId) -> Turn | None:
        turns = (turn for turn in self._tables[TURNS].values() if turn.owner == owner)
        return next(
            (turn for turn in turns if turn.conversation_id == conversation_id and turn.status is TurnStatus.RUNNING),
            None,
        )

    async def with_key(self, *, owner: UserId, key: str) -> Turn | None:
        turns = self._tables[TURNS].values()
        return next((turn for turn in turns if turn.owner == owner and turn.key == key), None)

    async def lock(self, *, owner: UserId, id: UUID) -> Turn:
        return await self.get(owner=owner, id=id)

    async def save(self, turn: Turn) -> None:
        await self.lock(owner=turn.owner, id=turn.id)
        self._tables[TURNS][turn.id] = turn


class MemoryConversationReader(ConversationReader):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, *, owner: UserId, id: UUID) -> Conversation:
        return _conversation(self._database.committed, owner, id)

    async def many(self, *, owner: UserId, ids: Sequence[ConversationId]) -> dict[ConversationId, Conversation]:
        found = {one.id: one for one in self._owned(owner)}
        return {id: found[id] for id in ids if id in found}

    async def page(self, *, owner: UserId, window: Window) -> Page[Conversation]:
        return window_of(self._owned(owner), window, key=lambda one: one.created_at, id=lambda one: one.id)

    async def count(self, *, owner: UserId) -> int:
        return len(self._owned(owner))

    def _owned(self, owner: UserId) -> list[Conversation]:
        tables = self._database.committed
        return [_today(tables, one) for one in tables[CONVERSATIONS].values() if one.owner == owner]


class MemoryMessageReader(MessageReader):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, *, owner: UserId, id: UUID) -> Message:
        return _message(self._database.committed, owner, id)

    async def many(self, *, owner: UserId, ids: Sequence[MessageId]) -> dict[MessageId, Message]:
        tables = self._database.committed
        rows = tables[MESSAGES]
        return {id: cited_today(tables, rows[id]) for id in ids if id in rows and rows[id].owner == owner}

    async def page(self, *, owner: UserId, conversation_id: ConversationId, window: Window) -> Page[Message]:
        said = _said(self._database.committed, owner, conversation_id)
        return window_of(said, window, key=lambda one: one.created_at, id=lambda one: one.id, descending=False)

    async def count(self, *, owner: UserId, conversation_id: ConversationId) -> int:
        return len(_said(self._database.committed, owner, conversation_id))


def _conversation(tables: Tables, owner: UserId, id: UUID) -> Conversation:
    found = own(tables[CONVERSATIONS], id, owner=owner, owner_of=lambda one: one.owner, kind="conversation")
    return _today(tables, found)


def _message(tables: Tables, owner: UserId, id: UUID) -> Message:
    found = own(tables[MESSAGES], id, owner=owner, owner_of=lambda one: one.owner, kind="message")
    return cited_today(tables, found)


def _said(tables: Tables, owner: UserId, conversation_id: ConversationId) -> list[Message]:
    rows = tables[MESSAGES].values()
    return [cited_today(tables, one) for one in rows if one.owner == owner and one.conversation_id == conversation_id]


def _present(tables: Tables, owner: UserId, conversation_id: ConversationId) -> None:
    conversation = tables[CONVERSATIONS].get(conversation_id)
    if conversation is None or conversation.owner != owner:
        raise NoSuch("conversation")


def _today(tables: Tables, conversation: Conversation) -> Conversation:
    """A document that was deleted is nobody's subject any more, as the database's foreign key has it."""
    if conversation.document_id in tables[DOCUMENTS]:
        return conversation
    return replace(conversation, document_id=None)


def _is_astray(tables: Tables, citation: Citation) -> bool:
    """Whether the source was read again after its passage was found, and has the quotation elsewhere now or not."""
    row = None if citation.chunk_id is None else tables[CHUNKS].get(citation.chunk_id)
    return row is None or not citation.stands_in(row.chunk.content, at=row.chunk.start)


def await_anchors(tables: Tables, source_id: SourceId, *, since: datetime) -> None:
    """The source has another text: whoever cites it has its words looked for again."""
    for message in tables[MESSAGES].values():
        for position, citation in enumerate(message.citations):
            if citation.source_id == source_id:
                tables[CITATIONS_DUE][message.id, position] = since


def cited_today(tables: Tables, message: Message) -> Message:
    """What a citation quotes may be gone: its words stay, as the database's foreign keys have it."""
    return replace(
        message,
        citations=tuple(
            replace(
                citation,
                source_id=citation.source_id if citation.source_id in tables[SOURCES] else None,
                chunk_id=citation.chunk_id if citation.chunk_id in tables[CHUNKS] else None,
            )
            for citation in message.citations
        ),
    )
