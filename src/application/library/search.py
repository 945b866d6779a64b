"""Find the passages of the user's own sources that answer a question, by words and by meaning."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from application.library.limits import checked_metadata
from application.library.ports import ChunkIndex, Embedder, Scope
from domain.library import Coverage, Hit, Metric, Scored, SearchMode, Weights, coverage_of, fuse, storable
from domain.shared import InvalidInput, RateLimited, Unavailable, UserId

QUERY_LIMIT = 2_000
LARGEST_LIMIT = 100
_LEAST_DEPTH = 50
"""Each leg finds at least so many, however few are wanted: the best fused hit may be no leg's best."""
_LARGEST_SCOPE = 1_000

_NO_EMBEDDER = "The embedding provider is not available at the moment: the search went by words alone."
_NO_VECTORS = "No chunk in scope has its vector yet: the search went by words alone."


class UnsuitableQuery(InvalidInput):
    """A query is 1 to 2,000 characters that are not all spaces."""

    def __init__(self, actual: int) -> None:
        super().__init__(f"A query has 1 to {QUERY_LIMIT} characters.", field="query", limit=QUERY_LIMIT, actual=actual)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """Hits, best first, and how much of what is in scope was seen."""

    hits: tuple[Hit, ...]
    coverage: Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Words are always searched; meaning too, unless the embedder cannot answer within `patience` seconds.

    `weights` belong to the embedder: what each leg counts for, as measured with it.
    """

    index: ChunkIndex
    embedder: Embedder
    weights: Weights
    patience: float = 5.0

    async def __call__(
        self,
        *,
        owner: UserId,
        query: str,
        limit: int = 5,
        mode: SearchMode = SearchMode.HYBRID,
        metric: Metric = Metric.COSINE,
        threshold: float | None = None,
        scope: Scope | None = None,
    ) -> SearchResult:
        """Up to `limit` hits (1 to 100). Costs no credits.

        Errors: InvalidInput (query, limit, threshold, metadata), NotYours and NoSuch for a source or document in scope,
        Unavailable when the index is down. An embedder that is down is no error: `coverage.degraded` says so.
        """
        scope = scope or Scope()
        query = _checked(query, limit=limit, scope=scope)
        metric.check(threshold)
        # Before the index opens its transaction: no call to a provider is made inside one.
        vector = None if mode is SearchMode.LEXICAL else await self._vector(query)
        found = await self.index.candidates(
            owner=owner,
            query=query,
            vector=vector,
            model=self.embedder.model,
            scope=scope,
            depth=max(_LEAST_DEPTH, limit),
        )
        degraded, embedded = None, found.embedded_chunks
        if mode is not SearchMode.LEXICAL and found.chunks_in_scope:
            if vector is None:
                degraded, embedded = _NO_EMBEDDER, 0
            elif not embedded:
                degraded = _NO_VECTORS
        hits = fuse(
            [
                Scored(
                    chunk=item.chunk,
                    language=item.language,
                    lexical_score=item.lexical_score,
                    similarity=item.similarity,
                )
                for item in found.items
            ],
            weights=self.weights,
            # Better an answer by words, which says that it is one, than none.
            mode=SearchMode.LEXICAL if degraded else mode,
            metric=metric,
            threshold=threshold,
        )
        return SearchResult(
            hits=hits[:limit],
            coverage=coverage_of(
                chunks=found.chunks_in_scope, lexical=found.lexical_chunks, embedded=embedded, degraded=degraded
            ),
        )

    async def _vector(self, query: str) -> list[float] | None:
        try:
            async with asyncio.timeout(self.patience):
                (vector,) = await self.embedder.embed([query])
        except (RateLimited, Unavailable, TimeoutError):
            return None
        return vector


def _checked(query: str, *, limit: int, scope: Scope) -> str:
    """The query without the spaces around it. Errors: InvalidInput."""
    cleaned = storable(query).strip()
    if not 1 <= len(cleaned) <= QUERY_LIMIT:
        raise UnsuitableQuery(len(cleaned))
    if not 1 <= limit <= LARGEST_LIMIT:
        raise InvalidInput(
            f"`limit` is between 1 and {LARGEST_LIMIT}.", field="limit", limit=LARGEST_LIMIT, actual=limit
        )
    if scope.source_ids is not None and len(scope.source_ids) > _LARGEST_SCOPE:
        raise InvalidInput(
            f"A search names at most {_LARGEST_SCOPE} sources.",
            field="sourceIds",
            limit=_LARGEST_SCOPE,
            actual=len(scope.source_ids),
        )
    if scope.metadata is not None:
        checked_metadata(scope.metadata)
    return cleaned
