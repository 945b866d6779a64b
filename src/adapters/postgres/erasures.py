"""Erasures in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.engine import Transactions
from adapters.postgres.tables.erasures import erasures
from application.accounts.ports import ErasureRepository, PendingErasures
from domain.accounts import Erasure
from domain.shared import NoSuch, UserId

_ERASURE = select(
    erasures.c.user_id,
    erasures.c.subject,
    erasures.c.requested_at,
    erasures.c.completed_at,
    erasures.c.counts,
)


class PostgresErasureRepository(ErasureRepository):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, erasure: Erasure) -> bool:
        row = upsert(erasures).values(
            user_id=erasure.owner,
            subject=erasure.subject,
            requested_at=erasure.requested_at,
            asked_at=erasure.requested_at,
            completed_at=erasure.completed_at,
            counts=dict(erasure.counts),
        )
        made = row.on_conflict_do_nothing().returning(erasures.c.user_id)
        return (await self._connection.execute(made)).first() is not None

    async def lock(self, *, owner: UserId) -> Erasure:
        row = (await self._connection.execute(_ERASURE.where(erasures.c.user_id == owner).with_for_update())).first()
        if row is None:
            raise NoSuch("erasure")
        return Erasure(
            owner=UserId(row.user_id),
            subject=row.subject,
            requested_at=row.requested_at,
            completed_at=row.completed_at,
            counts=row.counts,
        )

    async def save(self, erasure: Erasure) -> None:
        changed = (
            update(erasures)
            .where(erasures.c.user_id == erasure.owner)
            .values(completed_at=erasure.completed_at, counts=dict(erasure.counts))
            .returning(erasures.c.user_id)
        )
        if (await self._connection.execute(changed)).first() is None:
            raise NoSuch("erasure")


class PostgresPendingErasures(PendingErasures):
    _TAKE = text(
        """
        with lost as materialized (
          select user_id from erasures where completed_at is null and asked_at < :asked_before
          order by asked_at limit :limit for update skip locked
        )
        update erasures e set asked_at = :at from lost where e.user_id = lost.user_id returning e.user_id
        """
    )

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def take(self, *, asked_before: datetime, at: datetime, limit: int) -> Sequence[UserId]:
        async with self._transactions.begin(None) as connection:
            rows = await connection.execute(self._TAKE, {"asked_before": asked_before, "at": at, "limit": limit})
            taken = [UserId(id) for id in rows.scalars()]
            await connection.commit()
        return taken
