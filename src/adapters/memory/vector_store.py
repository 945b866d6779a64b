"""Vectors in memory: what a store answers, without a store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

import numpy as np

from adapters.memory.chunk_tables import Vector
from application.library.ports.vectors import ChunkVector, StoredVector, UnsuitableLimit, VectorStore
from domain.library import Metric, Neighbour, neighbours, unit_vector
from domain.shared import ChunkId, SourceId, UserId

_PIECE = 100


class MemoryVectorStore(VectorStore):
    def __init__(self, *, dimensions: int = 1024) -> None:
        self._dimensions = dimensions
        self._held: dict[UserId, dict[StoredVector, tuple[SourceId, Vector]]] = {}

    async def put(self, *, owner: UserId, model: str, vectors: Sequence[ChunkVector]) -> None:
        new = {
            StoredVector(model, one.record.chunk_id): (one.record.source_id, self._unit(one.numbers)) for one in vectors
        }
        await asyncio.sleep(0)  # as a real store would, so that code which relies on running through is found out
        if new:
            self._held.setdefault(owner, {}).update(new)

    async def nearest(
        self,
        *,
        owner: UserId,
        model: str,
        vector: Sequence[float],
        sources: Sequence[SourceId] | None,
        limit: int,
        metric: Metric = Metric.COSINE,
        threshold: float | None = None,
    ) -> list[Neighbour]:
        metric.check(threshold)
        UnsuitableLimit.check(limit)
        asked, wanted = self._unit(vector), None if sources is None else set(sources)
        cosines = {
            stored.chunk_id: float(numbers @ asked)
            for stored, (source, numbers) in self._held.get(owner, {}).items()
            if stored.model == model and (wanted is None or source in wanted)
        }
        return neighbours(cosines, limit=limit, metric=metric, threshold=threshold)

    async def similarities(
        self, *, owner: UserId, model: str, vector: Sequence[float], chunks: Sequence[ChunkId]
    ) -> dict[ChunkId, float]:
        asked, mine = self._unit(vector), self._held.get(owner, {})
        named = {chunk: StoredVector(model, chunk) for chunk in chunks}
        return {chunk: float(mine[stored][1] @ asked) for chunk, stored in named.items() if stored in mine}

    async def delete(self, *, owner: UserId, model: str, chunks: Sequence[ChunkId]) -> None:
        mine = self._held.get(owner, {})
        for chunk in chunks:
            mine.pop(StoredVector(model, chunk), None)

    async def delete_source(self, *, owner: UserId, source_id: SourceId) -> None:
        mine = self._held.get(owner, {})
        for stored in [stored for stored, (source, _) in mine.items() if source == source_id]:
            del mine[stored]

    async def delete_owner(self, *, owner: UserId) -> None:
        self._held.pop(owner, None)

    async def ids(self, *, owner: UserId) -> AsyncGenerator[Sequence[StoredVector], None]:
        held = sorted(self._held.get(owner, {}))
        for begin in range(0, len(held), _PIECE):
            yield held[begin : begin + _PIECE]

    async def owners(self) -> AsyncGenerator[Sequence[UserId], None]:
        owners = [owner for owner, held in self._held.items() if held]
        if owners:
            yield owners

    async def keep_alive(self) -> None:
        """Memory does not sleep."""

    def _unit(self, numbers: Sequence[float]) -> Vector:
        return np.asarray(unit_vector(numbers, dimensions=self._dimensions), dtype=np.float32)
