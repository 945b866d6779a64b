"""Searching the viewer's own sources."""

from __future__ import annotations

from typing import Annotated, Self, cast

import strawberry

from application import library as use_cases
from application.library import Scope
from domain import library
from domain.shared import DocumentId, InvalidInput, SourceId
from entrypoints.graphql.context import Info
from entrypoints.graphql.fields import resolver
from entrypoints.graphql.ids import key_of, keys_of
from entrypoints.graphql.library import Chunk
from entrypoints.graphql.parts import Part
from entrypoints.graphql.scalars import JSON, described_enum, or_none

SearchMode = described_enum(
    library.SearchMode,
    description="What decides the order of the hits.",
    values={
        "HYBRID": "Words and meaning together.",
        "LEXICAL": "Words alone: BM25 in each source's own language.",
        "SEMANTIC": "Meaning alone: how near the vectors are.",
    },
)
Metric = described_enum(
    library.Metric,
    description="How the similarity of two vectors is expressed.",
    values={
        "COSINE": "From -1 to 1, the larger the nearer.",
        "L2": "A distance from 0 to 2, the smaller the nearer.",
        "INNER_PRODUCT": "As COSINE: vectors have unit length.",
    },
)


@strawberry.input(description="What to look for, and where. What is left out does not restrict.")
class SearchInput:
    query: str = strawberry.field(description="A question or some words, 1 to 2,000 characters.")
    limit: int = strawberry.field(default=5, description="At most so many hits, 1 to 100.")
    mode: library.SearchMode = strawberry.field(
        default=library.SearchMode.HYBRID, description="What decides the order."
    )
    metric: library.Metric = strawberry.field(
        default=library.Metric.COSINE, description="The scale of `similarity` and `threshold`."
    )
    threshold: float | None = strawberry.field(
        default=strawberry.UNSET,
        description="Least similarity of the dense leg, on the metric's own scale (with L2 the largest distance). "
        "In HYBRID mode a chunk whose words match stays.",
    )
    source_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Only in these sources."
    )
    document_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Only in the sources attached to this document."
    )
    metadata: JSON | None = strawberry.field(
        default=strawberry.UNSET, description="Matched by containment against source metadata: an object."
    )


@strawberry.type(
    description="What share of the chunks in scope each leg could see, 0 to 1, "
    "and why the dense leg is missing if it is."
)
class SearchCoverage:
    lexical: float = strawberry.field(description="Seen by the words.")
    semantic: float = strawberry.field(description="Seen by the vectors: grows while a source is being embedded.")
    degraded: str | None = strawberry.field(description="Why the hits were found by words alone, if they were.")

    @classmethod
    def of(cls, coverage: library.Coverage) -> Self:
        return cls(lexical=coverage.lexical, semantic=coverage.semantic, degraded=coverage.degraded)


@strawberry.type(description="A chunk that was found, with what explains its place.")
class SearchHit:
    chunk: Chunk = strawberry.field(description="What was found.")
    score: float = strawberry.field(description="Orders the hits of one search, at most 1; means nothing beyond it.")
    similarity: float | None = strawberry.field(
        description="Of the vectors, on the metric's own scale; null where there is none yet."
    )
    semantic_rank: int | None = strawberry.field(description="Place by similarity, from 1; null if not found by it.")
    lexical_rank: int | None = strawberry.field(description="Place by words, from 1; null where no word matched.")
    lexical_score: float | None = strawberry.field(description="BM25; null where no word matched.")

    @classmethod
    def of(cls, hit: library.Hit) -> Self:
        return cls(
            chunk=Chunk.of(hit.chunk),
            score=hit.score,
            similarity=hit.similarity,
            semantic_rank=hit.semantic_rank,
            lexical_rank=hit.lexical_rank,
            lexical_score=hit.lexical_score,
        )


@strawberry.type(description="What a search found.")
class SearchResult:
    hits: list[SearchHit] = strawberry.field(description="Best first.")
    coverage: SearchCoverage = strawberry.field(description="How much of what is in scope was seen.")

    @classmethod
    def of(cls, result: use_cases.SearchResult) -> Self:
        return cls(hits=[SearchHit.of(hit) for hit in result.hits], coverage=SearchCoverage.of(result.coverage))


@strawberry.type
class Query:
    @resolver("Hybrid retrieval over the viewer's own sources. Costs no credits.")
    async def search(
        self,
        info: Info,
        given: Annotated[SearchInput, strawberry.argument(name="input", description="What to look for, and where.")],
    ) -> SearchResult:
        found = await info.context.app.library.search(
            owner=info.context.owner,
            query=given.query,
            limit=given.limit,
            mode=given.mode,
            metric=given.metric,
            threshold=or_none(given.threshold),
            scope=_scope(given),
        )
        return SearchResult.of(found)


def _scope(given: SearchInput) -> Scope:
    sources = keys_of("Source", or_none(given.source_ids), field="sourceIds")
    document, metadata = or_none(given.document_id), or_none(given.metadata)
    if metadata is not None and not isinstance(metadata, dict):
        raise InvalidInput("A metadata filter is an object.", field="metadata")
    return Scope(
        source_ids=None if sources is None else tuple(SourceId(key) for key in sources),
        document_id=None if document is None else DocumentId(key_of("Document", document, field="documentId")),
        metadata=cast("dict[str, object] | None", metadata),
    )


PART = Part(query=Query)
