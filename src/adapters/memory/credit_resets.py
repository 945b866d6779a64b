"""The monthly reset in memory: the domain's own rule, user by user."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from adapters.memory.accounts import ACCOUNTS, ENTRIES, USERS
from adapters.memory.database import MemoryDatabase
from adapters.system import new_uuid7
from application.accounts.ports import CreditResets, ResetBatch
from domain.shared import CreditEntryId, UserId

_BEFORE_ALL = UserId(UUID(int=0))


class MemoryCreditResets(CreditResets):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def reset_batch(
        self,
        *,
        period_start: datetime,
        allowance: int,
        at: datetime,
        limit: int,
        after: UserId | None = None,
        patient: bool = False,  # noqa: ARG002  transactions take turns here: nobody is ever busy
    ) -> ResetBatch:
        done: list[UserId] = []
        async with self._database.begin() as transaction:
            accounts, entries = transaction.tables[ACCOUNTS], transaction.tables[ENTRIES]
            present = (id for id, user in transaction.tables[USERS].items() if user.erased_at is None)
            for owner in sorted(id for id in present if id > (after or _BEFORE_ALL)):
                if len(done) == limit:
                    break
                outcome = accounts[owner].reset(
                    allowance=allowance, period_start=period_start, entry_id=CreditEntryId(new_uuid7()), at=at
                )
                if outcome is None:
                    continue
                account, entry = outcome
                accounts[owner], entries[entry.id] = account, entry
                done.append(owner)
            await transaction.commit()
        return ResetBatch(users=len(done), last=done[-1] if done else None)
