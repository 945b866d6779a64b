"""Fetching from a web on this machine, as the guarded fetcher does it."""

from __future__ import annotations

import pytest

from adapters.web import GuardedPageFetcher
from application.library import FetchedPage
from domain.library import UnreadableSource
from domain.shared import Unavailable
from tests.wire.page_server import Web

PAGE = "http://fiumi.example/po"
LIMIT = 100_000


def fetcher(here: Web, *, seconds: float = 5.0) -> GuardedPageFetcher:
    return GuardedPageFetcher(
        user_agent="Studiolo/1 (+https://studiolo.example)",
        max_bytes=LIMIT,
        seconds=seconds,
        network=here.network,
        tls=here.tls,
    )


async def fetch(here: Web, url: str = PAGE, *, seconds: float = 5.0) -> tuple[FetchedPage, bytes]:
    async with fetcher(here, seconds=seconds).fetch(url) as page:
        return page, page.file.read_bytes()


async def refusal(here: Web, url: str = PAGE, *, seconds: float = 5.0) -> str:
    """The sentence with which it is refused for good."""
    with pytest.raises(UnreadableSource) as refused:
        await fetch(here, url, seconds=seconds)
    return refused.value.message


async def putting_off(here: Web, url: str = PAGE, *, seconds: float = 5.0) -> Unavailable:
    """The error that says to try again."""
    with pytest.raises(Unavailable) as later:
        await fetch(here, url, seconds=seconds)
    return later.value
