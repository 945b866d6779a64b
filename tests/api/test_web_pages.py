"""Web pages through GraphQL: real requests and real reading processes, a web and a library in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from adapters.extraction.pool import ProcessExtractor
from adapters.memory.database import MemoryDatabase
from adapters.memory.page_sources import MemoryPageSources
from adapters.memory.pages import Page
from adapters.system import utc_now
from application.app import Application
from domain.library import UnreadableSource
from entrypoints.settings import Settings
from tests.api.clients import Answer, Api
from tests.builders_pdf import a_pdf
from tests.desk import Desk

PO = "https://fiumi.example/po"
PAGE = """<!DOCTYPE html><html lang="it"><head><title>Il Po</title>
    <meta property="og:site_name" content="I fiumi d'Italia"><meta name="author" content="Ada Neri">
    <meta property="article:published_time" content="2024-05-17">
    </head><body><article><h1>Il Po</h1><p>Il Po nasce dal Monviso, attraversa la pianura padana e sfocia
    nell'Adriatico dopo seicentocinquantadue chilometri.</p></article></body></html>"""
FIELDS = """
    id title kind status errorMessage url author publicationDate metadata isAvailable chunkCount
    fieldOrigins { field origin }
"""
ADD = f"mutation Add($input: AddSourceInput!) {{ addSource(input: $input) {{ duplicate source {{ {FIELDS} }} }} }}"
READ = f"query Read($id: ID!) {{ node(id: $id) {{ ... on Source {{ {FIELDS} }} }} }}"
UPDATE = f"mutation Edit($input: UpdateSourceInput!) {{ updateSource(input: $input) {{ source {{ {FIELDS} }} }} }}"


@pytest.fixture(scope="module")
def extractor() -> Iterator[ProcessExtractor]:
    extractor = ProcessExtractor(processes=1)
    yield extractor
    extractor.close()


@pytest.fixture
def desk(database: MemoryDatabase, settings: Settings, extractor: ProcessExtractor) -> Desk:
    desk = Desk(database=database, extractor=extractor, clock=utc_now, max_upload_bytes=settings.max_upload_bytes)
    desk.pages.pages[PO] = Page(body=PAGE.encode())
    return desk


@pytest.fixture
def application(application: Application, desk: Desk) -> Application:
    return replace(application, library=desk.library)


async def add(api: Api, url: str = PO, **given: Any) -> Answer:
    return await api(ADD, input={"origin": {"url": url}, **given})


async def added(api: Api, desk: Desk, url: str = PO, **given: Any) -> dict[str, Any]:
    """Added, and read by a worker."""
    source = (await add(api, url, **given)).data["addSource"]["source"]
    await desk.work("library.ingest_source")
    return await read(api, source["id"])


async def read(api: Api, id: str) -> dict[str, Any]:
    source: dict[str, Any] = (await api(READ, id=id)).data["node"]
    return source


def origins(source: dict[str, Any]) -> dict[str, str]:
    return {entry["field"]: entry["origin"] for entry in source["fieldOrigins"]}


async def test_a_page_is_added_at_once_and_read_by_a_worker(api: Api, desk: Desk) -> None:
    source = (await add(api, "HTTPS://Fiumi.example:443/po#foce")).data["addSource"]["source"]
    assert (source["kind"], source["status"], source["url"], source["title"]) == ("URL", "PROCESSING", PO, PO)
    assert (source["fieldOrigins"], desk.pages.fetched) == ([], [])
    await desk.work("library.ingest_source")
    ready = await read(api, source["id"])
    assert (ready["status"], ready["title"], ready["author"]) == ("READY", "Il Po", "Ada Neri")
    assert (ready["publicationDate"], ready["metadata"]) == ("2024-05-17", {"site": "I fiumi d'Italia"})
    assert ready["isAvailable"]


async def test_each_field_tells_who_said_it(api: Api, desk: Desk) -> None:
    source = await added(api, desk, author="Ugo Bo")
    assert source["author"] == "Ugo Bo"
    assert source["fieldOrigins"] == [
        {"field": "title", "origin": "PAGE_META"},
        {"field": "author", "origin": "USER"},
        {"field": "publicationDate", "origin": "PAGE_META"},
        {"field": "site", "origin": "PAGE_META"},
    ]
    edited = await api(UPDATE, input={"id": source["id"], "title": "Appunti sul Po"})
    assert origins(edited.data["updateSource"]["source"])["title"] == "USER"


async def test_a_file_tells_of_itself_too(api: Api, desk: Desk) -> None:
    data = a_pdf(["Il Po nasce dal Monviso."], title="I fiumi", author="Ugo Bo")
    upload = await api.upload(
        ADD, files={"variables.input.origin.file": ("disp.pdf", data)}, input={"origin": {"file": None}}
    )
    await desk.work("library.ingest_source")
    source = await read(api, upload.data["addSource"]["source"]["id"])
    assert origins(source) == {"title": "FILE_META", "author": "FILE_META"}


async def test_a_text_without_a_name_has_no_origins(api: Api) -> None:
    answer = await api(ADD, input={"origin": {"text": "Il Po nasce dal Monviso."}})
    assert answer.data["addSource"]["source"]["fieldOrigins"] == []


async def test_the_same_address_in_another_spelling_is_the_same_source(api: Api) -> None:
    first = (await add(api)).data["addSource"]
    second = (await add(api, "https://FIUMI.example/laghi/../po")).data["addSource"]
    assert (second["duplicate"], second["source"]["id"]) == (True, first["source"]["id"])


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("fiumi.example/po", "begins with https://"),
        ("file:///etc/passwd", "begins with https://"),
        ("http://169.254.169.254/latest/meta-data/", "private or special network"),
        ("http://user:password@fiumi.example/", "password"),
        ("http://fiumi.example:6379/", "ports 80 and 443"),
        ("", "begins with https://"),
    ],
)
async def test_an_address_that_is_never_fetched_is_refused_at_once(api: Api, desk: Desk, url: str, word: str) -> None:
    answer = await add(api, url)
    assert (answer.code, answer.failure["field"]) == ("BAD_USER_INPUT", "url")
    assert word in answer.error["message"]
    assert desk.jobs.asked == []


async def test_an_address_that_is_too_long_is_refused_with_the_limit(api: Api) -> None:
    answer = await add(api, PO + "?" + "a" * 2_000)
    assert (answer.code, answer.failure["limit"]) == ("BAD_USER_INPUT", 2_000)
    assert answer.failure["actual"] == len(PO) + 2_001


async def test_a_page_that_is_not_there_fails_with_the_reason(api: Api, desk: Desk) -> None:
    desk.pages.pages[PO] = UnreadableSource("The page that was at this address is gone.")
    source = await added(api, desk)
    assert (source["status"], source["errorMessage"]) == ("FAILED", "The page that was at this address is gone.")


async def test_a_page_that_vanished_is_told_unavailable(api: Api, desk: Desk, database: MemoryDatabase) -> None:
    source = await added(api, desk)
    pages = MemoryPageSources(database)
    for _ in range(2):
        await pages.looked_at(url=PO, there=False, at=utc_now())
    told = await read(api, source["id"])
    assert (told["isAvailable"], told["status"], told["chunkCount"]) == (False, "READY", 1)
