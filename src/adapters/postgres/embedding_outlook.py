"""How far a source is from its last vector, in PostgreSQL: read by the API, measured by whoever embeds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text

from adapters.postgres.engine import Transactions
from adapters.postgres.provider_budget import MARGIN, NOTE, WINDOW
from adapters.postgres.rows import AnyRow
from application.library.ports import EmbeddingOutlookReader, PaceMeter
from application.shared import Clock
from domain.library import EmbeddingOutlook, EmbeddingPace, allowed_requests, limited_pace
from domain.shared import SourceId, UserId

_AHEAD = text("select source_id, chunks from chunks_ahead(cast(:ids as uuid[]), :model)")
_BUDGET = text(
    """
    select provider_limit, blocked_until, seconds_per_request, requests_under_way(:model, :at) as under_way
    from (select) one
      left join provider_budgets on account = :account
    """
)
_COUNTING = text(
    """
    select reserved_at, counts_until, interactive, answered from provider_requests
    where account = :account and counts_until > :at
    """
)


class PostgresPaceMeter(PaceMeter):
    """For an account without a limit; with one, the budget itself sees how long requests take."""

    def __init__(self, transactions: Transactions, *, account: str) -> None:
        self._transactions = transactions
        self._account = account

    async def note(self, *, began: datetime, at: datetime) -> None:
        async with self._transactions.begin(None) as connection:
            await connection.execute(NOTE, {"account": self._account, "began": began, "at": at})
            await connection.commit()


class PostgresEmbeddingOutlook(EmbeddingOutlookReader):
    """`limited`: whether the account has a budget, and then `requests_per_minute` as in it.

    Until the first request was measured, one is taken to last `seconds_per_request`.
    """

    def __init__(
        self,
        transactions: Transactions,
        *,
        account: str,
        model: str,
        texts_per_request: int,
        seconds_per_request: float,
        clock: Clock,
        limited: bool,
        requests_per_minute: int | None = None,
        window: timedelta = WINDOW,
        margin: timedelta = MARGIN,
    ) -> None:
        self._transactions = transactions
        self._account = account
        self._model = model
        self._texts = texts_per_request
        self._seconds = seconds_per_request
        self._clock = clock
        self._limited = limited
        self._setting = requests_per_minute
        self._keeps = (window + margin).total_seconds()

    async def many(self, *, owner: UserId, ids: Sequence[SourceId]) -> dict[SourceId, EmbeddingOutlook]:
        at = self._clock()
        asked = {"account": self._account, "at": at, "ids": list(ids), "model": self._model}
        async with self._transactions.read(owner) as connection:
            ahead = {row.source_id: row.chunks for row in await connection.execute(_AHEAD, asked)}
            budget = (await connection.execute(_BUDGET, asked)).one()
            counting = (await connection.execute(_COUNTING, asked)).all() if self._limited else ()
        pace = self._pace(at, budget, counting)
        return {id: EmbeddingOutlook(ahead=ahead.get(id, 0), pace=pace) for id in ids}

    def _pace(self, at: datetime, budget: AnyRow, counting: Sequence[AnyRow]) -> EmbeddingPace:
        measured = self._seconds if budget.seconds_per_request is None else budget.seconds_per_request
        if not self._limited:
            return EmbeddingPace(texts_per_request=self._texts, seconds_per_request=measured)
        return limited_pace(
            at=at,
            limit=allowed_requests(setting=self._setting, provider=budget.provider_limit),
            texts_per_request=self._texts,
            seconds_per_request=measured,
            keeps=self._keeps,
            answered=[row.counts_until for row in counting if row.answered],
            under_way=[
                (row.reserved_at, row.counts_until, not row.interactive) for row in counting if not row.answered
            ],
            unembedded=budget.under_way,
            blocked_until=budget.blocked_until,
        )
