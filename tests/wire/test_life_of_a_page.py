"""A page from its address to its end: a real server, the guarded fetcher, the real reader, memory below."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.extraction.pool import ProcessExtractor
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from adapters.web import GuardedPageFetcher
from application.library import Library, UrlOrigin
from application.shared import Window
from domain.library import FieldOrigin, Source, SourceKind, SourceStatus
from domain.shared import UserId
from entrypoints.settings import load_settings
from tests.applications import InMemory, memory_application
from tests.builders import TickingClock, signed_up
from tests.builders_pdf import a_pdf
from tests.wire.page_server import Web, answer, redirect, web

ADDRESS = "http://fiumi.example/il-po"
PROSE = """
Il Po nasce al Pian del Re, ai piedi del Monviso, a circa duemila metri di quota. Attraversa il Piemonte, lambisce la
Lombardia e l'Emilia-Romagna e riceve lungo il cammino le acque di numerosi affluenti, tra cui la Dora Baltea, il
Ticino, l'Adda e l'Oglio. Con i suoi seicentocinquantadue chilometri è il fiume più lungo d'Italia.

Il bacino del Po raccoglie le acque di gran parte della pianura padana, dove vivono e lavorano milioni di persone. Le
piene più gravi del Novecento, come quella del 1951 nel Polesine, hanno lasciato un ricordo profondo e hanno cambiato
il modo in cui gli argini vengono costruiti e sorvegliati.

Alla foce il fiume si divide in più rami e forma un delta, riconosciuto come riserva della biosfera. Tra canneti e
lagune nidificano aironi, fenicotteri e garzette, e la pesca delle vongole resta una delle attività principali.
"""
DROUGHT = "\nNel 2022 una siccità eccezionale ha prosciugato molti dei suoi affluenti.\n"


def article(text: str) -> bytes:
    words = "".join(f"<p>{paragraph.replace(chr(10), ' ')}</p>" for paragraph in text.strip().split("\n\n"))
    return f"""<!DOCTYPE html><html lang="it"><head><meta charset="utf-8"><title>Il Po - I fiumi d'Italia</title>
        <meta property="og:title" content="Il Po, dalla sorgente al delta">
        <meta property="og:site_name" content="I fiumi d'Italia">
        <meta name="author" content="Ada Neri">
        <meta property="article:published_time" content="2024-05-17T09:30:00+02:00">
        </head><body><nav><a href="/">Home</a><a href="/laghi">Laghi</a></nav>
        <main><article><h1>Il Po, dalla sorgente al delta</h1>{words}</article></main>
        <footer>Tutti i diritti riservati</footer></body></html>""".encode()


@dataclass
class Reader:
    """Somebody with a library."""

    memory: InMemory
    owner: UserId
    time: TickingClock
    here: Web = field(repr=False)

    @property
    def library(self) -> Library:
        return self.memory.application.library

    async def add(self, url: str = ADDRESS, **given: Any) -> Source:
        added = await self.library.add_source(owner=self.owner, origin=UrlOrigin(url=url), **given)
        await self.memory.work()
        return await self.again(added.source)

    async def again(self, source: Source) -> Source:
        return await self.library.sources.get(owner=self.owner, id=source.id)

    async def reingest(self, source: Source) -> Source:
        await self.library.reingest_source(owner=self.owner, id=source.id)
        await self.memory.work()
        return await self.again(source)

    async def found(self, query: str) -> str:
        """The passages that answer, all together."""
        result = await self.library.search(owner=self.owner, query=query)
        return "\n".join(hit.chunk.content for hit in result.hits)

    async def a_day_passes(self) -> None:
        self.time.advance(days=1)
        await self.memory.application.fire_due_jobs()
        await self.memory.work()


@pytest.fixture(scope="module")
def extractor() -> Iterator[ProcessExtractor]:
    extractor = ProcessExtractor(processes=1)
    yield extractor
    extractor.close()


@pytest.fixture
async def reader(extractor: ProcessExtractor, tmp_path: Path) -> AsyncIterator[Reader]:
    async with web() as here:
        here.site("fiumi.example")
        here.pages["/il-po"] = answer(article(PROSE))
        fetcher = GuardedPageFetcher(user_agent="Studiolo/1", max_bytes=1_000_000, seconds=5, network=here.network)
        settings = load_settings(env_file=None, data_dir=tmp_path)
        time = TickingClock()
        verifier: Any = None  # nobody signs in
        memory = memory_application(settings, verifier=verifier, extractor=extractor, pages=fetcher, clock=time)
        owner = (await signed_up(OpenMemoryUnitOfWork(memory.database))).id
        yield Reader(memory=memory, owner=owner, time=time, here=here)


async def test_a_page_becomes_a_source_with_what_it_says_of_itself(reader: Reader) -> None:
    source = await reader.add("HTTP://Fiumi.example:80/il-po#foce")
    assert (source.kind, source.status, source.url) == (SourceKind.URL, SourceStatus.READY, ADDRESS)
    assert (source.title, source.author) == ("Il Po, dalla sorgente al delta", "Ada Neri")
    assert (source.publication_date, source.metadata["site"]) == (date(2024, 5, 17), "I fiumi d'Italia")
    assert set(source.origins.values()) == {FieldOrigin.PAGE_META}
    assert set(source.origins) == {"title", "author", "publication_date", "site"}
    assert (source.language, source.is_available) == ("it", True)
    assert "Pian del Re" in await reader.found("Dove nasce il Po?")
    assert "Tutti i diritti" not in await reader.found("Tutti i diritti riservati")


async def test_what_its_reader_said_is_not_overwritten_by_the_page(reader: Reader) -> None:
    source = await reader.add(title="Appunti sul Po", author="Ugo Bo")
    assert (source.title, source.author) == ("Appunti sul Po", "Ugo Bo")
    assert (source.origins["title"], source.origins["publication_date"]) == (FieldOrigin.USER, FieldOrigin.PAGE_META)


async def test_a_pdf_at_an_address_is_read_as_a_pdf(reader: Reader) -> None:
    data = a_pdf(["Il Po nasce dal Monviso."], ["Sfocia nell'Adriatico."], title="I fiumi", author="Ugo Bo")
    reader.here.pages["/il-po"] = answer(data, media_type="application/octet-stream")
    source = await reader.add()
    assert (source.kind, source.status, source.page_count) == (SourceKind.URL, SourceStatus.READY, 2)
    assert (source.title, source.author) == ("I fiumi", "Ugo Bo")
    assert "Monviso" in await reader.found("Dove nasce il Po?")


async def test_the_encoding_is_the_one_that_the_server_declares(reader: Reader) -> None:
    body = article(PROSE).decode().replace('<meta charset="utf-8">', "").encode("cp1252")
    reader.here.pages["/il-po"] = answer(body, media_type="text/html; charset=windows-1252")
    await reader.add()
    assert "fiume più lungo" in await reader.found("Qual è il fiume più lungo d'Italia?")


async def test_the_same_address_again_is_the_source_that_is_there(reader: Reader) -> None:
    source = await reader.add()
    again = await reader.library.add_source(owner=reader.owner, origin=UrlOrigin(url=f"{ADDRESS}#delta"))
    assert (again.duplicate, again.source.id) == (True, source.id)
    assert reader.here.paths == ["/il-po"]


async def test_a_page_that_changed_is_read_anew_when_it_is_asked_for(reader: Reader) -> None:
    source = await reader.add()
    window = Window(first=100)
    before = (await reader.library.chunks.page(owner=reader.owner, source_id=source.id, window=window)).items
    reader.here.pages["/il-po"] = answer(article(PROSE + DROUGHT))
    changed = await reader.reingest(source)
    assert (changed.status, changed.file_hash != source.file_hash) == (SourceStatus.READY, True)
    assert "siccità eccezionale" in await reader.found("La siccità del 2022")
    after = (await reader.library.chunks.page(owner=reader.owner, source_id=source.id, window=window)).items
    kept = {chunk.content for chunk in before} & {chunk.content for chunk in after}
    ids = {chunk.content: chunk.id for chunk in before}
    assert all(chunk.id == ids[chunk.content] for chunk in after if chunk.content in kept)


async def test_a_page_that_is_gone_goes_on_answering_and_is_told_unavailable_after_two_days(reader: Reader) -> None:
    source = await reader.add()
    del reader.here.pages["/il-po"]
    told = []
    for _ in range(2):
        await reader.a_day_passes()
        told.append((await reader.again(source)).is_available)
    assert told == [True, False]
    assert "Pian del Re" in await reader.found("Dove nasce il Po?")


async def test_a_page_that_is_back_is_told_available(reader: Reader) -> None:
    source = await reader.add()
    page = reader.here.pages.pop("/il-po")
    for _ in range(2):
        await reader.a_day_passes()
    reader.here.pages["/il-po"] = page
    await reader.a_day_passes()
    assert (await reader.again(source)).is_available


async def test_reading_a_page_again_that_is_gone_keeps_the_old_and_says_so(reader: Reader) -> None:
    source = await reader.add()
    del reader.here.pages["/il-po"]
    gone = await reader.reingest(source)
    assert (gone.status, gone.is_available, gone.chunk_count) == (SourceStatus.READY, False, source.chunk_count)
    assert gone.error_message is not None
    assert "goes on answering" in gone.error_message
    assert "Pian del Re" in await reader.found("Dove nasce il Po?")


async def test_a_page_that_leads_inside_fails_with_a_sentence(reader: Reader) -> None:
    reader.here.site("intern.example", ["10.0.0.7"])
    reader.here.pages["/il-po"] = redirect("http://intern.example/segreti")
    source = await reader.add()
    assert (source.status, source.chunk_count) == (SourceStatus.FAILED, 0)
    assert source.error_message == "This address leads into a private network; only public pages are fetched."
    assert all(address == "93.184.216.34" for address, _ in reader.here.dialled)


async def test_a_page_is_looked_for_once_a_day(reader: Reader) -> None:
    await reader.add()
    await reader.a_day_passes()
    await reader.memory.application.library.recheck_pages()
    assert reader.here.paths == ["/il-po", "/il-po"]


@pytest.fixture(autouse=True)
def nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert list(folder.glob("studiolo-page-*")) == []
