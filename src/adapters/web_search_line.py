"""What all providers of web searches have in common: a line that carries JSON, failures to translate, pages to trim."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

import httpx2
import structlog

from adapters.provider_answers import pause_in
from adapters.system import utc_now
from application.chat.ports import WebPage
from application.shared import Clock
from domain.library import storable
from domain.shared import RateLimited, StudioloError, Unavailable

_LARGEST_ANSWER: Final = 2_000_000
_URL_LIMIT, _TITLE_LIMIT, _SNIPPET_LIMIT, _DATE_LIMIT = 2_000, 200, 1_000, 40

_log: structlog.stdlib.BoundLogger = structlog.get_logger("studiolo.web_search")


class SearchUnavailable(Unavailable):
    """The web cannot be searched now. Why is for the log: it is nothing that a student could change."""

    def __init__(self, **data: float) -> None:
        super().__init__("The web cannot be searched at the moment.", **data)


class WebSearchLine:
    """Requests to one provider, each within `deadline` seconds and sent once: nobody pays for a search twice.

    It may be used from several event loops; each has a connection of its own, which `aclose` closes. `hints` say of a
    status what whoever runs the service can do.
    """

    def __init__(
        self,
        provider: str,
        *,
        deadline: float,
        headers: Mapping[str, str] | None = None,
        hints: Mapping[int, str] | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._provider = provider
        self._deadline = deadline
        self._headers = dict(headers or {})
        self._hints = dict(hints or {})
        self._clock = clock
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx2.AsyncClient] = WeakKeyDictionary()

    async def ask(self, method: str, url: str, **request: Any) -> Mapping[str, Any]:
        """The object in the answer. Errors: SearchUnavailable, RateLimited."""
        try:
            async with asyncio.timeout(self._deadline):
                status, headers, body = await self._answer(method, url, request)
        except (TimeoutError, httpx2.TimeoutException):
            raise self.unavailable(f"no answer within {self._deadline:g} seconds") from None
        except httpx2.HTTPError as error:
            # Only its kind: what it says may repeat the address.
            raise self.unavailable(f"it cannot be reached ({type(error).__name__})") from None
        except (ValueError, httpx2.InvalidURL):
            raise self.unavailable("its key or its address has characters that cannot be sent") from None
        if status != 200:
            raise self._failure(status, headers)
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            raise self.unavailable("its answer cannot be read") from None
        if not isinstance(answer, dict):
            raise self.unavailable("its answer is not of the agreed form")
        return answer

    def unavailable(self, reason: str, **data: float) -> SearchUnavailable:
        """The error, the reason for which goes to the log."""
        _log.warning("no web search", provider=self._provider, reason=reason)
        return SearchUnavailable(**data)

    async def aclose(self) -> None:
        """Close what the running event loop opened."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    async def _answer(self, method: str, url: str, request: Mapping[str, Any]) -> tuple[int, Mapping[str, str], bytes]:
        body = bytearray()
        async with self._client().stream(method, url, follow_redirects=False, **request) as response:
            async for part in response.aiter_bytes():
                body += part
                if len(body) > _LARGEST_ANSWER:
                    raise self.unavailable("its answer is too large")
        return response.status_code, response.headers, bytes(body)

    def _client(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            client = self._clients[loop] = httpx2.AsyncClient(headers=self._headers, timeout=self._deadline)
        return client

    def _failure(self, status: int, headers: Mapping[str, str]) -> StudioloError:
        """What an answer other than 200 stands for. Not a word of it: some repeat the key."""
        pause = pause_in(headers, now=self._clock())
        after = {} if pause is None else {"retry_after": pause}
        if status == 429:
            _log.warning("no web search", provider=self._provider, reason="too many requests")
            return RateLimited("The web search takes no more requests for the moment.", **after)
        hint = self._hints.get(status, "")
        return self.unavailable(f"status {status}{hint and f': {hint}'}", **after)


def pages_of(found: Iterable[tuple[Any, Any, Any, Any]], *, limit: int) -> tuple[WebPage, ...]:
    """The first few of (address, title, snippet, date), each address once, trimmed; what is no page is left out."""
    pages: dict[str, WebPage] = {}
    for url, title, snippet, published in found:
        address = _trimmed(url, _URL_LIMIT + 1)
        if len(pages) < limit and address.startswith(("http://", "https://")) and len(address) <= _URL_LIMIT:
            page = WebPage(
                url=address,
                title=_trimmed(title, _TITLE_LIMIT) or address[:_TITLE_LIMIT],
                snippet=_trimmed(snippet, _SNIPPET_LIMIT),
                published=_trimmed(published, _DATE_LIMIT) or None,
            )
            pages.setdefault(address, page)
    return tuple(pages.values())


def _trimmed(text: Any, limit: int) -> str:
    """On one line, and not too long; nothing of what is no text."""
    if not isinstance(text, str):
        return ""
    line = " ".join(storable(text[: 4 * limit]).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
