"""Look whether the pages that sources were made of are still there: once a day, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from application.library.ports import PageFetcher, PageSources
from application.shared import Clock, JobQueue, Ticks

RECHECK = "library.recheck_pages"

_AT_ONCE = 200
"""Addresses that are read from the database together."""

_SITES_AT_ONCE = 4
_LONGEST = timedelta(minutes=5)
"""Shorter than a job may take, by more than one page takes."""


def day_start(at: datetime) -> datetime:
    """The 00:00 UTC that began the day of this moment; the moment itself when it is one."""
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckPages:
    """Polite: one page of a site at a time, with `pause` seconds after each, and no more of a site that is silent.

    May be run twice, at once, or again after it was killed: a page that was looked at today is not due any more. What
    is too much for one run is left to the next, which is asked for at once.
    """

    pages: PageSources
    fetcher: PageFetcher
    ticks: Ticks
    jobs: JobQueue
    clock: Clock
    pause: float

    async def __call__(self) -> int:
        """How many addresses were looked at. Errors: Unavailable (the database)."""
        began = self.clock()
        today, until = day_start(began), began + _LONGEST
        looked_at = 0
        while urls := await self.pages.due(not_since=today, limit=_AT_ONCE):
            looked_at += await self._look_at(urls, until=until)
            if self.clock() >= until:
                await self.jobs.enqueue(RECHECK)
                break
        await self.ticks.finish(job=RECHECK, tick=today, at=self.clock())
        return looked_at

    async def _look_at(self, urls: Sequence[str], *, until: datetime) -> int:
        sites: dict[str | None, list[str]] = {}
        for url in urls:
            sites.setdefault(urlsplit(url).hostname, []).append(url)
        turns = asyncio.Semaphore(_SITES_AT_ONCE)

        async def visit(urls_of_site: list[str]) -> int:
            async with turns:
                return await self._visit(urls_of_site, until=until)

        try:
            async with asyncio.TaskGroup() as visits:
                done = [visits.create_task(visit(urls_of_site)) for urls_of_site in sites.values()]
        except ExceptionGroup as faults:
            raise faults.exceptions[0] from faults
        return sum(task.result() for task in done)

    async def _visit(self, urls: Sequence[str], *, until: datetime) -> int:
        """Page after page of one site. One that cannot be told means that the site is better left alone today."""
        there: bool | None = True
        for done, url in enumerate(urls):
            if self.clock() >= until:
                return done
            if there is not None:
                there = await self.fetcher.is_there(url)
                await asyncio.sleep(self.pause)
            await self.pages.looked_at(url=url, there=there, at=self.clock())
        return len(urls)
