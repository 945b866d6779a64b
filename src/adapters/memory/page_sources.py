"""Which pages are to be looked for again, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.memory.database import MemoryDatabase, Table, Tables
from adapters.memory.sources import SOURCES
from application.library.ports import PageSources
from domain.library import Source, SourceKind, SourceStatus
from domain.shared import SourceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The last look at a source's page, and since when it has not been found."""

    checked_at: datetime
    missing_since: datetime | None = None


CHECKS: Table[SourceId, Check] = Table("page_checks")


class MemoryPageSources(PageSources):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def due(self, *, not_since: datetime, limit: int) -> Sequence[str]:
        tables = self._database.committed
        oldest: dict[str, datetime] = {}
        for url, source in _pages(tables):
            check = tables[CHECKS].get(source.id)
            moments = (source.created_at, source.processed_at, None if check is None else check.checked_at)
            last = max(moment for moment in moments if moment is not None)
            oldest[url] = min(last, oldest.get(url, last))
        return [url for last, url in sorted((last, url) for url, last in oldest.items()) if last < not_since][:limit]

    async def looked_at(self, *, url: str, there: bool | None, at: datetime) -> None:
        async with self._database.begin() as transaction:
            rows, checks = transaction.tables[SOURCES], transaction.tables[CHECKS]
            for source in [source for address, source in _pages(transaction.tables) if address == url]:
                check = replace(checks.get(source.id, Check(checked_at=at)), checked_at=at)
                since = check.missing_since
                if there:
                    check, rows[source.id] = replace(check, missing_since=None), replace(source, is_available=True)
                elif there is False and since is not None and since > (source.processed_at or source.created_at):
                    rows[source.id] = replace(source, is_available=False)
                elif there is False:
                    check = replace(check, missing_since=at)
                checks[source.id] = check
            await transaction.commit()


def _pages(tables: Tables) -> list[tuple[str, Source]]:
    return [
        (source.url, source)
        for source in tables[SOURCES].values()
        if source.kind is SourceKind.URL and source.status is SourceStatus.READY and source.url is not None
    ]
