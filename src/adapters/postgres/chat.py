"""Conversations and messages with their citations in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.engine import Transactions
from adapters.postgres.rows import AnyRow, count, fetch_page, refuse, refuse_absent
from adapters.postgres.tables.chat import citations, conversations, messages
from adapters.postgres.tables.chunks import chunks
from adapters.postgres.tables.sources import sources
from application.chat.ports import (
    ConversationReader,
    ConversationRepository,
    MessageReader,
    MessageRepository,
)
from application.shared import Page, Window
from domain.chat import Citation, Conversation, Message
from domain.shared import ChunkId, ConversationId, DocumentId, MessageId, SourceId, UserId

_CONVERSATION = select(
    conversations.c.id,
    conversations.c.user_id,
    conversations.c.title,
    conversations.c.document_id,
    conversations.c.created_at,
    conversations.c.updated_at,
)
_MESSAGE = select(
    messages.c.id,
    messages.c.user_id,
    messages.c.conversation_id,
    messages.c.role,
    messages.c.content,
    messages.c.credits_charged,
    messages.c.created_at,
)
CITATION = select(
    citations.c.message_id,
    citations.c.marker,
    citations.c.verdict,
    citations.c.source_id,
    citations.c.chunk_id,
    citations.c.quote,
    citations.c.start_offset,
    citations.c.end_offset,
    citations.c.page,
    citations.c.prefix,
    citations.c.suffix,
    citations.c.anchor,
    citations.c.quoted_at,
)


class PostgresConversationRepository(ConversationRepository):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, conversation: Conversation) -> None:
        row = {
            **_conversation_columns(conversation),
            "id": conversation.id,
            "user_id": conversation.owner,
            "created_at": conversation.created_at,
        }
        try:
            await self._connection.execute(insert(conversations).values(row))
        except IntegrityError as error:
            refuse_absent(error, {"conversations_document_id_fkey": "document"})

    async def get(self, *, owner: UserId, id: UUID) -> Conversation:
        return await _one_conversation(self._connection, owner=owner, id=id)

    async def save(self, conversation: Conversation) -> None:
        changed = (
            update(conversations)
            .where(conversations.c.user_id == conversation.owner, conversations.c.id == conversation.id)
            .values(_conversation_columns(conversation))
            .returning(conversations.c.id)
        )
        if (await self._connection.execute(changed)).first() is None:
            await refuse(self._connection, conversations, conversation.id, kind="conversation")

    async def delete(self, *, owner: UserId, id: UUID) -> None:
        mine = conversations.c.user_id == owner, conversations.c.id == id
        gone = delete(conversations).where(*mine).returning(conversations.c.id)
        if (await self._connection.execute(gone)).first() is None:
            await refuse(self._connection, conversations, id, kind="conversation")


class PostgresMessageRepository(MessageRepository):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, message: Message) -> None:
        row = {
            "id": message.id,
            "user_id": message.owner,
            "conversation_id": message.conversation_id,
            "role": message.role,
            "content": message.content,
            "credits_charged": message.credits_charged,
            "created_at": message.created_at,
        }
        try:
            await self._connection.execute(insert(messages).values(row))
        except IntegrityError as error:
            refuse_absent(error, {"messages_conversation_id_fkey": "conversation"})
        if message.citations:
            cited = [citation.source_id for citation in message.citations if citation.source_id]
            quoted = [citation.chunk_id for citation in message.citations if citation.chunk_id]
            # A source may have been deleted or read again while the answer streamed: its words are kept all the same.
            live = await self._live(sources, message.owner, cited)
            words = await self._quoted(message.owner, quoted)
            await self._connection.execute(insert(citations), _citation_rows(message, live, words))

    async def get(self, *, owner: UserId, id: UUID) -> Message:
        return await _one_message(self._connection, owner=owner, id=id)

    async def latest(self, *, owner: UserId, conversation_id: ConversationId, limit: int) -> tuple[Message, ...]:
        query = (
            _MESSAGE.where(messages.c.user_id == owner, messages.c.conversation_id == conversation_id)
            .order_by(messages.c.created_at.desc(), messages.c.id.desc())
            .limit(limit)
        )
        found = await _with_citations(self._connection, owner, (await self._connection.execute(query)).all())
        return tuple(reversed(found))

    async def _live(self, table: Table, owner: UserId, ids: Sequence[UUID]) -> set[UUID]:
        """Those that are there, and will be until the transaction ends."""
        query = select(table.c.id).where(table.c.user_id == owner, table.c.id.in_(ids))
        rows = await self._connection.execute(query.order_by(table.c.id).with_for_update(key_share=True, read=True))
        return {row.id for row in rows}

    async def _quoted(self, owner: UserId, ids: Sequence[UUID]) -> dict[UUID, tuple[str, int]]:
        """The words of those chunks that are there, and where they begin."""
        live = await self._live(chunks, owner, ids)
        query = select(chunks.c.id, chunks.c.content, chunks.c.start_offset).where(
            chunks.c.user_id == owner, chunks.c.id.in_(live)
        )
        return {row.id: (row.content, row.start_offset) for row in await self._connection.execute(query)}


class PostgresConversationReader(ConversationReader):
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def get(self, *, owner: UserId, id: UUID) -> Conversation:
        async with self._transactions.read(owner) as connection:
            return await _one_conversation(connection, owner=owner, id=id)

    async def many(self, *, owner: UserId, ids: Sequence[ConversationId]) -> dict[ConversationId, Conversation]:
        query = _CONVERSATION.where(conversations.c.user_id == owner, conversations.c.id.in_(ids))
        async with self._transactions.read(owner) as connection:
            found = [_conversation(row) for row in await connection.execute(query)]
        return {conversation.id: conversation for conversation in found}

    async def page(self, *, owner: UserId, window: Window) -> Page[Conversation]:
        query = _CONVERSATION.where(conversations.c.user_id == owner)
        async with self._transactions.read(owner) as connection:
            return await fetch_page(
                connection, query, window, key=conversations.c.created_at, id=conversations.c.id, read=_conversation
            )

    async def count(self, *, owner: UserId) -> int:
        async with self._transactions.read(owner) as connection:
            return await count(connection, select(conversations.c.id).where(conversations.c.user_id == owner))


class PostgresMessageReader(MessageReader):
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def get(self, *, owner: UserId, id: UUID) -> Message:
        async with self._transactions.read(owner) as connection:
            return await _one_message(connection, owner=owner, id=id)

    async def many(self, *, owner: UserId, ids: Sequence[MessageId]) -> dict[MessageId, Message]:
        query = _MESSAGE.where(messages.c.user_id == owner, messages.c.id.in_(ids))
        async with self._transactions.read(owner) as connection:
            found = await _with_citations(connection, owner, (await connection.execute(query)).all())
        return {message.id: message for message in found}

    async def page(self, *, owner: UserId, conversation_id: ConversationId, window: Window) -> Page[Message]:
        query = _MESSAGE.where(messages.c.user_id == owner, messages.c.conversation_id == conversation_id)
        key, id = messages.c.created_at, messages.c.id
        async with self._transactions.read(owner) as connection:
            rows: Page[AnyRow] = await fetch_page(
                connection, query, window, key=key, id=id, read=lambda row: row, descending=False
            )
            items = tuple(await _with_citations(connection, owner, rows.items))
        return Page(items=items, positions=rows.positions, has_next=rows.has_next)

    async def count(self, *, owner: UserId, conversation_id: ConversationId) -> int:
        query = select(messages.c.id).where(messages.c.user_id == owner, messages.c.conversation_id == conversation_id)
        async with self._transactions.read(owner) as connection:
            return await count(connection, query)


async def _one_conversation(connection: AsyncConnection, *, owner: UserId, id: UUID) -> Conversation:
    query = _CONVERSATION.where(conversations.c.user_id == owner, conversations.c.id == id)
    row = (await connection.execute(query)).first()
    return await refuse(connection, conversations, id, kind="conversation") if row is None else _conversation(row)


async def _one_message(connection: AsyncConnection, *, owner: UserId, id: UUID) -> Message:
    row = (await connection.execute(_MESSAGE.where(messages.c.user_id == owner, messages.c.id == id))).first()
    if row is None:
        await refuse(connection, messages, id, kind="message")
    return (await _with_citations(connection, owner, [row]))[0]


async def _with_citations(connection: AsyncConnection, owner: UserId, rows: Sequence[AnyRow]) -> list[Message]:
    """These messages in the same order; one read for the citations of all."""
    query = CITATION.where(citations.c.user_id == owner, citations.c.message_id.in_([row.id for row in rows])).order_by(
        citations.c.message_id, citations.c.position
    )
    cited: dict[UUID, list[Citation]] = {}
    for row in await connection.execute(query) if rows else ():
        cited.setdefault(row.message_id, []).append(citation_of(row))
    return [_message(row, tuple(cited.get(row.id, ()))) for row in rows]


def _conversation_columns(conversation: Conversation) -> Mapping[str, Any]:
    return {
        "title": conversation.title,
        "document_id": conversation.document_id,
        "updated_at": conversation.updated_at,
    }


def _conversation(row: AnyRow) -> Conversation:
    return Conversation(
        id=ConversationId(row.id),
        owner=UserId(row.user_id),
        title=row.title,
        document_id=None if row.document_id is None else DocumentId(row.document_id),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _message(row: AnyRow, cited: tuple[Citation, ...]) -> Message:
    return Message(
        id=MessageId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        owner=UserId(row.user_id),
        role=row.role,
        content=row.content,
        citations=cited,
        credits_charged=row.credits_charged,
        created_at=row.created_at,
    )


def _citation_rows(
    message: Message, live: Collection[UUID], words: Mapping[UUID, tuple[str, int]]
) -> list[dict[str, Any]]:
    return [
        {
            "message_id": message.id,
            "position": position,
            "user_id": message.owner,
            "marker": citation.marker,
            "verdict": citation.verdict,
            "source_id": citation.source_id if citation.source_id in live else None,
            "chunk_id": citation.chunk_id if citation.chunk_id in words else None,
            "quote": citation.quote,
            "start_offset": citation.start,
            "end_offset": citation.end,
            "page": citation.page,
            "prefix": citation.prefix,
            "suffix": citation.suffix,
            "anchor": citation.anchor,
            "quoted_at": citation.quoted_at,
            "anchor_due_at": message.created_at if citation.source_id in live and _is_astray(citation, words) else None,
        }
        for position, citation in enumerate(message.citations)
    ]


def _is_astray(citation: Citation, words: Mapping[UUID, tuple[str, int]]) -> bool:
    """Whether the source was read again after its passage was found, and has the quotation elsewhere now or not."""
    found = None if citation.chunk_id is None else words.get(citation.chunk_id)
    return found is None or not citation.stands_in(found[0], at=found[1])


def citation_of(row: AnyRow) -> Citation:
    """The citation of a row that has all its columns."""
    return Citation(
        marker=row.marker,
        verdict=row.verdict,
        source_id=None if row.source_id is None else SourceId(row.source_id),
        chunk_id=None if row.chunk_id is None else ChunkId(row.chunk_id),
        quote=row.quote,
        start=row.start_offset,
        end=row.end_offset,
        page=row.page,
        prefix=row.prefix,
        suffix=row.suffix,
        anchor=row.anchor,
        quoted_at=row.quoted_at,
    )
