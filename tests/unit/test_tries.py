"""Reading is tried again when the fault is ours, but not for ever; and a long reading is told from a dead one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.memory.extraction import MemoryExtractor
from adapters.memory.pages import Page
from application.library import Extractor, TextOrigin, UrlOrigin
from domain.library import (
    MOST_ATTEMPTS,
    MOST_BREAKS,
    ExtractedText,
    FieldOrigin,
    Source,
    SourceKind,
    SourceStatus,
    UnreadableSource,
)
from domain.shared import Unavailable
from tests.builders_library import a_file
from tests.desk import OTHER, OWNER, TEXT, Desk

URL = "https://example.org/po"
HTML = (
    "<!doctype html><html lang='it'><head><title>Il fiume Po</title><meta name='author' content='Ada Neri'></head>"
    "<body><article><h1>Il fiume Po</h1><p>Il Po nasce dal Monviso, attraversa la pianura e sfocia nell'Adriatico."
    "</p><p>È il fiume più lungo d'Italia: misura 652 chilometri dalla sorgente alla foce.</p></article></body></html>"
)


@pytest.fixture
def desk() -> Desk:
    return Desk()


class Reading(Extractor):
    """Reads as ever, with what else is said of the text; raises what it is told to raise."""

    def __init__(self, *faults: Exception, **said: Any) -> None:
        self._faults, self._said = list(faults), said
        self.read = 0

    async def extract(self, file: Path, *, kind: SourceKind, **given: Any) -> ExtractedText:
        self.read += 1
        if self._faults:
            raise self._faults.pop(0)
        return replace(await MemoryExtractor().extract(file, kind=kind, **given), **self._said)


async def now(desk: Desk, source: Source) -> Source:
    return await desk.library.sources.get(owner=source.owner, id=source.id)


async def page(desk: Desk, html: str = HTML, **given: Any) -> Source:
    desk.pages.pages[URL] = Page(body=html.encode())
    return (await desk.library.add_source(owner=OWNER, origin=UrlOrigin(url=URL), **given)).source


class TestRetries:
    async def test_a_fault_that_never_goes_ends_after_five_tries_with_its_words(self, desk: Desk) -> None:
        desk.extractor = Reading(*[Unavailable("The reader is down.", retry_after=1)] * 99)
        source = await desk.added()
        for attempt in range(1, MOST_ATTEMPTS + 1):
            waiting = await now(desk, source)
            assert (waiting.status, waiting.attempts) == (SourceStatus.PROCESSING, attempt - 1)
            with pytest.raises(Unavailable):
                await desk.ingest(source)
        failed = await now(desk, source)
        assert failed.status is SourceStatus.FAILED
        assert failed.error_message == "It was tried 5 times; the last time: The reader is down."
        await desk.ingest(source)
        assert desk.extractor.read == MOST_ATTEMPTS

    async def test_a_fault_of_ours_is_not_told_in_detail(self, desk: Desk) -> None:
        desk.extractor = Reading(*[KeyError("/etc/secret")] * 99)
        source = await desk.added()
        for _ in range(MOST_ATTEMPTS):
            with pytest.raises(KeyError):
                await desk.ingest(source)
        message = str((await now(desk, source)).error_message)
        assert "KeyError" in message
        assert "secret" not in message

    async def test_a_fault_that_goes_is_forgotten(self, desk: Desk) -> None:
        desk.extractor = Reading(*[OSError("disco")] * (MOST_ATTEMPTS - 1))
        source = await desk.added()
        for _ in range(MOST_ATTEMPTS - 1):
            with pytest.raises(OSError, match="disco"):
                await desk.ingest(source)
        ready = await desk.ingest(source)
        assert (ready.status, ready.error_message, ready.last_error) == (SourceStatus.READY, None, None)

    async def test_asking_again_begins_anew(self, desk: Desk) -> None:
        desk.extractor = Reading(*[OSError("disco")] * MOST_ATTEMPTS)
        source = await desk.added()
        for _ in range(MOST_ATTEMPTS):
            with pytest.raises(OSError, match="disco"):
                await desk.ingest(source)
        assert (await desk.library.reingest_source(owner=OWNER, id=source.id)).attempts == 0
        assert (await desk.ingest(source)).status is SourceStatus.READY

    async def test_a_reading_that_breaks_off_each_time_is_given_up_at_last(self, desk: Desk) -> None:
        class Dies(BaseException):
            pass

        class Deadly(Extractor):
            async def extract(self, file: Path, **given: Any) -> ExtractedText:
                raise Dies

        desk.extractor = Deadly()
        source = await desk.added()
        for _ in range(MOST_BREAKS):
            with pytest.raises(Dies):
                await desk.ingest(source)
        failed = await desk.ingest(source)
        assert (failed.status, "broke off" in str(failed.error_message)) == (SourceStatus.FAILED, True)

    async def test_the_sweeper_leaves_a_long_reading_alone(self, desk: Desk) -> None:
        beaten = asyncio.Event()

        class Long(Extractor):
            async def extract(self, file: Path, *, kind: SourceKind, **given: Any) -> ExtractedText:
                for _ in range(3):
                    desk.time.advance(seconds=50)
                    before = (await now(desk, source)).processing_since
                    while (await now(desk, source)).processing_since == before:
                        await asyncio.sleep(0)
                    assert await desk.library.sweep() == 0
                beaten.set()
                return await MemoryExtractor().extract(file, kind=kind, **given)

        source = await desk.added()
        ingest = replace(desk.library.ingest_source, extractor=Long(), beat=0.001)
        await ingest(owner=OWNER, source_id=source.id)
        assert beaten.is_set()
        assert (await now(desk, source)).status is SourceStatus.READY

    async def test_the_sweeper_finds_a_reading_that_died(self, desk: Desk) -> None:
        await desk.added()
        desk.time.advance(seconds=61)
        assert await desk.library.sweep() == 1


class TestReadingAgain:
    async def test_when_it_fails_what_was_read_before_goes_on_answering(self, desk: Desk) -> None:
        source = await desk.read()
        before = await desk.chunks(source)
        await desk.library.reingest_source(owner=OWNER, id=source.id)
        desk.extractor = Reading(UnreadableSource("This file is damaged."))
        after = await desk.ingest(source)
        assert after.status is SourceStatus.READY
        assert str(after.error_message).endswith("what was read before goes on answering. This file is damaged.")
        assert await desk.chunks(source) == before
        await desk.library.reingest_source(owner=OWNER, id=source.id)
        assert (await desk.ingest(source)).error_message is None


class TestPages:
    async def test_a_page_is_fetched_read_and_kept(self, desk: Desk) -> None:
        source = await page(desk)
        assert (source.status, source.kind, source.url) == (SourceStatus.PROCESSING, SourceKind.URL, URL)
        assert (source.title, source.file_hash) == (URL, None)
        desk.time.advance(seconds=5)
        ready = await desk.ingest(source)
        assert (ready.status, ready.is_available) == (SourceStatus.READY, True)
        assert ready.access_date > source.access_date
        assert desk.files.stored == {f"{OWNER}/{source.id}/{ready.file_hash}"}
        assert "nasce dal Monviso" in await desk.library.sources.text(owner=OWNER, id=source.id)

    async def test_the_same_address_again_is_the_source_that_is_there_however_it_is_spelt(self, desk: Desk) -> None:
        first = await page(desk)
        for spelling in (URL, "HTTPS://EXAMPLE.org:443/po", f"{URL}#foce"):
            again = await desk.library.add_source(owner=OWNER, origin=UrlOrigin(url=spelling))
            assert (again.duplicate, again.source.id) == (True, first.id)
        assert not (await desk.library.add_source(owner=OTHER, origin=UrlOrigin(url=URL))).duplicate

    async def test_a_page_that_changed_is_kept_as_it_is_now(self, desk: Desk) -> None:
        source = await desk.ingest(await page(desk))
        desk.pages.pages[URL] = Page(body=HTML.replace("652", "651").encode())
        await desk.library.reingest_source(owner=OWNER, id=source.id)
        after = await desk.ingest(source)
        assert after.file_hash != source.file_hash
        assert desk.files.stored == {f"{OWNER}/{source.id}/{after.file_hash}"}
        assert "651" in await desk.library.sources.text(owner=OWNER, id=source.id)

    async def test_a_page_that_is_gone_fails_and_is_not_available(self, desk: Desk) -> None:
        source = await page(desk)
        desk.pages.pages.clear()
        gone = await desk.ingest(source)
        assert (gone.status, gone.is_available) == (SourceStatus.FAILED, False)
        assert "no page at this address" in str(gone.error_message)

    @pytest.mark.parametrize("passing", [True, False])
    async def test_of_a_page_that_went_away_what_was_read_goes_on_answering(self, desk: Desk, passing: bool) -> None:
        source = await desk.ingest(await page(desk))
        before = await desk.chunks(source)
        fault = Unavailable("The site does not answer.") if passing else UnreadableSource("The site refuses.")
        desk.pages.pages[URL] = fault
        await desk.library.reingest_source(owner=OWNER, id=source.id)
        for _ in range(MOST_ATTEMPTS if passing else 0):
            with pytest.raises(Unavailable):
                await desk.ingest(source)
        after = await desk.ingest(source)
        assert after.status is SourceStatus.READY
        assert fault.message in str(after.error_message)
        assert (await desk.chunks(source), after.file_hash) == (before, source.file_hash)
        assert desk.files.stored == {f"{OWNER}/{source.id}/{source.file_hash}"}


class TestWhatIsSaidOfIt:
    async def test_a_page_fills_in_what_its_owner_did_not_say_and_says_that_it_did(self, desk: Desk) -> None:
        desk.extractor = Reading(title="Il fiume Po", author="Ada Neri", site="Enciclopedia")
        source = await desk.ingest(await page(desk, metadata={"corso": 2}))
        assert (source.title, source.author) == ("Il fiume Po", "Ada Neri")
        assert source.metadata == {"corso": 2, "site": "Enciclopedia"}
        assert source.origins == dict.fromkeys(("title", "author", "site"), FieldOrigin.PAGE_META)

    async def test_the_users_word_wins_then_and_later(self, desk: Desk) -> None:
        desk.extractor = Reading(title="Il fiume Po", author="Ada Neri", site="Enciclopedia")
        source = await desk.ingest(await page(desk, title=URL, metadata={"site": "mio"}))
        assert (source.title, source.author, source.metadata) == (URL, "Ada Neri", {"site": "mio"})
        await desk.library.update_source(owner=OWNER, id=source.id, author="Ugo Bo")
        await desk.library.reingest_source(owner=OWNER, id=source.id)
        again = await desk.ingest(source)
        assert (again.title, again.author, again.metadata) == (URL, "Ugo Bo", {"site": "mio"})
        assert again.origins == dict.fromkeys(("title", "author", "site"), FieldOrigin.USER)

    async def test_what_a_page_said_follows_the_page(self, desk: Desk) -> None:
        desk.extractor = Reading(title="Il Po", site="Enciclopedia")
        source = await desk.ingest(await page(desk))
        desk.extractor = Reading(title="Il fiume Po", site="Atlante")
        await desk.library.reingest_source(owner=OWNER, id=source.id)
        again = await desk.ingest(source)
        assert (again.title, again.metadata["site"]) == ("Il fiume Po", "Atlante")

    async def test_a_file_says_so_as_a_file(self, desk: Desk) -> None:
        desk.extractor = Reading(title="Il fiume Po", author="Ada Neri")
        added = await desk.library.add_source(owner=OWNER, origin=a_file(TEXT.encode(), filename="po.md"))
        source = await desk.ingest(added.source)
        assert source.origins == dict.fromkeys(("title", "author"), FieldOrigin.FILE_META)

    async def test_a_pasted_text_keeps_its_first_line_for_a_title(self, desk: Desk) -> None:
        desk.extractor = Reading(title="Altro")
        added = await desk.library.add_source(owner=OWNER, origin=TextOrigin(text=TEXT))
        source = await desk.ingest(added.source)
        assert (source.title, source.origins) == ("Il Po", {})
