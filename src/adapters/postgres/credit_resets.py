"""The monthly reset in PostgreSQL: one statement a batch, in which balance and ledger move together."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import TextClause, text

from adapters.postgres.engine import Transactions
from application.accounts.ports import CreditResets, ResetBatch
from domain.shared import UserId

_BEFORE_ALL = UserId(UUID(int=0))


def _statement(*, patient: bool) -> TextClause:
    # The rows are locked first and read as they are then, so that what another transaction has just spent counts.
    # `no key update` does not hold up inserts that only refer to a user. The walk follows the primary key: no column
    # that changes here has an index, so an update can stay within its page. (The array is for the planner, who would
    # read the whole table to join it with a batch.)
    return text(
        f"""
        with due as materialized (
          select user_id, credits from users
          where user_id > :after and credits_reset_at < :period_start and erased_at is null
          order by user_id limit :limit
          for no key update {"" if patient else "skip locked"}
        ), moved as (
          update users set credits = :allowance, credits_reset_at = greatest(:at, :period_start)
          where user_id = any (array(select user_id from due))
        ), line as (
          insert into credit_logs (id, user_id, operation, cost, balance_after, key, created_at)
          select gen_random_uuid(), user_id, 'RESET', credits - :allowance, :allowance,
                 'reset:' || user_id || ':' || :period, :at
          from due
        )
        select count(*) as users, (array_agg(user_id order by user_id desc))[1] as last from due
        """  # noqa: S608  nothing that anybody gave is in the text
    )


_PASSING_OVER, _WAITING = _statement(patient=False), _statement(patient=True)


class PostgresCreditResets(CreditResets):
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def reset_batch(
        self,
        *,
        period_start: datetime,
        allowance: int,
        at: datetime,
        limit: int,
        after: UserId | None = None,
        patient: bool = False,
    ) -> ResetBatch:
        values = {
            "after": after or _BEFORE_ALL,
            "period_start": period_start,
            "period": f"{period_start.astimezone(UTC):%Y-%m-%d}",
            "allowance": allowance,
            "at": at,
            "limit": limit,
        }
        async with self._transactions.begin(None) as connection:
            row = (await connection.execute(_WAITING if patient else _PASSING_OVER, values)).one()
            await connection.commit()
        return ResetBatch(users=row.users, last=None if row.last is None else UserId(row.last))
