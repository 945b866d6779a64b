"""The contract of the source stores."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from adapters.memory.sources import MemoryStuckSources
from adapters.postgres.sources import PostgresStuckSources
from application.library import SourceFilter, SourceReader, StuckSources
from application.shared import Window
from domain.library import DuplicateSource, FieldOrigin, Source, SourceKind, SourceStatus
from domain.shared import NoSuch, NotYours, SourceId, UserId
from tests.builders import NOON, signed_up
from tests.builders_library import a_source, a_stored_source, some_chunks
from tests.contracts.conftest import Store

ALL = SourceFilter()


@pytest.fixture
def stuck(store: Store) -> StuckSources:
    return store.worker_reader(memory=MemoryStuckSources, postgres=PostgresStuckSources)


async def added(store: Store, owner: UserId, **changes: object) -> Source:
    source = a_source(owner, **changes)
    async with store.uow(owner) as uow:
        await uow.sources.add(source)
        await uow.commit()
    return source


class TestSourceRepository:
    async def test_every_field_is_kept(self, store: Store, sources: SourceReader) -> None:
        owner = (await signed_up(store.uow)).id
        source = await added(
            store,
            owner,
            title="Città è «già» tutto",
            kind=SourceKind.PDF,
            status=SourceStatus.FAILED,
            error_message="Rovinato.",
            file_hash="00ff",
            url="https://example.org/a",
            original_filename="appunti.pdf",
            author="Ada Neri",
            publication_date=date(1948, 1, 1),
            metadata={"corso": {"anno": 2, "temi": ["a", None, 1.5]}},
            origins={"title": FieldOrigin.USER, "author": FieldOrigin.PAGE_META, "site": FieldOrigin.WEB_SEARCH},
            is_available=False,
            page_count=7,
            processing_since=NOON,
            processed_at=NOON + timedelta(microseconds=1),
            attempts=3,
            last_error="Il disco è pieno.",
        )
        assert await sources.get(owner=owner, id=source.id) == source
        async with store.uow(owner) as uow:
            assert await uow.sources.get(owner=owner, id=source.id) == source
            assert await uow.sources.lock(owner=owner, id=source.id) == source

    async def test_what_was_saved_is_found_and_the_counts_stay_those_of_the_chunks(
        self, store: Store, sources: SourceReader
    ) -> None:
        owner = (await signed_up(store.uow)).id
        source, _ = await a_stored_source(store.uow, owner, ["Uno.", "Due."])
        changed = replace(
            source,
            title="Nuovo titolo",
            language="en",
            file_hash="ff",
            origins={"title": FieldOrigin.FILE_META},
            attempts=1,
            last_error="Rotto.",
            chunk_count=99,
            embedded_chunk_count=98,
        )
        async with store.uow(owner) as uow:
            await uow.sources.save(changed)
            await uow.commit()
        assert await sources.get(owner=owner, id=source.id) == replace(changed, chunk_count=2, embedded_chunk_count=0)

    async def test_a_source_that_is_not_there_is_not_found(self, store: Store, sources: SourceReader) -> None:
        owner = (await signed_up(store.uow)).id
        async with store.uow(owner) as uow:
            for attempt in (uow.sources.get, uow.sources.lock, uow.sources.delete):
                with pytest.raises(NoSuch):
                    await attempt(owner=owner, id=uuid4())
            with pytest.raises(NoSuch):
                await uow.sources.save(a_source(owner))
        for read in (sources.get, sources.text):
            with pytest.raises(NoSuch):
                await read(owner=owner, id=uuid4())

    async def test_another_users_source_is_forbidden(self, store: Store, sources: SourceReader) -> None:
        owner, other = (await signed_up(store.uow)).id, (await signed_up(store.uow)).id
        source = await added(store, owner)
        async with store.uow(other) as uow:
            for attempt in (uow.sources.get, uow.sources.lock, uow.sources.delete):
                with pytest.raises(NotYours):
                    await attempt(owner=other, id=source.id)
            with pytest.raises(NotYours):
                await uow.sources.save(replace(source, owner=other))
        for read in (sources.get, sources.text):
            with pytest.raises(NotYours):
                await read(owner=other, id=source.id)
        assert await sources.many(owner=other, ids=[source.id]) == {}
        assert await sources.count(owner=other, where=ALL) == 0

    async def test_without_commit_nothing_happens(self, store: Store, sources: SourceReader) -> None:
        owner = (await signed_up(store.uow)).id
        kept = await added(store, owner)
        async with store.uow(owner) as uow:
            await uow.sources.add(a_source(owner))
            await uow.sources.delete(owner=owner, id=kept.id)
        assert (await sources.page(owner=owner, window=Window(), where=ALL)).items == (kept,)

    async def test_the_same_content_is_there_once_for_each_owner(self, store: Store) -> None:
        owner, other = (await signed_up(store.uow)).id, (await signed_up(store.uow)).id
        source = await added(store, owner)
        again = a_source(owner, content_hash=source.content_hash)
        async with store.uow(owner) as uow:
            assert await uow.sources.with_content(owner=owner, content_hash=source.content_hash) == source
            with pytest.raises(DuplicateSource):
                await uow.sources.add(again)
        async with store.uow(other) as uow:
            assert await uow.sources.with_content(owner=other, content_hash=source.content_hash) is None
        await added(store, other, content_hash=source.content_hash)

    async def test_of_ten_that_add_the_same_content_at_once_one_succeeds(
        self, store: Store, sources: SourceReader
    ) -> None:
        owner = (await signed_up(store.uow)).id
        content_hash = a_source(owner).content_hash

        async def add() -> str:
            try:
                await added(store, owner, content_hash=content_hash)
            except DuplicateSource:
                return "duplicate"
            return "added"

        assert sorted(await asyncio.gather(*(add() for _ in range(10)))) == ["added"] + ["duplicate"] * 9
        assert await sources.count(owner=owner, where=ALL) == 1

    async def test_of_two_that_change_it_at_once_neither_overwrites_the_other(
        self, store: Store, sources: SourceReader
    ) -> None:
        owner = (await signed_up(store.uow)).id
        source = await added(store, owner, metadata={"letture": 0})

        async def count_up() -> None:
            async with store.uow(owner) as uow:
                current = await uow.sources.lock(owner=owner, id=source.id)
                await asyncio.sleep(0)
                await uow.sources.save(replace(current, metadata={"letture": current.metadata["letture"] + 1}))
                await uow.commit()

        await asyncio.gather(*(count_up() for _ in range(8)))
        assert (await sources.get(owner=owner, id=source.id)).metadata == {"letture": 8}

    async def test_a_deleted_source_takes_its_text_and_chunks_along(self, store: Store, sources: SourceReader) -> None:
        owner = (await signed_up(store.uow)).id
        source, chunks = await a_stored_source(store.uow, owner, ["Uno.", "Due."])
        async with store.uow(owner) as uow:
            await uow.sources.delete(owner=owner, id=source.id)
            await uow.commit()
        async with store.uow(owner) as uow:
            assert await uow.chunks.many(owner=owner, ids=[chunk.id for chunk in chunks]) == {}
        with pytest.raises(NoSuch):
            await sources.text(owner=owner, id=source.id)


class TestSourceReader:
    async def test_the_newest_come_first_page_by_page(self, store: Store, sources: SourceReader) -> None:
        owner = (await signed_up(store.uow)).id
        moments = [NOON + timedelta(seconds=number // 2) for number in range(7)]  # some at the same moment
        made = [await added(store, owner, created_at=moment) for moment in moments]
        expected = sorted(made, key=lambda source: (source.created_at, source.id), reverse=True)
        seen: list[Source] = []
        window: Window | None = Window(first=3)
        while window is not None:
            page = await sources.page(owner=owner, window=window, where=ALL)
            seen += page.items
            window = Window(first=3, after=page.positions[-1]) if page.has_next else None
        assert seen == expected

    async def test_a_source_that_is_added_meanwhile_shifts_nothing(self, store: Store, sources: SourceReader) -> None:
        owner = (await signed_up(store.uow)).id
        old, new = [await added(store, owner, created_at=NOON + timedelta(hours=hour)) for hour in range(2)]
        first = await sources.page(owner=owner, window=Window(first=1), where=ALL)
        await added(store, owner, created_at=NOON + timedelta(hours=9))
        second = await sources.page(owner=owner, window=Window(first=1, after=first.positions[-1]), where=ALL)
        assert (first.items, second.items) == ((new,), (old,))

    async def test_many_gives_those_of_the_owner(self, store: Store, sources: SourceReader) -> None:
        owner, other = (await signed_up(store.uow)).id, (await signed_up(store.uow)).id
        mine, theirs = await added(store, owner), await added(store, other)
        ids = [mine.id, theirs.id, SourceId(uuid4())]
        assert await sources.many(owner=owner, ids=ids) == {mine.id: mine}
        assert await sources.many(owner=owner, ids=[]) == {}

    @pytest.mark.parametrize(
        ("where", "found"),
        [
            (SourceFilter(status=SourceStatus.FAILED), {"b"}),
            (SourceFilter(kind=SourceKind.PDF), {"a", "b"}),
            (SourceFilter(kind=SourceKind.PDF, status=SourceStatus.PROCESSING), {"a"}),
            (SourceFilter(text="CITTA"), {"a"}),
            (SourceFilter(text="  città "), {"a"}),
            (SourceFilter(text="dante"), {"b"}),
            (SourceFilter(text="ebra_ba"), {"c"}),
            (SourceFilter(text="100%"), {"c"}),
            (SourceFilter(text="%"), {"c"}),
            (SourceFilter(text="\\"), set()),
            (SourceFilter(text="zebra"), set()),
            (SourceFilter(text=" "), {"a", "b", "c"}),
        ],
    )
    async def test_a_filter_restricts_page_and_count(
        self, store: Store, sources: SourceReader, where: SourceFilter, found: set[str]
    ) -> None:
        owner = (await signed_up(store.uow)).id
        made = {
            (await added(store, owner, title="Le città invisibili", kind=SourceKind.PDF)).id: "a",
            (
                await added(store, owner, title="x", author="Dante", kind=SourceKind.PDF, status=SourceStatus.FAILED)
            ).id: "b",
            (await added(store, owner, title="Al 100%", original_filename="algebra_base.txt")).id: "c",
        }
        page = await sources.page(owner=owner, window=Window(), where=where)
        assert {made[source.id] for source in page.items} == found
        assert await sources.count(owner=owner, where=where) == len(found)

    async def test_the_text_is_what_was_read_and_empty_before(self, store: Store, sources: SourceReader) -> None:
        owner = (await signed_up(store.uow)).id
        source = await added(store, owner)
        assert await sources.text(owner=owner, id=source.id) == ""
        text, chunks = some_chunks(source.id, ["Perché no?", "Così sia."])
        async with store.worker_uow(owner) as uow:
            await uow.chunks.replace(owner=owner, source=source, text=text, chunks=chunks)
            await uow.commit()
        assert await sources.text(owner=owner, id=source.id) == "Perché no?\n\nCosì sia."


class TestStuckSources:
    """The door is everybody's, and the database that of all tests: each has a time of its own."""

    async def test_those_that_wait_too_long_are_taken_once_the_oldest_first(
        self, store: Store, stuck: StuckSources, sources: SourceReader
    ) -> None:
        owner, other = (await signed_up(store.uow)).id, (await signed_up(store.uow)).id
        long_ago = datetime(1970, 1, 2, tzinfo=UTC)
        late = await added(store, owner, processing_since=long_ago + timedelta(minutes=2))
        early = await added(store, other, processing_since=long_ago)
        await added(store, owner, processing_since=long_ago, status=SourceStatus.READY)
        await added(store, owner, processing_since=long_ago + timedelta(minutes=9))
        limit = long_ago + timedelta(minutes=5)
        taken = await stuck.take(since_before=limit, at=NOON, limit=10)
        assert list(taken) == [(other, early.id), (owner, late.id)]
        assert list(await stuck.take(since_before=limit, at=NOON, limit=10)) == []
        assert (await sources.get(owner=owner, id=late.id)).processing_since == NOON

    async def test_two_sweepers_do_not_take_the_same(self, store: Store, stuck: StuckSources) -> None:
        owner = (await signed_up(store.uow)).id
        long_ago = datetime(1971, 1, 1, tzinfo=UTC)
        ids = {(await added(store, owner, processing_since=long_ago)).id for _ in range(12)}
        limit = long_ago + timedelta(minutes=1)
        takes = await asyncio.gather(*(stuck.take(since_before=limit, at=NOON, limit=5) for _ in range(4)))
        taken = [id for take in takes for _, id in take if id in ids]
        assert len(taken) == len(set(taken))
