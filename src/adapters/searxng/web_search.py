"""Web searches by a SearXNG server. It gives JSON only where its settings allow that (`search.formats`)."""

from __future__ import annotations

from typing import Final

from adapters.system import utc_now
from adapters.web_search_line import WebSearchLine, pages_of
from application.chat.ports import WebPage, WebSearch
from application.shared import Clock

_QUERY_LIMIT = 400
_HINTS: Final = {403: "it gives no JSON: add json to search.formats in its settings.yml"}


class SearxngWebSearch(WebSearch):
    """The first page of its general results. `deadline` is in seconds: it waits for other engines itself."""

    def __init__(self, server_url: str, *, deadline: float = 15.0, clock: Clock = utc_now) -> None:
        self._url = f"{server_url.rstrip('/')}/search"
        self._line = WebSearchLine("SearXNG", deadline=deadline, hints=_HINTS, clock=clock)

    @property
    def name(self) -> str:
        return "searxng"

    async def search(self, *, query: str, limit: int) -> tuple[WebPage, ...]:
        asked = {"q": query[:_QUERY_LIMIT], "format": "json", "categories": "general", "safesearch": "1"}
        answer = await self._line.ask("GET", self._url, params=asked)
        results = answer.get("results")
        if not isinstance(results, list):
            raise self._line.unavailable("its answer is not of the agreed form")
        if not results and answer.get("unresponsive_engines"):
            # That nothing was found is a finding only where somebody looked.
            raise self._line.unavailable("none of its engines answers")
        found = (result for result in results if isinstance(result, dict))
        return pages_of(
            ((one.get("url"), one.get("title"), one.get("content"), one.get("publishedDate")) for one in found),
            limit=limit,
        )

    async def aclose(self) -> None:
        """Close what the running event loop opened."""
        await self._line.aclose()
