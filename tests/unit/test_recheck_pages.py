"""Looking after pages: each once a day, one page of a site at a time, and nobody left out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.jobs import MemoryJobQueue
from adapters.memory.page_sources import MemoryPageSources
from adapters.memory.pages import MemoryPageFetcher, Page
from adapters.memory.sources import SOURCES
from adapters.memory.ticks import MemoryTicks
from application.library import RECHECK, RecheckPages, day_start
from application.shared import Clock
from domain.library import Source, SourceKind, SourceStatus
from domain.shared import Unavailable, user_id_of
from tests.builders_library import a_source

MIDNIGHT = datetime(2031, 3, 2, tzinfo=UTC)
NOW = MIDNIGHT + timedelta(seconds=4)
OWNER = user_id_of("ada")


class Sites(MemoryPageFetcher):
    """Counts how many of its pages are looked for at once, of one site and in all."""

    def __init__(self) -> None:
        super().__init__()
        self.busy: list[str] = []
        self.most = self.most_of_one_site = 0

    async def is_there(self, url: str) -> bool | None:
        site = url.split("/")[2]
        self.busy.append(site)
        self.most = max(self.most, len(self.busy))
        self.most_of_one_site = max(self.most_of_one_site, self.busy.count(site))
        for _ in range(3):  # others get their turns
            await asyncio.sleep(0)
        self.busy.remove(site)
        return await super().is_there(url)


class Watched:
    """A clock that stands, or moves on at each look."""

    def __init__(self, step: timedelta = timedelta()) -> None:
        self.now, self.step = NOW, step

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


class Round:
    """A library of pages and whoever looks after them."""

    def __init__(self) -> None:
        self.database = MemoryDatabase()
        self.jobs = MemoryJobQueue()
        self.sites = Sites()

    def page(self, url: str, **changes: object) -> Source:
        known = {"kind": SourceKind.URL, "status": SourceStatus.READY, "url": url}
        before = {"created_at": MIDNIGHT - timedelta(days=2), **known, **changes}
        source = a_source(OWNER, **before)
        self.database.committed[SOURCES][source.id] = source
        return source

    def available(self, source: Source) -> bool:
        return self.database.committed[SOURCES][source.id].is_available

    async def go(self, clock: Clock | None = None) -> int:
        recheck = RecheckPages(
            pages=MemoryPageSources(self.database),
            fetcher=self.sites,
            ticks=MemoryTicks(self.database),
            jobs=self.jobs,
            clock=clock or Watched(),
            pause=0.0,
        )
        return await recheck()


@pytest.fixture
def round_() -> Round:
    return Round()


async def test_every_page_is_looked_for_once_a_day(round_: Round) -> None:
    urls = {f"https://site-{number % 30}.example/{number}" for number in range(450)}
    for url in urls:
        round_.page(url)
    assert await round_.go() == 450
    assert sorted(round_.sites.looked_for) == sorted(urls)
    assert await round_.go() == 0


async def test_it_looks_at_few_sites_at_once_and_at_one_page_of_each(round_: Round) -> None:
    for number in range(40):
        round_.page(f"https://site-{number % 10}.example/{number}")
    await round_.go()
    assert (round_.sites.most, round_.sites.most_of_one_site) == (4, 1)


async def test_a_page_that_is_missing_two_days_running_is_not_available_any_more(round_: Round) -> None:
    there, gone = round_.page("https://a.example/there"), round_.page("https://a.example/gone")
    round_.sites.pages["https://a.example/there"] = Page(body=b"<p>Po</p>")
    found = []
    for days in range(3):
        clock = Watched()
        clock.now += timedelta(days=days)
        await round_.go(clock)
        found.append((round_.available(there), round_.available(gone)))
    assert found == [(True, True), (True, False), (True, False)]


async def test_a_silent_site_is_left_alone_for_the_day(round_: Round) -> None:
    pages = [round_.page(f"https://a.example/{number}") for number in range(5)]
    other = round_.page("https://b.example/gone")
    for number in range(5):
        round_.sites.pages[f"https://a.example/{number}"] = Unavailable("It does not answer.")
    assert await round_.go() == 6
    assert len([url for url in round_.sites.looked_for if "a.example" in url]) == 1
    assert all(round_.available(page) for page in [*pages, other])
    assert await round_.go() == 0


async def test_what_is_too_much_for_one_run_is_left_to_the_next_which_is_asked_for(round_: Round) -> None:
    for number in range(300):
        round_.page(f"https://site-{number}.example/")
    first = await round_.go(Watched(step=timedelta(seconds=1)))
    assert 0 < first < 300
    assert [name for name, _ in round_.jobs.asked] == [RECHECK]
    assert first + await round_.go() == 300
    assert len(round_.jobs.asked) == 1


async def test_the_scheduler_is_told_that_the_day_is_done(round_: Round) -> None:
    await round_.go()
    tomorrow = NOW + timedelta(days=1)
    ticks = MemoryTicks(round_.database)
    assert not await ticks.claim(job=RECHECK, tick=day_start(NOW), at=tomorrow, lost_before=tomorrow)


async def test_a_database_that_is_down_is_said_as_such(round_: Round) -> None:
    class Down(MemoryPageSources):
        async def looked_at(self, *, url: str, there: bool | None, at: datetime) -> None:
            raise Unavailable("The database is not available at the moment.")

    for number in range(9):
        round_.page(f"https://site-{number}.example/")
    recheck = RecheckPages(
        pages=Down(round_.database),
        fetcher=round_.sites,
        ticks=MemoryTicks(round_.database),
        jobs=round_.jobs,
        clock=Watched(),
        pause=0.0,
    )
    with pytest.raises(Unavailable):
        await recheck()


@pytest.mark.parametrize(
    "moment", [MIDNIGHT, NOW, datetime(2031, 3, 2, 23, 59, 59, tzinfo=UTC)], ids=["midnight", "morning", "night"]
)
def test_a_day_begins_at_midnight_utc(moment: datetime) -> None:
    assert day_start(moment) == MIDNIGHT
