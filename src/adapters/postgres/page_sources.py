"""Which pages are to be looked for again, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, func, literal, null, select, update

from adapters.postgres.engine import Transactions
from adapters.postgres.tables.sources import sources
from application.library.ports import PageSources
from domain.library import SourceKind, SourceStatus

_PAGES = (sources.c.kind == SourceKind.URL, sources.c.status == SourceStatus.READY)


class PostgresPageSources(PageSources):
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def due(self, *, not_since: datetime, limit: int) -> Sequence[str]:
        last = func.min(func.greatest(sources.c.checked_at, sources.c.processed_at, sources.c.created_at))
        query = (
            select(sources.c.url)
            .where(*_PAGES, sources.c.url.is_not(None))
            .group_by(sources.c.url)
            .having(last < not_since)
            .order_by(last, sources.c.url)
            .limit(limit)
        )
        async with self._transactions.begin(None) as connection:
            return [row.url for row in await connection.execute(query)]

    async def looked_at(self, *, url: str, there: bool | None, at: datetime) -> None:
        changes = update(sources).where(*_PAGES, sources.c.url == url).values(checked_at=at)
        if there:
            changes = changes.values(missing_since=null(), is_available=True)
        elif there is False:
            # What was missing before the source was last read has been found since.
            again = sources.c.missing_since > func.coalesce(sources.c.processed_at, sources.c.created_at)
            changes = changes.values(
                missing_since=case((again, sources.c.missing_since), else_=literal(at)),
                is_available=case((again, False), else_=sources.c.is_available),
            )
        async with self._transactions.begin(None) as connection:
            await connection.execute(changes)
            await connection.commit()
