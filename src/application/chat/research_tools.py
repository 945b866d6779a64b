"""Tools that find something: in the owner's sources, and on the web."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from application.chat.metered_search import MeteredWebSearch
from application.chat.ports import FindPassages, ToolOffer
from application.chat.tools import Done, Errand, Tool
from application.library.ports import Scope
from domain.shared import InvalidInput, SourceId

_PASSAGES_LIMIT, _PAGES_LIMIT, _SOURCES_LIMIT = 12, 10, 100


class OutsideTheQuestion(InvalidInput):
    """A source that the question is not asked of."""

    def __init__(self) -> None:
        super().__init__("The question is asked of certain sources, and this is none of them.", field="sourceIds")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySources(Tool):
    """Search the sources that the question is asked of. Costs nothing but what the model reads."""

    find_passages: FindPassages

    @property
    def offer(self) -> ToolOffer:
        return ToolOffer(
            name="querySources",
            description=(
                "Search the user's own sources, by words and by meaning. The passages found are numbered: cite them as "
                "[n], as you cite those that you were given."
            ),
            parameters={
                "type": "object",
                "properties": {
                    "query": {
                        "type": "string",
                        "description": "What to look for, in the language of the sources.",
                        "minLength": 1,
                        "maxLength": 2_000,
                    },
                    "limit": {
                        "type": "integer",
                        "description": "Passages at most.",
                        "minimum": 1,
                        "maximum": _PASSAGES_LIMIT,
                    },
                    "sourceIds": {
                        "type": "array",
                        "description": "Look in these sources alone.",
                        "items": {"type": "string", "format": "uuid"},
                        "maxItems": _SOURCES_LIMIT,
                    },
                },
                "required": ["query"],
                "additionalProperties": False,
            },
        )

    async def __call__(self, errand: Errand, arguments: Mapping[str, Any], /) -> Done:
        """Errors: NoSuch, NotYours (a source), OutsideTheQuestion, Unavailable."""
        passages = await self.find_passages(
            owner=errand.owner,
            query=arguments["query"],
            limit=arguments.get("limit", errand.passages),
            scope=_narrowed(errand.scope, arguments.get("sourceIds")),
        )
        count = len(passages)
        summary = f"{count} passage{'' if count == 1 else 's'} found."
        return Done(summary=summary, told={"found": count}, passages=passages)


def _narrowed(scope: Scope, wanted: Sequence[str] | None) -> Scope:
    """Never wider than what the question is asked of."""
    if not wanted:
        return scope
    ids = tuple(dict.fromkeys(SourceId(UUID(id)) for id in wanted))
    if scope.source_ids is not None and not set(ids) <= set(scope.source_ids):
        raise OutsideTheQuestion
    return replace(scope, source_ids=ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTheWeb(Tool):
    """Search the web, for one credit. Offered only where a provider is configured."""

    search: MeteredWebSearch

    @property
    def offer(self) -> ToolOffer:
        return ToolOffer(
            name="webSearch",
            description=(
                "Search the web; each search costs the user one credit. What is found cannot be cited as [n]: name its "
                "address, or bring the page in with addSource."
            ),
            parameters={
                "type": "object",
                "properties": {
                    "query": {"type": "string", "description": "What to look for.", "minLength": 1, "maxLength": 400},
                    "limit": {
                        "type": "integer",
                        "description": "Pages at most; 5 when absent.",
                        "minimum": 1,
                        "maximum": _PAGES_LIMIT,
                    },
                },
                "required": ["query"],
                "additionalProperties": False,
            },
        )

    async def __call__(self, errand: Errand, arguments: Mapping[str, Any], /) -> Done:
        """Errors: InsufficientCredits, Unavailable, RateLimited."""
        pages = await self.search(owner=errand.owner, query=arguments["query"].strip(), limit=arguments.get("limit", 5))
        found = [
            {"url": page.url, "title": page.title, "snippet": page.snippet, "published": page.published}
            for page in pages
        ]
        count = len(found)
        return Done(
            summary=f"{count} page{'' if count == 1 else 's'} found.", told={"found": count}, quoted={"pages": found}
        )
