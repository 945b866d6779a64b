"""Deliveries of webhooks in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from adapters.memory.accounts import USERS
from adapters.memory.database import MemoryDatabase, Table, Tables
from application.accounts.deliveries import DeliveryLog, FailedDeliveries, FailedDelivery
from domain.shared import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """A row of `failed_webhooks`."""

    type: str
    owner: UserId | None
    subject: str | None
    error: str
    attempts: int
    failed_at: datetime
    payload: bytes | None
    mended_at: datetime | None = None


PROCESSED: Table[str, tuple[str, datetime]] = Table("processed_webhooks")
FAILED: Table[str, FailureRow] = Table("failed_webhooks")


class MemoryDeliveryLog(DeliveryLog):
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def take(self, *, id: str, type: str, at: datetime) -> bool:
        if id in self._tables[PROCESSED]:
            return False
        self._tables[PROCESSED][id] = (type, at)
        return True

    async def forgive(self, *, id: str, at: datetime) -> None:
        failed = self._tables[FAILED].get(id)
        if failed is not None:
            self._tables[FAILED][id] = replace(failed, payload=None, mended_at=at)


class MemoryFailedDeliveries(FailedDeliveries):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def record(self, failure: FailedDelivery) -> None:
        delivery, owner = failure.delivery, failure.owner
        async with self._database.begin() as transaction:
            tables = transaction.tables
            user = None if owner is None else tables[USERS].get(owner)
            if delivery.id in tables[PROCESSED] or (user is not None and user.erased_at is not None):
                return
            before = tables[FAILED].get(delivery.id)
            tables[FAILED][delivery.id] = FailureRow(
                type=delivery.type,
                owner=owner,
                subject=delivery.subject,
                error=failure.error,
                attempts=1 if before is None else before.attempts + 1,
                failed_at=failure.at,
                payload=delivery.payload,
            )
            await transaction.commit()
