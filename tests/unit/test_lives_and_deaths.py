"""A source that is killed, deleted or brought again at any step of its life leaves nothing over and loses nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapters.memory.pages import Page
from adapters.memory.sources import SOURCES
from application.library import AddedSource, SourceFilter, TextOrigin, UrlOrigin, file_key
from application.shared import Window
from domain.library import Source, SourceStatus
from tests.desk import OWNER, TEXT, Desk
from tests.dying import Doom, Interrupted, Interruption, Killed, Mortal, interrupted_uow, mortal_uow

PAGE = "https://example.org/po"
HTML = Page(
    body=b"<!doctype html><title>Il Po</title><article><h1>Il Po</h1><p>Il Po nasce dal Monviso, sfocia nell'Adriatico."
)
MOST_STEPS = 200
WINDOW = Window(first=100)


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.pages.pages[PAGE] = HTML
    return desk


def origins(number: int) -> list[TextOrigin | UrlOrigin]:
    return [TextOrigin(text=f"{TEXT}\nVersione {number}."), UrlOrigin(url=f"{PAGE}?{number}")]


def doomed(use_case: Any, doom: Doom, *ports: str) -> Any:
    mortals = {name: Mortal(getattr(use_case, name), doom) for name in ports}
    return replace(use_case, uow=mortal_uow(use_case.uow, doom), **mortals)


async def settled(desk: Desk) -> None:
    """Two hours of a worker and its sweeper."""
    for _ in range(8):
        await desk.library.sweep()
        await desk.work()
        desk.time.advance(seconds=900)


async def leftovers(desk: Desk) -> tuple[object, ...]:
    """Rows of every table but the turns of the queue, files, and jobs."""
    rows = {name: rows for name, rows in desk.database.committed._rows.items() if rows and name != "embedding_turns"}
    return rows, desk.files.stored, desk.jobs.asked


NOTHING: tuple[object, ...] = ({}, frozenset(), [])


async def consistent(desk: Desk) -> bool:
    """Whether the files are those of the rows, and nothing but READY and FAILED is left."""
    rows = desk.database.committed[SOURCES].values()
    assert all(row.status in {SourceStatus.READY, SourceStatus.FAILED} for row in rows), rows
    return desk.files.stored == {file_key(row) for row in rows if row.file_hash is not None}


class TestKilled:
    """A process that dies in the middle, at every step that there is."""

    @pytest.mark.parametrize("kind", [0, 1])
    async def test_while_it_is_added_nothing_is_lost_or_left_when_it_is_added_again(
        self, desk: Desk, kind: int
    ) -> None:
        for step in range(MOST_STEPS):
            origin = origins(step)[kind]
            if isinstance(origin, UrlOrigin):
                desk.pages.pages[origin.url] = HTML
            add = doomed(desk.library.add_source, Doom(step), "files", "jobs")
            try:
                await add(owner=OWNER, origin=origin)
            except Killed:
                again = await desk.library.add_source(owner=OWNER, origin=origin)
                await settled(desk)
                assert (await desk.library.sources.get(owner=OWNER, id=again.source.id)).status is SourceStatus.READY
                assert await consistent(desk)
                await desk.library.delete_source(owner=OWNER, id=again.source.id)
            else:
                assert step > (4, 2)[kind]
                return
        pytest.fail("the work never ended")

    async def test_while_it_is_added_nothing_is_left_when_nobody_adds_it_again(self, desk: Desk) -> None:
        for step in range(MOST_STEPS):
            add = doomed(desk.library.add_source, Doom(step), "files", "jobs")
            origin = TextOrigin(text=f"{TEXT}\nVersione {step}.")
            try:
                await add(owner=OWNER, origin=origin)
            except Killed:
                await settled(desk)
                assert await consistent(desk)
            else:
                return
        pytest.fail("the work never ended")

    async def test_while_it_is_deleted_the_sweeper_sees_to_the_rest(self, desk: Desk) -> None:
        for step in range(MOST_STEPS):
            source = await desk.read(f"{TEXT}\nVersione {step}.")
            await desk.work()
            delete, doom = desk.library.delete_source, Doom(step)
            remove = replace(delete.remove, deleted=Mortal(delete.remove.deleted, doom), files=Mortal(desk.files, doom))
            try:
                await doomed(replace(delete, remove=remove), doom, "jobs", "signals")(owner=OWNER, id=source.id)
            except Killed:
                await settled(desk)
                if step > 5:
                    assert await desk.library.sources.many(owner=OWNER, ids=[source.id]) == {}
                if await desk.library.sources.many(owner=OWNER, ids=[source.id]):
                    assert await consistent(desk)  # killed before the commit: nothing had happened
                    await desk.library.delete_source(owner=OWNER, id=source.id)
                assert await leftovers(desk) == NOTHING
            else:
                assert step > 10
                return
        pytest.fail("the work never ended")

    async def test_a_page_that_is_being_read_loses_nothing_and_leaves_no_second_copy(self, desk: Desk) -> None:
        for step in range(MOST_STEPS):
            url = f"{PAGE}?{step}"
            desk.pages.pages[url] = HTML
            source = (await desk.library.add_source(owner=OWNER, origin=UrlOrigin(url=url))).source
            ingest = doomed(desk.library.ingest_source, Doom(step), "files", "pages", "extractor", "jobs", "signals")
            try:
                await ingest(owner=OWNER, source_id=source.id)
            except Killed:
                desk.pages.pages[url] = replace(HTML, body=HTML.body + b" Altro.")
                await desk.ingest(source)
                await settled(desk)
                assert await consistent(desk)
            else:
                assert step > 15
                return
        pytest.fail("the work never ended")


class TestDeleted:
    """Its owner deletes it in the middle of something, at every step that there is."""

    @pytest.mark.parametrize("kind", [0, 1])
    async def test_while_it_is_read_nothing_is_left(self, desk: Desk, kind: int) -> None:
        for step in range(MOST_STEPS):
            origin = origins(step)[kind]
            if isinstance(origin, UrlOrigin):
                desk.pages.pages[origin.url] = HTML
            source = (await desk.library.add_source(owner=OWNER, origin=origin)).source
            desk.jobs.asked.clear()

            async def delete(source: Source = source) -> None:
                await desk.library.delete_source(owner=OWNER, id=source.id)

            interruption = Interruption(step, delete)
            ingest = desk.library.ingest_source
            ports: dict[str, Any] = {
                name: Interrupted(getattr(ingest, name), interruption)
                for name in ("files", "pages", "extractor", "jobs", "signals")
            }
            interrupted = replace(ingest, uow=interrupted_uow(ingest.uow, interruption), **ports)
            await interrupted(owner=OWNER, source_id=source.id)
            if not interruption.happened:
                assert step > 10
                return
            await desk.work()
            assert await leftovers(desk) == NOTHING
        pytest.fail("the work never ended")

    async def test_while_it_is_added_nothing_is_left_but_what_was_added(self, desk: Desk) -> None:
        for step in range(MOST_STEPS):
            origin = TextOrigin(text=f"{TEXT}\nVersione {step}.")

            async def delete_all() -> None:
                page = await desk.library.sources.page(owner=OWNER, window=WINDOW, where=SourceFilter())
                for source in page.items:
                    await desk.library.delete_source(owner=OWNER, id=source.id)

            interruption = Interruption(step, delete_all)
            add = desk.library.add_source
            added = await replace(
                add,
                uow=interrupted_uow(add.uow, interruption),
                files=Interrupted(add.files, interruption),
                jobs=Interrupted(add.jobs, interruption),
            )(owner=OWNER, origin=origin)
            await settled(desk)
            assert await consistent(desk)
            for source in (await desk.library.sources.many(owner=OWNER, ids=[added.source.id])).values():
                assert source.status is SourceStatus.READY
                await desk.library.delete_source(owner=OWNER, id=source.id)
            await desk.work()
            assert await leftovers(desk) == NOTHING
            if not interruption.happened:
                assert step > 4
                return
        pytest.fail("the work never ended")


class TestBroughtAgain:
    async def test_while_the_same_content_is_deleted_the_new_one_keeps_its_file(self, desk: Desk) -> None:
        for step in range(MOST_STEPS):
            text = f"{TEXT}\nVersione {step}."
            source = await desk.read(text)
            again: list[AddedSource] = []

            async def bring(text: str = text, again: list[AddedSource] = again) -> None:
                again.append(await desk.library.add_source(owner=OWNER, origin=TextOrigin(text=text)))

            interruption = Interruption(step, bring)
            delete = desk.library.delete_source
            remove = replace(
                delete.remove,
                deleted=Interrupted(delete.remove.deleted, interruption),
                files=Interrupted(desk.files, interruption),
            )
            await replace(delete, uow=interrupted_uow(delete.uow, interruption), remove=remove)(
                owner=OWNER, id=source.id
            )
            await settled(desk)
            assert await consistent(desk)
            if not interruption.happened:
                assert step > 6
                return
            (added,) = again
            assert added.duplicate is (added.source.id == source.id)
            if not added.duplicate:
                assert (await desk.library.sources.get(owner=OWNER, id=added.source.id)).status is SourceStatus.READY
        pytest.fail("the work never ended")

    async def test_while_the_first_upload_goes_on_both_end_in_one_source(self, desk: Desk) -> None:
        for step in range(MOST_STEPS):
            origin = TextOrigin(text=f"{TEXT}\nVersione {step}.")
            others: list[AddedSource] = []

            async def bring(origin: TextOrigin = origin, others: list[AddedSource] = others) -> None:
                others.append(await desk.library.add_source(owner=OWNER, origin=origin))

            interruption = Interruption(step, bring)
            add = desk.library.add_source
            added = await replace(
                add, uow=interrupted_uow(add.uow, interruption), files=Interrupted(add.files, interruption)
            )(owner=OWNER, origin=origin)
            if not interruption.happened:
                return
            assert {one.source.id for one in others} == {added.source.id}
            assert sorted(one.duplicate for one in (added, *others)) == [False, True]
            await settled(desk)
            assert await consistent(desk)
        pytest.fail("the work never ended")

    async def test_an_upload_that_fails_takes_its_row_away_again(self, desk: Desk) -> None:
        class Full(type(desk.files)):  # type: ignore[misc]
            async def put(self, key: str, content: object) -> None:
                raise OSError("disco pieno")

        with pytest.raises(OSError, match="disco pieno"):
            await replace(desk.library.add_source, files=Full())(owner=OWNER, origin=TextOrigin(text=TEXT))
        assert await leftovers(desk) == NOTHING
