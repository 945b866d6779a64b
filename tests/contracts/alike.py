"""One chunk index that is several: each question goes along every path, and all must answer alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from adapters.postgres.chunk_index import PostgresChunkIndex, VectorSearch
from adapters.postgres.engine import Transactions
from application.library.ports import Candidate, Candidates, ChunkIndex, Reach, Scope
from domain.shared import UserId

_PATHS = (
    VectorSearch(),
    VectorSearch(crossover=0),
    VectorSearch(path="exact"),
    VectorSearch(path="hnsw", crossover=0),
)


@dataclass(frozen=True)
class Alike(ChunkIndex):
    """An index by each of its paths, which all answer alike."""

    paths: tuple[ChunkIndex, ...]

    async def reach(self, *, owner: UserId, scope: Scope) -> Mapping[str, Reach]:
        return await self.paths[0].reach(owner=owner, scope=scope)

    async def candidates(self, **asked: Any) -> Candidates:
        first, *others = [await path.candidates(**asked) for path in self.paths]
        for other in others:
            assert replace(other, items=()) == replace(first, items=())
            assert by_place(other) == by_place(first)
        return first


def by_place(candidates: Candidates) -> list[Candidate]:
    return sorted(candidates.items, key=lambda item: (item.chunk.source_id, item.chunk.position))


def each_path(transactions: Transactions) -> ChunkIndex:
    """PostgreSQL's, by comparing all vectors, by sign planes, and as if there were an HNSW index."""
    return Alike(tuple(PostgresChunkIndex(transactions, search) for search in _PATHS))
