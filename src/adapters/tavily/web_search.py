"""Web searches by Tavily, over its plain HTTPS interface."""

from __future__ import annotations

from typing import Final

from adapters.system import utc_now
from adapters.web_search_line import WebSearchLine, pages_of
from application.chat.ports import WebPage, WebSearch
from application.shared import Clock

SERVER = "https://api.tavily.com"
_QUERY_LIMIT, _MOST_RESULTS = 400, 20
_HINTS: Final = {
    401: "correct TAVILY_API_KEY",
    403: "correct TAVILY_API_KEY",
    432: "the limit of its plan is reached",
    433: "the limit of what may be paid is reached",
}


class TavilyWebSearch(WebSearch):
    """One request a search, of the cheapest depth: one of Tavily's credits. `deadline` is in seconds."""

    def __init__(
        self, api_key: str, *, server_url: str = SERVER, deadline: float = 15.0, clock: Clock = utc_now
    ) -> None:
        self._url = f"{server_url.rstrip('/')}/search"
        headers = {"authorization": f"Bearer {api_key}"}
        self._line = WebSearchLine("Tavily", deadline=deadline, headers=headers, hints=_HINTS, clock=clock)

    @property
    def name(self) -> str:
        return "tavily"

    async def search(self, *, query: str, limit: int) -> tuple[WebPage, ...]:
        asked = {"query": query[:_QUERY_LIMIT], "search_depth": "basic", "max_results": min(limit, _MOST_RESULTS)}
        answer = await self._line.ask("POST", self._url, json=asked)
        results = answer.get("results")
        if not isinstance(results, list):
            raise self._line.unavailable("its answer is not of the agreed form")
        found = (result for result in results if isinstance(result, dict))
        return pages_of(
            ((one.get("url"), one.get("title"), one.get("content"), one.get("published_date")) for one in found),
            limit=limit,
        )

    async def aclose(self) -> None:
        """Close what the running event loop opened."""
        await self._line.aclose()
