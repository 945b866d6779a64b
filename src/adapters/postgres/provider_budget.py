"""Provider budgets in PostgreSQL: one row an account, whose lock makes all processes take turns."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.engine import Transactions
from application.library.ports import ObservedLimits, ProviderBudget, Reservation
from domain.library import ProviderStanding, allowed_requests

WINDOW = timedelta(minutes=1)
MARGIN = timedelta(seconds=1)
"""For clocks of two machines that disagree a little."""
LEASE = timedelta(seconds=90)
"""How long the request of a holder that died may still be on its way: longer than an embedder's slowest."""

_OPEN = text("insert into provider_budgets (account) values (:account) on conflict do nothing")
_LOCK = text(
    """
    select provider_limit, blocked_until, interactive_until, background_since, background_until
    from provider_budgets where account = :account for update
    """
)
# Where the limit is reached, one may go when so many have stopped counting that it is not reached any more.
_COUNT = text(
    """
    with gone as (delete from provider_requests where account = :account and counts_until <= :at),
    counting as materialized (
      select counts_until from provider_requests where account = :account and counts_until > :at
    ),
    counted as (select count(*) as requests from counting)
    select counted.requests, (
      select counting.counts_until from counting order by counting.counts_until
      offset greatest(0, counted.requests - :limit) limit 1
    ) as next_free
    from counted
    """
)
_RESERVE = text(
    """
    insert into provider_requests (id, account, reserved_at, counts_until, interactive)
    values (:id, :account, :at, :counts_until, :interactive)
    """
)
_STAND = text(
    """
    update provider_budgets set provider_limit = :provider_limit, blocked_until = :blocked_until,
      interactive_until = :interactive_until, background_since = :background_since, background_until = :background_until
    where account = :account
    """
)
_GIVE_BACK = text("delete from provider_requests where id = :id")
# A request that outlived its lease may be forgotten by now: it was made all the same.
_ANSWERED = text(
    """
    insert into provider_requests as known (id, account, reserved_at, counts_until, interactive, answered)
    values (:id, :account, :at, :counts_until, true, true)
    on conflict (id) do update set counts_until = excluded.counts_until, answered = true
    returning reserved_at, interactive
    """
)
_FIRST_FREE = text(
    """
    select min(counts_until) as next_free from provider_requests
    where account = :account and answered and counts_until > :at
    """
)
# What one request adds to the time of a queue: the time between two ends, which is less than a request takes where
# several engines share the work, and a little more where one of them must find its next batch. After a pause (the queue
# was empty, or the limit was reached) it is the time that the request took.
NOTE = text(
    """
    insert into provider_budgets as known (account, seconds_per_request, last_finished_at)
    values (:account, greatest(0, extract(epoch from cast(:at as timestamptz) - :began)), :at)
    on conflict (account) do update set
      seconds_per_request = coalesce(0.7 * known.seconds_per_request + 0.3 * (
        case when extract(epoch from excluded.last_finished_at - known.last_finished_at)
            between 0 and 0.25 + 1.5 * excluded.seconds_per_request
          then extract(epoch from excluded.last_finished_at - known.last_finished_at)
          else excluded.seconds_per_request end
      ), excluded.seconds_per_request),
      last_finished_at = greatest(known.last_finished_at, excluded.last_finished_at)
    """
)


class PostgresProviderBudget(ProviderBudget):
    """`requests_per_minute` of one provider account in any `window`; None leaves the number to the provider."""

    def __init__(
        self,
        transactions: Transactions,
        *,
        account: str,
        requests_per_minute: int | None,
        window: timedelta = WINDOW,
        margin: timedelta = MARGIN,
        lease: timedelta = LEASE,
    ) -> None:
        self._transactions = transactions
        self._account = account
        self._setting = requests_per_minute
        self._window = window
        self._keeps = window + margin
        self._lease = lease

    async def reserve(self, *, at: datetime, interactive: bool) -> Reservation:
        account = {"account": self._account}
        async with self._transactions.begin(None) as connection:
            standing = await self._locked(connection)
            limit = allowed_requests(setting=self._setting, provider=standing.provider_limit)
            counted = (await connection.execute(_COUNT, {**account, "at": at, "limit": limit})).one()
            after, wait = standing.asked(
                at=at,
                interactive=interactive,
                free=limit - counted.requests,
                next_free=counted.next_free or at,
                window=self._window,
            )
            if after != standing:
                await connection.execute(_STAND, {**account, **asdict(after)})
            id = None if wait else uuid4()
            if id is not None:
                until = at + self._lease + self._keeps
                asked = {"id": id, "at": at, "counts_until": until, "interactive": interactive}
                await connection.execute(_RESERVE, {**account, **asked})
            await connection.commit()
        return Reservation(id=id, wait=wait)

    async def finish(self, reservation: Reservation, *, at: datetime, sent: bool = True) -> None:
        if reservation.id is None:
            return
        async with self._transactions.begin(None) as connection:
            # In the order in which a reservation locks: first the account, then its requests.
            await self._locked(connection)
            if sent:
                until = {"id": reservation.id, "account": self._account, "at": at, "counts_until": at + self._keeps}
                made = (await connection.execute(_ANSWERED, until)).one()
                if not made.interactive:
                    noted = {"account": self._account, "began": made.reserved_at, "at": at}
                    await connection.execute(NOTE, noted)
            else:
                await connection.execute(_GIVE_BACK, {"id": reservation.id})
            await connection.commit()

    async def observe(self, limits: ObservedLimits, *, at: datetime) -> None:
        account = {"account": self._account}
        async with self._transactions.begin(None) as connection:
            standing = await self._locked(connection)
            first = (await connection.execute(_FIRST_FREE, {**account, "at": at})).one()
            after = standing.told(
                at=at,
                limit=limits.requests_per_minute,
                remaining=limits.remaining,
                retry_after=limits.retry_after,
                next_free=first.next_free or at + self._keeps,
            )
            if after != standing:
                await connection.execute(_STAND, {**account, **asdict(after)})
                await connection.commit()

    async def _locked(self, connection: AsyncConnection) -> ProviderStanding:
        """How the account stands; nobody else changes that before the transaction ends."""
        account = {"account": self._account}
        row = (await connection.execute(_LOCK, account)).one_or_none()
        if row is None:
            await connection.execute(_OPEN, account)
            row = (await connection.execute(_LOCK, account)).one()
        return ProviderStanding(
            provider_limit=row.provider_limit,
            blocked_until=row.blocked_until,
            interactive_until=row.interactive_until,
            background_since=row.background_since,
            background_until=row.background_until,
        )
