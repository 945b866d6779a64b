"""Find the passages of the user's own sources that answer a question, by words and by meaning."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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


class Changing:
    """Whose questions another model than the present one answered, lately and in this process: no more than a hint."""

    def __init__(self, *, most: int = 10_000) -> None:
        self._owners: dict[UserId, None] = {}
        self._most = most

    def __contains__(self, owner: object) -> bool:
        return owner in self._owners

    def note(self, owner: UserId, is_changing: bool) -> None:
        """Of too many, who came first is forgotten."""
        self._owners.pop(owner, None)
        if is_changing:
            self._owners[owner] = None
            if len(self._owners) > self._most:
                del self._owners[next(iter(self._owners))]


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
    changing: Changing = field(default_factory=Changing)

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
        unread = found.unread_sources
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
                chunks=found.chunks_in_scope,
                lexical=found.lexical_chunks,
                embedded=embedded,
                degraded=degraded or (_not_read(unread) if unread else None),
                unread=unread,
            ),
        )

    async def _found(
        self, owner: UserId, query: str, mode: SearchMode, scope: Scope, *, depth: int
    ) -> tuple[_Question, Candidates]:
        """In one round trip, where the present model has been through all chunks in scope: no other knows more of them.

        Else whoever has been through most is asked. Where that was another, `reach` goes first the next time, and the
        present one does not embed in vain.
        """
        question = _Question(answering=self._present)
        if mode is SearchMode.LEXICAL:
            return question, await self._compared(owner, query, question, scope, depth)
        deadline = asyncio.get_running_loop().time() + self.patience
        found: Candidates | None = None
        if self.former is None or owner not in self.changing:
            question = await self._question(query, [self._present], {}, deadline)
            found = await self._compared(owner, query, question, scope, depth)
            if self.former is None or (question.vector is not None and found.is_settled):
                return question, found
        for choices_left in reversed(range(_CHOICES)):
            reach = await self.index.reach(owner=owner, scope=scope)
            choices = self._choices(reach)
            self.changing.note(owner, choices[0].embedder.model != self.embedder.model)
            best = await self._question(query, choices, reach, deadline, known=question if found else None)
            if found is not None and best is question:
                break
            question, found = best, await self._compared(owner, query, best, scope, depth)
            if not choices_left or question.vector is None or found.embedded_chunks >= question.expected:
                break
        assert found is not None, "the last choice stands"
        return question, found

    async def _compared(self, owner: UserId, query: str, question: _Question, scope: Scope, depth: int) -> Candidates:
        """After the question was embedded: no call to a provider is made while the index has a transaction open."""
        return await self.index.candidates(
            owner=owner,
            query=query,
            vector=question.vector,
            model=question.answering.embedder.model,
            scope=scope,
            depth=depth,
        )

    async def _question(
        self,
        query: str,
        choices: Sequence[WeighedEmbedder],
        reach: Mapping[str, Reach],
        deadline: float,
        *,
        known: _Question | None = None,
    ) -> _Question:
        """With the vector of the first choice that can answer, in time; what is known already is not asked again."""
        trouble = _NO_EMBEDDER if known is None or not known.trouble else known.trouble
        try:
            async with asyncio.timeout_at(deadline):
                for choice in choices:
                    if known is not None and choice.embedder.model == known.answering.embedder.model:
                        if known.vector is not None:
                            return known
                        continue
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
        return known or _Question(answering=self._present, trouble=trouble)

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


def _not_read(sources: int) -> str:
    what = "1 of the named sources has" if sources == 1 else f"{sources} of the named sources have"
    return f"{what} no text yet: still being read, or not readable."


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
