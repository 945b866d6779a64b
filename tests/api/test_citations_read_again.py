"""A page is cited, changes, and is read again: the answer's citations say what became of their words."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.development_issuer import DevelopmentIssuer
from adapters.extraction.pool import ProcessExtractor
from adapters.memory.pages import MemoryPageFetcher, Page
from entrypoints.http.app import build_app
from entrypoints.settings import Settings
from tests.api.clients import Api
from tests.applications import InMemory, memory_application

URL = "https://fiumi.example/po"
PO = "Il Po nasce dal Monviso, attraversa la pianura padana e sfocia nell'Adriatico."
OTHER = "Il Tevere nasce dal Fumaiolo, attraversa Roma e sfocia nel Tirreno."
ADD = "mutation Add($input: AddSourceInput!) { addSource(input: $input) { source { id } } }"
AGAIN = "mutation Again($input: ReingestSourceInput!) { reingestSource(input: $input) { source { status } } }"
CHAT = """
    subscription Chat($input: ChatInput!) { chat(input: $input) {
      __typename
      ... on CitationAdded { citation { anchor quote } }
      ... on TurnCompleted { message { id } }
    } }
"""
READ = """
    query Read($id: ID!) { node(id: $id) { ... on Message {
      citations { anchor quote start end chunk { content start } }
    } } }
"""


def a_page(*paragraphs: str) -> Page:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    html = f"<!DOCTYPE html><html lang='it'><head><title>Fiumi</title></head><body><article>{body}</article></body>"
    return Page(body=html.encode())


@pytest.fixture
def pages() -> MemoryPageFetcher:
    fetcher = MemoryPageFetcher()
    fetcher.pages[URL] = a_page(PO)
    return fetcher


@pytest.fixture
def memory(
    settings: Settings, issuer: DevelopmentIssuer, extractor: ProcessExtractor, pages: MemoryPageFetcher
) -> InMemory:
    return memory_application(settings, verifier=issuer, extractor=extractor, pages=pages)


@pytest.fixture
def reader(memory: InMemory, settings: Settings, api: Api) -> Api:
    return Api(build_app(memory.application, settings), api.token)


class Reading:
    """A cited page, and what a worker does when it is read again."""

    def __init__(self, api: Api, memory: InMemory, pages: MemoryPageFetcher) -> None:
        self.api, self.memory, self.pages = api, memory, pages
        self.source_id = self.answer_id = ""

    async def cite(self) -> list[dict[str, Any]]:
        """The citations of an answer from the page, as they are streamed."""
        added = await self.api(ADD, input={"origin": {"url": URL}})
        self.source_id = added.data["addSource"]["source"]["id"]
        await self.memory.work()
        asked = await self.api.events(CHAT, input={"message": "Da dove nasce il Po?"})
        events = [event["data"]["chat"] for event in asked]
        self.answer_id = events[-1]["message"]["id"]
        return [event["citation"] for event in events if event["__typename"] == "CitationAdded"]

    async def again(self, *paragraphs: str) -> dict[str, Any]:
        """The first citation, now that the page has these paragraphs."""
        self.pages.pages[URL] = a_page(*paragraphs)
        await self.api(AGAIN, input={"id": self.source_id})
        await self.memory.work()
        await self.memory.application.chat.sweep_citations()
        await self.memory.work()
        citations = (await self.api(READ, id=self.answer_id)).data["node"]["citations"]
        found: dict[str, Any] = citations[0]
        return found


@pytest.fixture
async def reading(reader: Api, memory: InMemory, pages: MemoryPageFetcher) -> Reading:
    return Reading(reader, memory, pages)


def words_of(citation: dict[str, Any]) -> str:
    """What the chunk has where the citation points."""
    start = citation["chunk"]["start"]
    content: str = citation["chunk"]["content"]
    return content[citation["start"] - start : citation["end"] - start]


async def test_a_citation_tells_what_became_of_its_words(reading: Reading) -> None:
    (streamed,) = await reading.cite()
    assert streamed == {"anchor": "SAME", "quote": PO}
    same = await reading.again(PO, OTHER)
    assert (same["anchor"], words_of(same)) == ("SAME", PO)
    moved = await reading.again(OTHER, PO)
    assert (moved["anchor"], words_of(moved)) == ("MOVED", PO)
    assert moved["start"] > same["start"]
    rewritten = PO.replace("pianura padana", "valle padana")
    changed = await reading.again(OTHER, rewritten)
    assert (changed["anchor"], changed["quote"]) == ("CHANGED", PO)
    assert words_of(changed).removesuffix(".") == rewritten.removesuffix(".")
    lost = await reading.again(OTHER)
    assert (lost["anchor"], lost["quote"], lost["chunk"]) == ("LOST", PO, None)
    assert (lost["start"], lost["end"]) == (same["start"], same["end"])
    back = await reading.again(PO)
    assert (back["anchor"], words_of(back)) == ("SAME", PO)
