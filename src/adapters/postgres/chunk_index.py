"""Hybrid search in PostgreSQL: both legs, and both exact scores of every candidate, in one statement.

Words: postings of the query's stems, the rarest first, add up to BM25 and find; a sparse inner product with the finer
grains orders. Vectors: an exact scan of the user's own where they are few, of their sign planes where they are many.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.lexical import query_terms
from adapters.postgres.chunk_index_statements import (
    Meaning,
    nearest_statement,
    reach_statement,
    search_statement,
    sources_statement,
)
from adapters.postgres.chunks import chunk_of
from adapters.postgres.engine import Transactions
from adapters.postgres.rows import AnyRow, refuse, refuse_unless_present
from adapters.postgres.sign_planes import sign_planes
from adapters.postgres.tables.sources import sources
from adapters.postgres.tables.writing import documents
from application.library.ports import Candidate, Candidates, ChunkIndex, Reach, Scope
from domain.shared import ChunkId, SourceId, UserId

_WIDTH = 200
"""So many chunks at least are rescored: the first stage knows stems only, and could leave a better one just outside."""

CANDIDATES = 1_200
"""So many of the nearest by sign planes are compared exactly. On topic recall@10 was 1 with 400 as well; off topic,
where vectors lie close, 400 gave .96, 800 .9875, 1,600 .9975."""

# A plan made for the values at hand reads all postings of a user whose rows came after the last ANALYZE: 17 to 47 ms
# instead of 0.8. Parallel workers only slow down scans of this size.
_PLAN = {"plan_cache_mode": "force_generic_plan", "max_parallel_workers_per_gather": "0", "work_mem": "32MB"}

VectorPath: TypeAlias = Literal["auto", "exact", "hnsw"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HnswSearch:
    """How far an HNSW index is walked, as pgvector names it."""

    ef_search: int = 200
    iterative_scan: Literal["off", "strict_order", "relaxed_order"] = "relaxed_order"
    max_scan_tuples: int = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorSearch:
    """Up to `crossover` vectors in scope are compared one by one, whatever the path; above it,

    auto: their sign planes are; exact: they still are; hnsw: the index is asked that an operator made (without one,
    they still are).
    """

    path: VectorPath = "auto"
    crossover: int = 5_000
    hnsw: HnswSearch = HnswSearch()


_MEANING = {"auto": Meaning.SIGN_PLANES, "exact": Meaning.EXACT, "hnsw": Meaning.APPROXIMATE_INDEX}


class PostgresChunkIndex(ChunkIndex):
    def __init__(self, transactions: Transactions, search: VectorSearch = VectorSearch()) -> None:
        self._transactions = transactions
        self._search = search

    async def reach(self, *, owner: UserId, scope: Scope) -> Mapping[str, Reach]:
        statement = reach_statement(**_given(scope))
        async with self._transactions.read(owner) as connection:
            rows = await connection.execute(statement, {"owner": owner, **_bound(scope)})
            return {row.model: Reach(embedded=int(row.embedded), refused=int(row.refused)) for row in rows}

    async def candidates(
        self, *, owner: UserId, query: str, vector: Sequence[float] | None, model: str, scope: Scope, depth: int
    ) -> Candidates:
        meaning = Meaning.NOT_SOUGHT if vector is None else _MEANING[self._search.path]
        parameters = self._parameters(owner, query, vector, model, scope, depth)
        return await self._found(owner, meaning, parameters, scope)

    async def candidates_with(
        self, *, owner: UserId, query: str, near: Mapping[ChunkId, float], model: str, scope: Scope, depth: int
    ) -> Candidates:
        """As `candidates`, with the semantic leg found elsewhere: `near` has chunks and their similarity.

        Chunks that are not there, or not in scope, are passed over. What only words found has no similarity.
        """
        parameters = self._parameters(owner, query, None, model, scope, depth)
        parameters |= {"near": list(near), "similarities": list(near.values())}
        return await self._found(owner, Meaning.GIVEN, parameters, scope)

    async def sources_in(self, *, owner: UserId, scope: Scope) -> list[SourceId] | None:
        """The sources that a scope means; None for all of the owner's. Errors: NotYours, NoSuch, Unavailable."""
        bound = _bound(scope)
        if not bound:
            return None
        async with self._transactions.read(owner) as connection:
            rows = (await connection.execute(sources_statement(**_given(scope)), {"owner": owner, **bound})).all()
            await _refuse_foreign(connection, owner, scope, rows[0])
        return [SourceId(row.source_id) for row in rows if row.source_id is not None]

    async def _found(self, owner: UserId, meaning: Meaning, parameters: dict[str, Any], scope: Scope) -> Candidates:
        async with self._transactions.read(owner, settings=self._plan(meaning)) as connection:
            rows = (await connection.execute(search_statement(meaning, **_given(scope)), parameters)).all()
            seen = rows[0]
            await _refuse_foreign(connection, owner, scope, seen)
        return Candidates(
            items=tuple(_candidate(row) for row in rows if row.id is not None),
            chunks_in_scope=int(seen.chunks_in_scope),
            lexical_chunks=int(seen.chunks_in_scope),
            embedded_chunks=int(seen.embedded_chunks),
            refused_chunks=int(seen.refused_chunks),
            unread_sources=int(seen.unread_sources),
        )

    async def nearest(self, *, owner: UserId, vector: Sequence[float], model: str, depth: int) -> list[float]:
        """Distances to the nearest of all that the owner has, along this index's path: for whoever measures it."""
        meaning = _MEANING[self._search.path]
        async with self._transactions.read(owner, settings=self._plan(meaning)) as connection:
            parameters = self._parameters(owner, "", vector, model, Scope(), depth)
            return list((await connection.execute(nearest_statement(meaning), parameters)).scalars())

    def _parameters(
        self, owner: UserId, query: str, vector: Sequence[float] | None, model: str, scope: Scope, depth: int
    ) -> dict[str, Any]:
        terms = query_terms(query)
        parameters: dict[str, Any] = {
            "owner": owner,
            "model": model,
            "depth": depth,
            "width": max(_WIDTH, 2 * depth),
            "stems": [term.stem for term in terms],
            "grains": [grain for term in terms for grain in term.grains],
            "grain_stems": [term.stem for term in terms for _ in term.grains],
            **_bound(scope),
        }
        if vector is not None:
            parameters["vector"] = f"[{','.join(f'{number:.6g}' for number in vector)}]"
            if self._search.path != "exact":
                parameters["crossover"] = self._search.crossover
            if self._search.path == "auto":
                (planes,) = sign_planes([vector])
                parameters |= {"first": planes.first, "second": planes.second, "ratio": planes.ratio}
                parameters["candidates"] = max(CANDIDATES, 4 * depth)
        return parameters

    def _plan(self, meaning: Meaning) -> Mapping[str, str]:
        if meaning is not Meaning.APPROXIMATE_INDEX:
            return _PLAN
        # Of two ways to the same order, one through the index and one that sorts, the planner takes the index: it does
        # not know how many vectors the user has, and would else sort whenever it takes them for few.
        hnsw = self._search.hnsw
        return {
            **_PLAN,
            "enable_sort": "off",
            "hnsw.ef_search": str(hnsw.ef_search),
            "hnsw.iterative_scan": hnsw.iterative_scan,
            "hnsw.max_scan_tuples": str(hnsw.max_scan_tuples),
        }


def _given(scope: Scope) -> dict[str, bool]:
    """Which conditions a scope has."""
    return {
        "sources": scope.source_ids is not None,
        "document": scope.document_id is not None,
        "metadata": scope.metadata is not None,
    }


def _bound(scope: Scope) -> dict[str, Any]:
    """The values that a scope's conditions name."""
    bound: dict[str, Any] = {}
    if scope.source_ids is not None:
        bound["sources"] = list(scope.source_ids)
    if scope.document_id is not None:
        bound["document"] = scope.document_id
    if scope.metadata is not None:
        bound["metadata"] = json.dumps(scope.metadata)
    return bound


def _candidate(row: AnyRow) -> Candidate:
    return Candidate(
        chunk=chunk_of(row),
        language=row.language,
        lexical_score=row.lexical_score if row.lexical_score > 0 else None,
        similarity=row.similarity,
    )


async def _refuse_foreign(connection: AsyncConnection, owner: UserId, scope: Scope, seen: AnyRow) -> None:
    """Raise where a source or document in scope is not the owner's, or is none at all."""
    wanted = set(scope.source_ids or ())
    if seen.known_sources < len(wanted):
        mine = select(sources.c.id).where(
            sources.c.user_id == owner, sources.c.id.in_(wanted), sources.c.deleted_at.is_(None)
        )
        found = [row.id for row in await connection.execute(mine)]
        await refuse_unless_present(connection, sources, list(scope.source_ids or ()), found, kind="source")
    if scope.document_id is not None and not seen.known_documents:
        await refuse(connection, documents, scope.document_id, kind="document")
