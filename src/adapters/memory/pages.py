"""A web in memory: pages by address, changed and taken away at will."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from application.library.ports import FetchedPage, PageFetcher
from domain.library import UnreadableSource
from domain.shared import StudioloError


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What an address answers; `url` where it was found in the end, when that is another."""

    body: bytes
    media_type: str | None = "text/html"
    charset: str | None = "utf-8"
    url: str | None = None


class MemoryPageFetcher(PageFetcher):
    """Answers with what stands in `pages` under the address: a page, or the error that fetching it raises.

    `fetched` and `looked_for` list the addresses that were asked for, in order.
    """

    def __init__(self) -> None:
        self.pages: dict[str, Page | StudioloError] = {}
        self.fetched: list[str] = []
        self.looked_for: list[str] = []

    @asynccontextmanager
    async def fetch(self, url: str) -> AsyncIterator[FetchedPage]:
        self.fetched.append(url)
        page = self.pages.get(url, UnreadableSource("There is no page at this address. Check it."))
        if isinstance(page, StudioloError):
            raise page
        with tempfile.TemporaryDirectory(prefix="studiolo-page-") as folder:
            file = Path(folder) / "page"
            file.write_bytes(page.body)
            yield FetchedPage(
                url=page.url or url,
                file=file,
                content_hash=hashlib.sha256(page.body).hexdigest(),
                size=len(page.body),
                media_type=page.media_type,
                charset=page.charset,
            )

    async def is_there(self, url: str) -> bool | None:
        self.looked_for.append(url)
        page = self.pages.get(url)
        return None if isinstance(page, StudioloError) else page is not None
