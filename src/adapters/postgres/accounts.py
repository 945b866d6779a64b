"""Users, credits and holds in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.engine import Transactions, constraint_of
from adapters.postgres.rows import AnyRow, count, fetch_page, refuse
from adapters.postgres.tables.accounts import credit_holds, credit_logs, users
from application.accounts.ports import CreditReader, CreditRepository, ExpiredHolds, UserRepository
from application.shared import Page, Window
from domain.accounts import Account, CreditEntry, DuplicateEntry, Hold, HoldStatus, Preferences, User
from domain.shared import NoSuch, UserId

_USER = select(
    users.c.user_id,
    users.c.subject,
    users.c.email,
    users.c.username,
    users.c.image_url,
    users.c.profile_updated_at,
    users.c.citation_format,
    users.c.research_depth,
    users.c.study_language,
    users.c.created_at,
    users.c.erased_at,
)
_ACCOUNT = select(users.c.user_id, users.c.credits, users.c.credits_held, users.c.credits_reset_at)
_ENTRY = select(
    credit_logs.c.id,
    credit_logs.c.user_id,
    credit_logs.c.operation,
    credit_logs.c.cost,
    credit_logs.c.tokens_used,
    credit_logs.c.balance_after,
    credit_logs.c.key,
    credit_logs.c.created_at,
    credit_logs.c.estimated,
    credit_logs.c.shortfall,
    credit_logs.c.reason,
)
_HOLD = select(
    credit_holds.c.id,
    credit_holds.c.user_id,
    credit_holds.c.operation,
    credit_holds.c.amount,
    credit_holds.c.status,
    credit_holds.c.created_at,
    credit_holds.c.expires_at,
)


class PostgresUserRepository(UserRepository):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def open(self, user: User, account: Account, grant: CreditEntry | None) -> bool:
        row = {
            **_columns(user),
            "user_id": user.id,
            "subject": user.subject,
            "created_at": user.created_at,
            "credits": account.credits,
            "credits_held": account.held,
            "credits_reset_at": account.reset_at,
        }
        made = upsert(users).values(row).on_conflict_do_nothing().returning(users.c.user_id)
        if (await self._connection.execute(made)).first() is None:
            return False
        if grant is not None:
            await self._connection.execute(insert(credit_logs).values(_entry_columns(grant)))
        return True

    async def find(self, *, owner: UserId) -> User | None:
        row = (await self._connection.execute(_USER.where(users.c.user_id == owner))).first()
        return None if row is None else _user(row)

    async def lock(self, *, owner: UserId) -> User:
        row = (await self._connection.execute(_USER.where(users.c.user_id == owner).with_for_update())).first()
        if row is None:
            raise NoSuch("user")
        return _user(row)

    async def save(self, user: User) -> None:
        changed = update(users).where(users.c.user_id == user.id).values(_columns(user)).returning(users.c.user_id)
        if (await self._connection.execute(changed)).first() is None:
            raise NoSuch("user")


class PostgresCreditRepository(CreditRepository):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, *, owner: UserId) -> Account:
        row = (await self._connection.execute(_ACCOUNT.where(users.c.user_id == owner).with_for_update())).first()
        if row is None:
            raise NoSuch("user")
        return _account(row)

    async def hold(self, *, owner: UserId, id: UUID) -> Hold:
        query = _HOLD.where(credit_holds.c.user_id == owner, credit_holds.c.id == id)
        row = (await self._connection.execute(query)).first()
        return await refuse(self._connection, credit_holds, id, kind="hold") if row is None else _hold(row)

    async def entry(self, *, owner: UserId, id: UUID) -> CreditEntry:
        return await _entry_of(self._connection, owner=owner, id=id)

    async def with_key(self, *, owner: UserId, key: str) -> CreditEntry | None:
        query = _ENTRY.where(credit_logs.c.user_id == owner, credit_logs.c.key == key)
        row = (await self._connection.execute(query)).first()
        return None if row is None else _entry(row)

    async def save(self, account: Account, *, hold: Hold | None = None, entry: CreditEntry | None = None) -> None:
        balance = (
            update(users)
            .where(users.c.user_id == account.owner)
            .values(credits=account.credits, credits_held=account.held, credits_reset_at=account.reset_at)
            .returning(users.c.user_id)
            .cte("balance")
        )
        statement = select(balance.c.user_id)
        if hold is not None:
            placed = upsert(credit_holds).values(_hold_columns(hold))
            placed = placed.on_conflict_do_update(
                index_elements=[credit_holds.c.id],
                set_={name: placed.excluded[name] for name in ("status", "amount", "expires_at")},
            )
            statement = statement.add_cte(placed.returning(credit_holds.c.id).cte("placed"))
        if entry is not None:
            line = insert(credit_logs).values(_entry_columns(entry)).returning(credit_logs.c.id)
            statement = statement.add_cte(line.cte("line"))
        try:
            changed = (await self._connection.execute(statement)).first()
        except IntegrityError as error:
            if entry is not None and constraint_of(error) in {"credit_logs_key_key", "credit_logs_pkey"}:
                raise DuplicateEntry(entry.key) from error
            raise
        if changed is None:
            raise NoSuch("user")


class PostgresCreditReader(CreditReader):
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def account(self, *, owner: UserId) -> Account:
        async with self._transactions.read(owner) as connection:
            row = (await connection.execute(_ACCOUNT.where(users.c.user_id == owner))).first()
        if row is None:
            raise NoSuch("user")
        return _account(row)

    async def holds(self, *, owner: UserId) -> tuple[Hold, ...]:
        query = _HOLD.where(credit_holds.c.user_id == owner, credit_holds.c.status == HoldStatus.ACTIVE)
        async with self._transactions.read(owner) as connection:
            rows = await connection.execute(query.order_by(credit_holds.c.created_at, credit_holds.c.id))
            return tuple(_hold(row) for row in rows)

    async def get(self, *, owner: UserId, id: UUID) -> CreditEntry:
        async with self._transactions.read(owner) as connection:
            return await _entry_of(connection, owner=owner, id=id)

    async def page(self, *, owner: UserId, window: Window) -> Page[CreditEntry]:
        query = _ENTRY.where(credit_logs.c.user_id == owner)
        async with self._transactions.read(owner) as connection:
            return await fetch_page(
                connection, query, window, key=credit_logs.c.created_at, id=credit_logs.c.id, read=_entry
            )

    async def count(self, *, owner: UserId) -> int:
        async with self._transactions.read(owner) as connection:
            return await count(connection, select(credit_logs.c.id).where(credit_logs.c.user_id == owner))


class PostgresExpiredHolds(ExpiredHolds):
    # The user before the hold, as whoever settles or releases one does: in another order they would wait for each other
    # crosswise. A user who is busy is passed over; the hold is looked at again once its user is ours.
    _RELEASE = text(
        """
        with expired as materialized (
          select h.id from credit_holds h join users u on u.user_id = h.user_id
          where h.status = 'ACTIVE' and h.expires_at < :at order by h.expires_at limit :limit
          for update of u skip locked
        ), released as (
          update credit_holds h set status = 'RELEASED' from expired
          where h.id = expired.id and h.status = 'ACTIVE' returning h.user_id, h.amount
        ), freed as (
          update users set credits_held = credits_held - total
          from (select user_id, sum(amount) as total from released group by user_id) sums
          where users.user_id = sums.user_id
        )
        select count(*) from released
        """
    )

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def release(self, *, at: datetime, limit: int) -> int:
        async with self._transactions.begin(None) as connection:
            released = int((await connection.execute(self._RELEASE, {"at": at, "limit": limit})).scalar_one())
            await connection.commit()
        return released


async def _entry_of(connection: AsyncConnection, *, owner: UserId, id: UUID) -> CreditEntry:
    """Errors: NoSuch, NotYours."""
    query = _ENTRY.where(credit_logs.c.user_id == owner, credit_logs.c.id == id)
    row = (await connection.execute(query)).first()
    return await refuse(connection, credit_logs, id, kind="credit entry") if row is None else _entry(row)


def _columns(user: User) -> Mapping[str, Any]:
    return {
        "email": user.email,
        "username": user.username,
        "image_url": user.image_url,
        "profile_updated_at": user.profile_updated_at,
        "citation_format": user.preferences.citation_format,
        "research_depth": user.preferences.research_depth,
        "study_language": user.preferences.study_language,
        "erased_at": user.erased_at,
    }


def _user(row: AnyRow) -> User:
    return User(
        id=UserId(row.user_id),
        subject=row.subject,
        email=row.email,
        username=row.username,
        image_url=row.image_url,
        profile_updated_at=row.profile_updated_at,
        preferences=Preferences(
            citation_format=row.citation_format, research_depth=row.research_depth, study_language=row.study_language
        ),
        created_at=row.created_at,
        erased_at=row.erased_at,
    )


def _account(row: AnyRow) -> Account:
    return Account(owner=UserId(row.user_id), credits=row.credits, held=row.credits_held, reset_at=row.credits_reset_at)


def _entry_columns(entry: CreditEntry) -> Mapping[str, Any]:
    return {
        "id": entry.id,
        "user_id": entry.owner,
        "operation": entry.operation,
        "cost": entry.cost,
        "tokens_used": entry.tokens_used,
        "balance_after": entry.balance_after,
        "key": entry.key,
        "created_at": entry.created_at,
        "estimated": entry.estimated,
        "shortfall": entry.shortfall,
        "reason": entry.reason,
    }


def _entry(row: AnyRow) -> CreditEntry:
    return CreditEntry(
        id=row.id,
        owner=UserId(row.user_id),
        operation=row.operation,
        cost=row.cost,
        tokens_used=row.tokens_used,
        balance_after=row.balance_after,
        key=row.key,
        created_at=row.created_at,
        estimated=row.estimated,
        shortfall=row.shortfall,
        reason=row.reason,
    )


def _hold_columns(hold: Hold) -> Mapping[str, Any]:
    return {
        "id": hold.id,
        "user_id": hold.owner,
        "operation": hold.operation,
        "amount": hold.amount,
        "status": hold.status,
        "created_at": hold.created_at,
        "expires_at": hold.expires_at,
    }


def _hold(row: AnyRow) -> Hold:
    return Hold(
        id=row.id,
        owner=UserId(row.user_id),
        operation=row.operation,
        amount=row.amount,
        status=row.status,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
