"""Deliveries of webhooks in PostgreSQL."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.engine import Transactions
from adapters.postgres.tables.accounts import users
from adapters.postgres.tables.webhooks import failed_webhooks, processed_webhooks
from application.accounts.deliveries import DeliveryLog, FailedDeliveries, FailedDelivery

# Until the transaction ends. A delivery that fails here and succeeds there must not be recorded as failed afterwards.
_ALONE = text("select pg_advisory_xact_lock(hashtextextended('webhook:' || :id, 0))")


class PostgresDeliveryLog(DeliveryLog):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def take(self, *, id: str, type: str, at: datetime) -> bool:
        await self._connection.execute(_ALONE, {"id": id})
        taken = upsert(processed_webhooks).values(id=id, type=type, processed_at=at).on_conflict_do_nothing()
        row = (await self._connection.execute(taken.returning(processed_webhooks.c.id))).first()
        return row is not None

    async def forgive(self, *, id: str, at: datetime) -> None:
        mended = update(failed_webhooks).where(failed_webhooks.c.id == id).values(payload=None, mended_at=at)
        await self._connection.execute(mended)


class PostgresFailedDeliveries(FailedDeliveries):
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def record(self, failure: FailedDelivery) -> None:
        delivery = failure.delivery
        async with self._transactions.begin(failure.owner) as connection:
            await connection.execute(_ALONE, {"id": delivery.id})
            done = select(processed_webhooks.c.id).where(processed_webhooks.c.id == delivery.id)
            # Locked against whoever is about to erase the user: a payload is not to come after the erasure.
            user = select(users.c.erased_at).where(users.c.user_id == failure.owner)
            if (await connection.execute(done)).first() is not None:
                return
            if (await connection.execute(user.with_for_update(read=True, key_share=True))).scalar() is not None:
                return
            # As values, once more: reading them off `excluded` would take the right to read payloads.
            latest = {"error": failure.error, "failed_at": failure.at, "payload": delivery.payload}
            kept = upsert(failed_webhooks).values(
                id=delivery.id,
                type=delivery.type,
                user_id=failure.owner,
                subject=delivery.subject,
                attempts=1,
                **latest,
            )
            kept = kept.on_conflict_do_update(
                index_elements=[failed_webhooks.c.id],
                set_={"attempts": failed_webhooks.c.attempts + 1, **latest},
            )
            await connection.execute(kept)
            await connection.commit()
