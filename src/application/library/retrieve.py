"""What the user's sources say on a subject, as passages that other contexts can quote."""

from __future__ import annotations

from dataclasses import dataclass

from application.library.ports import Scope
from application.library.search import LARGEST_LIMIT, QUERY_LIMIT, Search
from domain.shared import Passage, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieve:
    """A search whose question was not written as one: a chat message, a topic, a student's answer.

    It never fails for being too long or empty: of a long text the beginning is asked for, an empty one finds nothing.
    """

    search: Search

    async def __call__(
        self, *, owner: UserId, query: str, limit: int = 8, scope: Scope | None = None
    ) -> tuple[Passage, ...]:
        """Up to `limit` passages, best first. Errors: NotYours, NoSuch (scope), Unavailable."""
        subject = _beginning(query.strip())
        if not subject:
            return ()
        found = await self.search(owner=owner, query=subject, limit=max(1, min(limit, LARGEST_LIMIT)), scope=scope)
        return tuple(hit.chunk.as_passage(language=hit.language) for hit in found.hits)


def _beginning(text: str) -> str:
    """The first whole words that fit into a query."""
    if len(text) <= QUERY_LIMIT:
        return text
    cut = text[:QUERY_LIMIT]
    return cut.rsplit(maxsplit=1)[0] if any(map(str.isspace, cut)) else cut
