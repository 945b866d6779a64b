"""Erasures in memory, and the guard that lets nothing of an erased user come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.memory.accounts import USERS
from adapters.memory.database import MemoryDatabase, Table, Tables
from adapters.memory.owned import owned_keys
from application.accounts.ports import ErasureRepository, PendingErasures
from domain.accounts import AccountErased, Erasure
from domain.shared import NoSuch, UserId


@dataclass(frozen=True, slots=True)
class StoredErasure:
    """With the moment at which its job was last asked for."""

    erasure: Erasure
    asked_at: datetime


ERASURES: Table[UserId, StoredErasure] = Table("erasures")


class MemoryErasureRepository(ErasureRepository):
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, erasure: Erasure) -> bool:
        if erasure.owner in self._tables[ERASURES]:
            return False
        self._tables[ERASURES][erasure.owner] = StoredErasure(erasure, erasure.requested_at)
        return True

    async def lock(self, *, owner: UserId) -> Erasure:
        stored = self._tables[ERASURES].get(owner)
        if stored is None:
            raise NoSuch("erasure")
        return stored.erasure

    async def save(self, erasure: Erasure) -> None:
        await self.lock(owner=erasure.owner)
        stored = self._tables[ERASURES][erasure.owner]
        self._tables[ERASURES][erasure.owner] = replace(stored, erasure=erasure)


class MemoryPendingErasures(PendingErasures):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def take(self, *, asked_before: datetime, at: datetime, limit: int) -> Sequence[UserId]:
        async with self._database.begin() as transaction:
            erasures = transaction.tables[ERASURES]
            lost = [
                (stored.asked_at, owner)
                for owner, stored in erasures.items()
                if stored.erasure.completed_at is None and stored.asked_at < asked_before
            ]
            taken = [owner for _, owner in sorted(lost)[:limit]]
            for owner in taken:
                erasures[owner] = replace(erasures[owner], asked_at=at)
            await transaction.commit()
        return taken


def refuse_erased(before: Tables, after: Tables) -> None:
    """What a trigger does in PostgreSQL: a user with a tombstone gets no new rows. Errors: AccountErased."""
    for user in before[USERS].values():
        if user.erased_at is not None:
            known = owned_keys(before, user.id)
            for table, keys in owned_keys(after, user.id).items():
                if not set(keys) <= set(known[table]):
                    raise AccountErased
