"""Web searches at the wire: what is asked, what is made of answers, and every way in which a provider can fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

import pytest
from structlog.testing import capture_logs

from adapters.embedded.folders import free_port
from adapters.searxng import SearxngWebSearch
from adapters.tavily import TavilyWebSearch
from application.chat import WebPage
from domain.shared import RateLimited, Unavailable
from tests.wire.search_server import Answer, SearchServer

KEY = "tvly-hidden-0123456789"
PO = {"url": "https://example.org/po", "title": "Il Po", "content": "Il fiume più lungo d'Italia.", "score": 0.9}

Searcher: TypeAlias = TavilyWebSearch | SearxngWebSearch
MAKERS: dict[str, Callable[[str, float], Searcher]] = {
    "tavily": lambda url, deadline: TavilyWebSearch(KEY, server_url=url, deadline=deadline),
    "searxng": lambda url, deadline: SearxngWebSearch(f"{url}/", deadline=deadline),
}


@pytest.fixture
def server() -> Iterator[SearchServer]:
    with SearchServer() as running:
        running.answer = Answer(body={"results": [PO]})
        yield running


@pytest.fixture(params=sorted(MAKERS))
async def search(request: pytest.FixtureRequest, server: SearchServer) -> AsyncIterator[Searcher]:
    searcher = MAKERS[request.param](server.url, 5.0)
    yield searcher
    await searcher.aclose()


async def refused(searcher: Searcher, kind: type[Exception] = Unavailable) -> tuple[Any, str]:
    """The error, and what the log says; neither tells the key."""
    with capture_logs() as logs, pytest.raises(kind) as failure:
        await searcher.search(query="il Po", limit=5)
    error: Any = failure.value
    assert KEY not in f"{logs}{error}{error.data}"
    assert error.__cause__ is None
    return error, " ".join(str(log["reason"]) for log in logs)


async def test_tavily_is_asked_for_its_cheapest_search(server: SearchServer) -> None:
    searcher = TavilyWebSearch(KEY, server_url=server.url)
    await searcher.search(query="x" * 500, limit=50)
    await searcher.aclose()
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.headers["authorization"]) == ("POST", "/search", f"Bearer {KEY}")
    assert asked.body == {"query": "x" * 400, "search_depth": "basic", "max_results": 20}


async def test_searxng_is_asked_for_json(server: SearchServer) -> None:
    searcher = SearxngWebSearch(server.url)
    await searcher.search(query="città & «Po»?", limit=5)
    await searcher.aclose()
    (asked,) = server.asked
    path = urlsplit(asked.path)
    assert (asked.method, path.path) == ("GET", "/search")
    assert parse_qs(path.query) == {
        "q": ["città & «Po»?"],
        "format": ["json"],
        "categories": ["general"],
        "safesearch": ["1"],
    }


async def test_pages_come_as_they_were_found(search: Searcher) -> None:
    assert await search.search(query="il Po", limit=5) == (
        WebPage(url=PO["url"], title=PO["title"], snippet=PO["content"]),  # type: ignore[arg-type]
    )


async def test_nothing_found_is_nothing(search: Searcher, server: SearchServer) -> None:
    server.answer = Answer(body={"results": []})
    assert await search.search(query="il Po", limit=5) == ()


async def test_pages_are_trimmed_and_what_is_none_is_left_out(search: Searcher, server: SearchServer) -> None:
    hostile: list[Any] = [
        {"url": "javascript:alert(1)", "title": "x"},
        {"url": "file:///etc/passwd"},
        {"url": None},
        {"url": 5, "title": "x"},
        {"url": f"https://example.org/{'x' * 3_000}"},
        "a string",
        None,
        {"url": "https://example.org/1", "title": "a\n\x00b\ud800 " * 500, "content": "parole " * 100_000},
        {"url": "https://example.org/1", "title": "again"},
        {"url": "https://example.org/2", "title": None, "content": ["x"], "publishedDate": {}},
        *({"url": f"https://example.org/{number}", "title": "x"} for number in range(3, 50)),
    ]
    server.answer = Answer(body={"results": hostile})
    pages = await search.search(query="il Po", limit=5)
    assert [page.url for page in pages] == [f"https://example.org/{number}" for number in range(1, 6)]
    assert (len(pages[0].title), len(pages[0].snippet)) == (200, 1_000)
    assert "\x00" not in pages[0].title
    assert (pages[1].title, pages[1].snippet, pages[1].published) == ("https://example.org/2", "", None)


async def test_too_many_requests_say_when_to_come_back(search: Searcher, server: SearchServer) -> None:
    server.answer = Answer(status=429, body={"detail": {"error": KEY}}, headers={"retry-after": "7"})
    error, _ = await refused(search, RateLimited)
    assert error.data == {"retry_after": 7.0}


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 432, 433, 500, 503])
async def test_a_refusal_is_no_finding(search: Searcher, server: SearchServer, status: int) -> None:
    server.answer = Answer(status=status, body={"detail": {"error": KEY}}, headers={"location": "http://127.0.0.1:1/"})
    error, reason = await refused(search)
    assert error.message == "The web cannot be searched at the moment."
    assert f"status {status}" in reason
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer(raw=b"<html>"),
        Answer(raw=b""),
        Answer(raw=b"\xff\xfe"),
        Answer(raw=b"[" * 100_000),
        Answer(body=[]),
        Answer(body={"results": None}),
        Answer(body={"results": {"url": "https://example.org"}}),
        Answer(body={"results": [PO]}, cut=True),
        Answer(raw=b"x" * 2_100_000),
    ],
    ids=lambda answer: str(answer.raw or answer.body)[:12],
)
async def test_an_answer_that_is_none_is_no_finding(search: Searcher, server: SearchServer, answer: Answer) -> None:
    server.answer = answer
    await refused(search)
    assert len(server.asked) == 1


async def test_engines_that_do_not_answer_are_no_finding(server: SearchServer) -> None:
    server.answer = Answer(body={"results": [], "unresponsive_engines": [["duckduckgo", "CAPTCHA"]]})
    searcher = SearxngWebSearch(server.url)
    _, reason = await refused(searcher)
    await searcher.aclose()
    assert "engines" in reason


@pytest.mark.parametrize("provider", sorted(MAKERS))
async def test_a_provider_that_hangs_is_given_up_in_time(provider: str, server: SearchServer) -> None:
    server.answer = Answer(hang=True)
    searcher = MAKERS[provider](server.url, 0.1)
    async with asyncio.timeout(5):
        _, reason = await refused(searcher)
    await searcher.aclose()
    assert "0.1 seconds" in reason


@pytest.mark.parametrize("provider", sorted(MAKERS))
async def test_a_provider_that_is_not_there_is_unavailable(provider: str) -> None:
    searcher = MAKERS[provider](f"http://127.0.0.1:{free_port()}", 5.0)
    _, reason = await refused(searcher)
    await searcher.aclose()
    assert "cannot be reached" in reason


@pytest.mark.parametrize("provider", sorted(MAKERS))
def test_each_event_loop_has_its_own_connection(provider: str, server: SearchServer) -> None:
    searcher = MAKERS[provider](server.url, 5.0)

    async def once() -> None:
        assert await searcher.search(query="il Po", limit=5)
        await searcher.aclose()

    for _ in range(2):
        asyncio.run(once())
