"""Fetching a page: within limits of size and time, from the public web only, under our own name."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urljoin

import httpx2

from adapters.web.answers import GONE, GOOD, MEDIA_TYPES, charset, media_type, refusal
from adapters.web.failures import in_words
from adapters.web.network import GuardedNetwork, NoSuchHost
from adapters.web.transport import GuardedTransport
from application.library.ports import FetchedPage, PageFetcher
from domain.library import UnreadableSource, web_address
from domain.shared import InvalidInput, StudioloError

_REDIRECTS = 5
_PIECE = 64 * 1024
_STEP_SECONDS = 15.0
"""For one step of the exchange (connecting, a read); the deadline is for all of them together."""

_CODINGS = ("gzip", "deflate")
_HEADERS = {
    "accept": ", ".join((*MEDIA_TYPES[:-1], "*/*;q=0.1")),
    "accept-encoding": ", ".join(_CODINGS),
    "accept-language": "it, en;q=0.8, *;q=0.5",
}


class GuardedPageFetcher(PageFetcher):
    """`max_bytes` counts what the answer holds when it is unpacked; `seconds` is for everything, redirects included."""

    def __init__(
        self,
        *,
        user_agent: str,
        max_bytes: int,
        seconds: float,
        network: GuardedNetwork | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._headers = {**_HEADERS, "user-agent": user_agent}
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._network = network or GuardedNetwork()
        self._tls = tls

    @asynccontextmanager
    async def fetch(self, url: str) -> AsyncIterator[FetchedPage]:
        with tempfile.TemporaryDirectory(prefix="studiolo-page-") as folder:
            try:
                async with self._found(url) as (address, answer):
                    page = await self._stored(address, answer, Path(folder) / "page")
            except InvalidInput as refused:
                raise UnreadableSource(refused.message) from refused
            yield page

    async def is_there(self, url: str) -> bool | None:
        try:
            async with self._found(url) as (_, answer):
                status = answer.status_code
        except NoSuchHost:
            return False
        except StudioloError:
            return None
        if status in GOOD:
            return True
        return False if status in GONE else None

    @asynccontextmanager
    async def _found(self, url: str) -> AsyncIterator[tuple[str, httpx2.Response]]:
        """The last answer of the redirects, its body not read yet, and where it came from.

        Errors: InvalidInput and UnreadableSource for an address that is not fetched, Unavailable.
        """
        client = httpx2.AsyncClient(
            transport=GuardedTransport(self._network, tls=self._tls or _trusted()),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx2.Timeout(min(_STEP_SECONDS, self._seconds)),
            headers=self._headers,
        )
        address = web_address(url)
        with in_words():
            async with asyncio.timeout(self._seconds), client:
                for _ in range(_REDIRECTS + 1):
                    async with client.stream("GET", address) as answer:
                        if not answer.has_redirect_location:
                            yield address, answer
                            return
                        address = _next_address(address, answer.headers["location"])
        raise UnreadableSource("This address leads from one to another without end.")

    async def _stored(self, address: str, answer: httpx2.Response, file: Path) -> FetchedPage:
        refused = refusal(answer)
        if refused is not None:
            raise refused
        type_, coding = media_type(answer), answer.headers.get("content-encoding", "identity").strip().lower()
        if coding not in {"identity", "", *_CODINGS}:
            # One that was not asked for would be stored packed; more than one is how small answers grow large.
            raise UnreadableSource("The site sends this page packed in a way that is not read.")
        declared = answer.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self._max_bytes:
            raise self._too_large()
        digest, size = hashlib.sha256(), 0
        with file.open("wb") as opened:  # a few pieces into the page cache: no reason to leave the loop
            async for piece in answer.aiter_bytes(_PIECE):
                size += len(piece)
                if size > self._max_bytes:
                    raise self._too_large()
                digest.update(piece)
                opened.write(piece)
        if size == 0:
            raise UnreadableSource("The page at this address is empty.")
        return FetchedPage(
            url=address,
            file=file,
            content_hash=digest.hexdigest(),
            size=size,
            media_type=type_,
            charset=charset(answer),
        )

    def _too_large(self) -> UnreadableSource:
        return UnreadableSource(f"The page at this address is larger than {self._max_bytes / 1e6:g} MB.")


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates of the system, read when the first page is fetched."""
    return httpx2.create_ssl_context(trust_env=False)


def _next_address(address: str, location: str) -> str:
    """Where a redirect leads, checked as if it had been given. Errors: UnreadableSource."""
    try:
        following = web_address(urljoin(address, location))
    except ValueError:
        raise UnreadableSource("The page leads on to an address that cannot be read.") from None
    except InvalidInput as refused:
        raise UnreadableSource(f"The page leads on to another address. {refused.message}") from refused
    if address.startswith("https:") and not following.startswith("https:"):
        raise UnreadableSource("The page leads from https back to http, which is not followed.")
    return following
