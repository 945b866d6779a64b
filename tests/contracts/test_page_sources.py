"""The contract of looking after pages: which are due, and what is remembered of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from adapters.memory.page_sources import MemoryPageSources
from adapters.postgres.page_sources import PostgresPageSources
from application.library import PageSources
from domain.library import Source, SourceKind, SourceStatus
from domain.shared import UserId
from tests.builders import signed_up
from tests.builders_library import a_source
from tests.contracts.conftest import Store

LONG_AGO = datetime(2031, 3, 1, 9, tzinfo=UTC)
TODAY = datetime(2031, 3, 2, tzinfo=UTC)
NOW = TODAY + timedelta(minutes=5)
PO = "https://fiumi.example/po"


@pytest.fixture
async def pages(store: Store) -> PageSources:
    """Of a store in which no page is known yet."""
    if store.worker is not None:
        async with store.worker.begin(None) as connection:
            await connection.execute(text("delete from sources where kind = 'URL'"))
            await connection.commit()
    return store.worker_reader(memory=MemoryPageSources, postgres=PostgresPageSources)


@pytest.fixture
async def owner(store: Store) -> UserId:
    return (await signed_up(store.uow)).id


async def a_page(store: Store, owner: UserId, url: str = PO, **changes: Any) -> Source:
    """A source that was read from this address long ago."""
    known = {
        "kind": SourceKind.URL,
        "status": SourceStatus.READY,
        "url": url,
        "created_at": LONG_AGO,
        "processed_at": LONG_AGO,
    }
    source = a_source(owner, **{**known, **changes})
    async with store.uow(owner) as uow:
        await uow.sources.add(source)
        await uow.commit()
    return source


async def is_available(store: Store, source: Source) -> bool:
    async with store.uow(source.owner) as uow:
        stored: Source = await uow.sources.get(owner=source.owner, id=source.id)
    return stored.is_available


async def due(pages: PageSources, *, limit: int = 10) -> list[str]:
    return list(await pages.due(not_since=TODAY, limit=limit))


async def test_only_pages_that_were_read_are_due(store: Store, pages: PageSources, owner: UserId) -> None:
    await a_page(store, owner)
    await a_page(store, owner, "https://fiumi.example/adige", status=SourceStatus.PROCESSING)
    await a_page(store, owner, "https://fiumi.example/arno", status=SourceStatus.FAILED)
    await a_page(store, owner, kind=SourceKind.PDF)
    assert await due(pages) == [PO]


async def test_a_page_that_was_read_or_looked_at_today_is_not_due(
    store: Store, pages: PageSources, owner: UserId
) -> None:
    await a_page(store, owner)
    await a_page(store, owner, "https://fiumi.example/adige", processed_at=NOW)
    await a_page(store, owner, "https://fiumi.example/arno", created_at=NOW, processed_at=None)
    await pages.looked_at(url=PO, there=True, at=NOW)
    assert await due(pages) == []
    assert PO in await pages.due(not_since=TODAY + timedelta(days=1), limit=10)


async def test_the_page_that_waits_longest_comes_first(store: Store, pages: PageSources, owner: UserId) -> None:
    for hours, name in ((2, "arno"), (1, "adige"), (3, "tevere")):
        await a_page(store, owner, f"https://fiumi.example/{name}", processed_at=LONG_AGO + timedelta(hours=hours))
    assert await due(pages, limit=2) == ["https://fiumi.example/adige", "https://fiumi.example/arno"]
    await pages.looked_at(url="https://fiumi.example/adige", there=None, at=TODAY - timedelta(minutes=1))
    assert await due(pages, limit=2) == ["https://fiumi.example/arno", "https://fiumi.example/tevere"]


async def test_a_page_of_many_users_is_due_once_and_told_to_all(
    store: Store, pages: PageSources, owner: UserId
) -> None:
    first = await a_page(store, owner)
    second = await a_page(store, (await signed_up(store.uow)).id)
    other = await a_page(store, owner, "https://fiumi.example/adige")
    assert (await due(pages)).count(PO) == 1
    for minutes in (0, 1):
        await pages.looked_at(url=PO, there=False, at=NOW + timedelta(minutes=minutes))
    assert [await is_available(store, source) for source in (first, second, other)] == [False, False, True]


async def test_a_page_that_somebody_has_just_added_is_still_looked_for_for_the_others(
    store: Store, pages: PageSources, owner: UserId
) -> None:
    await a_page(store, owner)
    await a_page(store, (await signed_up(store.uow)).id, processed_at=NOW)
    assert await due(pages) == [PO]


async def test_one_bad_look_does_not_make_a_page_unavailable_but_two_do(
    store: Store, pages: PageSources, owner: UserId
) -> None:
    source = await a_page(store, owner)
    await pages.looked_at(url=PO, there=False, at=NOW)
    assert await is_available(store, source)
    await pages.looked_at(url=PO, there=False, at=NOW + timedelta(days=1))
    assert not await is_available(store, source)


async def test_a_page_that_came_back_is_available_and_has_both_looks_again(
    store: Store, pages: PageSources, owner: UserId
) -> None:
    source = await a_page(store, owner, is_available=False)
    await pages.looked_at(url=PO, there=False, at=NOW)
    await pages.looked_at(url=PO, there=True, at=NOW + timedelta(days=1))
    assert await is_available(store, source)
    await pages.looked_at(url=PO, there=False, at=NOW + timedelta(days=2))
    assert await is_available(store, source)


async def test_a_look_that_tells_nothing_changes_nothing(store: Store, pages: PageSources, owner: UserId) -> None:
    source = await a_page(store, owner)
    gone = await a_page(store, owner, "https://fiumi.example/adige", is_available=False)
    for url in (PO, "https://fiumi.example/adige"):
        await pages.looked_at(url=url, there=None, at=NOW)
    assert [await is_available(store, each) for each in (source, gone)] == [True, False]
    await pages.looked_at(url=PO, there=False, at=NOW + timedelta(days=1))
    await pages.looked_at(url=PO, there=None, at=NOW + timedelta(days=2))
    assert await is_available(store, source)
    await pages.looked_at(url=PO, there=False, at=NOW + timedelta(days=3))
    assert not await is_available(store, source)


async def test_a_bad_look_from_before_the_page_was_read_again_does_not_count(
    store: Store, pages: PageSources, owner: UserId
) -> None:
    source = await a_page(store, owner)
    await pages.looked_at(url=PO, there=False, at=NOW)
    async with store.uow(owner) as uow:
        again = source.processing(at=NOW + timedelta(hours=1))
        read = again.ready(chunk_count=1, page_count=None, language="it", at=NOW + timedelta(hours=1))
        await uow.sources.save(read)
        await uow.commit()
    await pages.looked_at(url=PO, there=False, at=NOW + timedelta(days=1))
    assert await is_available(store, source)
    await pages.looked_at(url=PO, there=False, at=NOW + timedelta(days=2))
    assert not await is_available(store, source)


async def test_nothing_happens_for_an_address_that_nobody_has(pages: PageSources) -> None:
    await pages.looked_at(url="https://fiumi.example/lete", there=False, at=NOW)
    assert await due(pages) == []
