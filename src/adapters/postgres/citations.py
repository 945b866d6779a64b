"""Citations whose source was read again, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, null, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.chat import CITATION, citation_of
from adapters.postgres.engine import Transactions
from adapters.postgres.tables.chat import citations
from application.chat.ports import CitationRepository, PlacedCitation, WaitingCitations
from domain.shared import MessageId, SourceId, UserId

_TAKE = text(
    """
    with due as (
      select user_id, message_id, position from citations
      where anchor_due_at <= :at and source_id is not null
      order by anchor_due_at limit :limit
      for update skip locked
    )
    update citations c set anchor_due_at = :again_at from due
    where c.user_id = due.user_id and c.message_id = due.message_id and c.position = due.position
    returning c.user_id, c.source_id
    """
)


class PostgresCitationRepository(CitationRepository):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def waiting(self, *, owner: UserId, source_id: SourceId, limit: int) -> tuple[PlacedCitation, ...]:
        query = (
            CITATION.add_columns(citations.c.position)
            .where(
                citations.c.user_id == owner,
                citations.c.source_id == source_id,
                citations.c.anchor_due_at.is_not(None),
            )
            .order_by(citations.c.message_id, citations.c.position)
            .limit(limit)
        )
        return tuple(
            PlacedCitation(message_id=MessageId(row.message_id), position=row.position, citation=citation_of(row))
            for row in await self._connection.execute(query)
        )

    async def reanchor(self, *, owner: UserId, placed: Sequence[PlacedCitation]) -> None:
        if not placed:
            return
        statement = (
            update(citations)
            .where(
                citations.c.user_id == owner,
                citations.c.message_id == bindparam("of_message"),
                citations.c.position == bindparam("at_position"),
            )
            .values(anchor_due_at=null())
        )
        rows = [
            {
                "of_message": one.message_id,
                "at_position": one.position,
                "anchor": one.citation.anchor,
                "quoted_at": one.citation.quoted_at,
                "start_offset": one.citation.start,
                "end_offset": one.citation.end,
                "page": one.citation.page,
                "chunk_id": one.citation.chunk_id,
            }
            for one in placed
        ]
        statement = statement.values({name: bindparam(name) for name in rows[0] if not name.startswith(("of_", "at_"))})
        await self._connection.execute(statement, rows)


class PostgresWaitingCitations(WaitingCitations):
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def take(self, *, at: datetime, again_at: datetime, limit: int) -> Sequence[tuple[UserId, SourceId]]:
        async with self._transactions.begin(None) as connection:
            rows = (await connection.execute(_TAKE, {"at": at, "again_at": again_at, "limit": limit})).all()
            await connection.commit()
        return list(dict.fromkeys((UserId(row.user_id), SourceId(row.source_id)) for row in rows))
