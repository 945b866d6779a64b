"""Users, credits and holds in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from adapters.memory.database import MemoryDatabase, Table, Tables, own, window_of
from application.accounts.ports import CreditReader, CreditRepository, ExpiredHolds, UserRepository
from application.shared import Page, Window
from domain.accounts import Account, CreditEntry, DuplicateEntry, Hold, HoldStatus, User
from domain.shared import CreditEntryId, HoldId, NoSuch, UserId

USERS: Table[UserId, User] = Table("users")
ACCOUNTS: Table[UserId, Account] = Table("accounts")
ENTRIES: Table[CreditEntryId, CreditEntry] = Table("credit_logs")
HOLDS: Table[HoldId, Hold] = Table("credit_holds")


class MemoryUserRepository(UserRepository):
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def open(self, user: User, account: Account, grant: CreditEntry | None) -> bool:
        if user.id in self._tables[USERS]:
            return False
        self._tables[USERS][user.id] = user
        self._tables[ACCOUNTS][user.id] = account
        if grant is not None:
            self._tables[ENTRIES][grant.id] = grant
        return True

    async def find(self, *, owner: UserId) -> User | None:
        return self._tables[USERS].get(owner)

    async def lock(self, *, owner: UserId) -> User:
        user = self._tables[USERS].get(owner)
        if user is None:
            raise NoSuch("user")
        return user

    async def save(self, user: User) -> None:
        await self.lock(owner=user.id)
        self._tables[USERS][user.id] = user


class MemoryCreditRepository(CreditRepository):
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def lock(self, *, owner: UserId) -> Account:
        return _account(self._tables, owner)

    async def hold(self, *, owner: UserId, id: UUID) -> Hold:
        return own(self._tables[HOLDS], id, owner=owner, owner_of=lambda hold: hold.owner, kind="hold")

    async def entry(self, *, owner: UserId, id: UUID) -> CreditEntry:
        return _entry(self._tables, owner=owner, id=id)

    async def with_key(self, *, owner: UserId, key: str) -> CreditEntry | None:
        lines = self._tables[ENTRIES].values()
        return next((line for line in lines if line.owner == owner and line.key == key), None)

    async def save(self, account: Account, *, hold: Hold | None = None, entry: CreditEntry | None = None) -> None:
        _account(self._tables, account.owner)
        entries = self._tables[ENTRIES]
        if entry is not None:
            if entry.id in entries or any(line.key == entry.key for line in entries.values()):
                raise DuplicateEntry(entry.key)
            entries[entry.id] = entry
        self._tables[ACCOUNTS][account.owner] = account
        if hold is not None:
            self._tables[HOLDS][hold.id] = hold


class MemoryCreditReader(CreditReader):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def account(self, *, owner: UserId) -> Account:
        return _account(self._database.committed, owner)

    async def holds(self, *, owner: UserId) -> tuple[Hold, ...]:
        active = (
            hold
            for hold in self._database.committed[HOLDS].values()
            if hold.owner == owner and hold.status is HoldStatus.ACTIVE
        )
        return tuple(sorted(active, key=lambda hold: (hold.created_at, hold.id)))

    async def get(self, *, owner: UserId, id: UUID) -> CreditEntry:
        return _entry(self._database.committed, owner=owner, id=id)

    async def page(self, *, owner: UserId, window: Window) -> Page[CreditEntry]:
        return window_of(self._entries(owner), window, key=lambda entry: entry.created_at, id=lambda entry: entry.id)

    async def count(self, *, owner: UserId) -> int:
        return len(self._entries(owner))

    def _entries(self, owner: UserId) -> list[CreditEntry]:
        return [entry for entry in self._database.committed[ENTRIES].values() if entry.owner == owner]


class MemoryExpiredHolds(ExpiredHolds):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def release(self, *, at: datetime, limit: int) -> int:
        async with self._database.begin() as transaction:
            holds = transaction.tables[HOLDS]
            expired = sorted(
                (hold for hold in holds.values() if hold.status is HoldStatus.ACTIVE and hold.expires_at < at),
                key=lambda hold: hold.expires_at,
            )[:limit]
            for hold in expired:
                account = transaction.tables[ACCOUNTS][hold.owner]
                holds[hold.id] = replace(hold, status=HoldStatus.RELEASED)
                transaction.tables[ACCOUNTS][hold.owner] = replace(account, held=account.held - hold.amount)
            await transaction.commit()
        return len(expired)


def _entry(tables: Tables, *, owner: UserId, id: UUID) -> CreditEntry:
    return own(tables[ENTRIES], id, owner=owner, owner_of=lambda entry: entry.owner, kind="credit entry")


def _account(tables: Tables, owner: UserId) -> Account:
    account = tables[ACCOUNTS].get(owner)
    if account is None:
        raise NoSuch("user")
    return account
