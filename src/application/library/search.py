"""Find the passages of the user's own sources that answer a question, by words and by meaning."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from application.library.limits import checked_metadata
from application.library.ports import (
    BatchTooLarge,
    Candidates,
    ChunkIndex,
    Embedder,
    FormerEmbedders,
    Reach,
    Scope,
    TextRefused,
    WeighedEmbedder,
)
from domain.library import Coverage, Hit, Metric, Scored, SearchMode, Weights, coverage_of, fuse, storable
from domain.shared import InvalidInput, RateLimited, Unavailable, UserId

QUERY_LIMIT = 2_000
LARGEST_LIMIT = 100
_LEAST_DEPTH = 50
"""Each leg finds at least so many, however few are wanted: the best fused hit may be no leg's best."""
_LARGEST_SCOPE = 1_000
_CHOICES = 3
"""How often a model is chosen anew, when the vectors of the chosen one were deleted between choice and search."""

_NO_EMBEDDER = "The embedding provider is not available at the moment: the search went by words alone."
_NO_BUDGET = "The limit of the embedding provider is reached for the moment: the search went by words alone."
_NO_VECTORS = "No chunk in scope has its vector yet: the search went by words alone."

_NOTHING = Reach()


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
class _Question:
    """A query's vector, whose it is, and how many vectors there are to compare it with; where there is none, why."""

    answering: WeighedEmbedder
    vector: list[float] | None = None
    expected: int = 0
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Words are always searched; meaning too, unless no embedder can answer within `patience` seconds.

    `weights` belong to the embedder: what each leg counts for, as measured with it. Vectors of one model only are
    compared in a search: the present one's where all chunks in scope have been through it, and else, after a change,
    those of the model that has most of them.
    """

    index: ChunkIndex
    embedder: Embedder
    weights: Weights
    former: FormerEmbedders | None = None
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
        question, found = await self._found(owner, query, mode, scope, depth=max(_LEAST_DEPTH, limit))
        degraded, embedded = None, found.embedded_chunks
        if mode is not SearchMode.LEXICAL and found.chunks_in_scope:
            if question.vector is None:
                degraded, embedded = question.trouble, 0
            elif found.degraded:
                degraded, embedded = found.degraded, 0
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
            weights=question.answering.weights,
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

    async def _found(
        self, owner: UserId, query: str, mode: SearchMode, scope: Scope, *, depth: int
    ) -> tuple[_Question, Candidates]:
        for choices_left in reversed(range(_CHOICES)):
            # Before the index opens its transaction: no call to a provider is made inside one.
            question = await self._question(query, owner, mode, scope)
            found = await self.index.candidates(
                owner=owner,
                query=query,
                vector=question.vector,
                model=question.answering.embedder.model,
                scope=scope,
                depth=depth,
            )
            if not choices_left or question.vector is None or found.embedded_chunks >= question.expected:
                return question, found
        raise AssertionError("the last choice stands")

    async def _question(self, query: str, owner: UserId, mode: SearchMode, scope: Scope) -> _Question:
        """With the vector of the best choice that can answer."""
        trouble = _NO_EMBEDDER
        if mode is SearchMode.LEXICAL:
            return _Question(answering=self._present)
        reach = {} if self.former is None else await self.index.reach(owner=owner, scope=scope)
        try:
            async with asyncio.timeout(self.patience):
                for choice in self._choices(reach):
                    try:
                        (vector,) = await choice.embedder.embed([query])
                    except RateLimited:
                        trouble = _NO_BUDGET
                        continue
                    except (Unavailable, BatchTooLarge, TextRefused):
                        continue
                    expected = reach.get(choice.embedder.model, _NOTHING).embedded
                    return _Question(answering=choice, vector=vector, expected=expected)
        except TimeoutError:
            pass
        return _Question(answering=self._present, trouble=trouble)

    def _choices(self, reach: Mapping[str, Reach]) -> list[WeighedEmbedder]:
        """Who has been through most of the chunks first; of two with as many, the present one."""
        own = self.embedder.model
        choices: list[WeighedEmbedder] = []
        for model in sorted({own, *reach}, key=lambda model: (-reach.get(model, _NOTHING).done, model != own, model)):
            if model == own:
                choices.append(self._present)
            elif self.former is not None and (former := self.former.of(model)) is not None:
                choices.append(former)
        return choices

    @property
    def _present(self) -> WeighedEmbedder:
        return WeighedEmbedder(embedder=self.embedder, weights=self.weights)


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
