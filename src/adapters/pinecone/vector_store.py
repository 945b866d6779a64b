"""Vectors in Pinecone, within its limits, sent again where a part of them failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from adapters.pinecone.connection import PineconeConnection
from adapters.pinecone.errors import translated
from adapters.pinecone.records import (
    batch_size,
    namespace_of,
    of_model,
    of_sources,
    owner_of,
    record_of,
    stored_vector,
    vector_id,
)
from application.library.ports.vectors import (
    ChunkVector,
    StoredVector,
    UnsuitableLimit,
    VectorStore,
)
from domain.library import Metric, Neighbour, neighbours, unit_vector
from domain.shared import ChunkId, SourceId, UserId

if TYPE_CHECKING:
    from pinecone import AsyncIndex

T = TypeVar("T")

_AT_ONCE = 4
"""Requests of one call under way together."""
_RESENT = 3
_SOURCES_IN_A_FILTER = 5_000
"""Pinecone takes 10,000."""
_FETCHED = 100
"""Ids travel in the address, and about 12 kB come back for each."""
_DELETED = 1_000


class PineconeVectorStore(VectorStore):
    """A user's namespace holds the vectors of all models; the model is part of an id, and of every filter."""

    def __init__(self, connection: PineconeConnection) -> None:
        self._connection = connection

    async def put(self, *, owner: UserId, model: str, vectors: Sequence[ChunkVector]) -> None:
        records = [record_of(owner, model, one, self._unit(one.numbers)) for one in vectors]
        if not records:
            return
        index, namespace = await self._connection.index(), namespace_of(owner)
        with translated():
            await _upsert(index, namespace, records)

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
        asked = self._unit(vector)
        filters = _filters(model, sources)
        if not limit or not filters:
            return []
        index, namespace = await self._connection.index(), namespace_of(owner)

        async def query(filter: Mapping[str, Any]) -> dict[ChunkId, float]:
            found = await index.query(vector=asked, top_k=limit, namespace=namespace, filter=filter)
            return {one.chunk_id: match.score for match in found.matches if (one := stored_vector(match.id))}

        with translated():
            parts = await _all([partial(query, filter) for filter in filters])
        return neighbours(
            {chunk: cosine for part in parts for chunk, cosine in part.items()},
            limit=limit,
            metric=metric,
            threshold=threshold,
        )

    async def similarities(
        self, *, owner: UserId, model: str, vector: Sequence[float], chunks: Sequence[ChunkId]
    ) -> dict[ChunkId, float]:
        asked, names = np.asarray(self._unit(vector)), {vector_id(model, chunk): chunk for chunk in chunks}
        if not names:
            return {}
        index, namespace, ids = await self._connection.index(), namespace_of(owner), list(names)

        async def fetch(part: Sequence[str]) -> dict[ChunkId, float]:
            found = (await index.fetch(ids=part, namespace=namespace)).vectors
            return {names[id]: float(np.asarray(one.values) @ asked) for id, one in found.items() if id in names}

        parts = [ids[begin : begin + _FETCHED] for begin in range(0, len(ids), _FETCHED)]
        with translated():
            fetched = await _all([partial(fetch, part) for part in parts])
        return {chunk: cosine for part in fetched for chunk, cosine in part.items()}

    async def delete(self, *, owner: UserId, model: str, chunks: Sequence[ChunkId]) -> None:
        names = [vector_id(model, chunk) for chunk in dict.fromkeys(chunks)]
        index, namespace = await self._connection.index(), namespace_of(owner)
        for begin in range(0, len(names), _DELETED):
            await _unless_absent(index.delete(ids=names[begin : begin + _DELETED], namespace=namespace))

    async def delete_source(self, *, owner: UserId, source_id: SourceId) -> None:
        index = await self._connection.index()
        await _unless_absent(index.delete(filter=of_sources([source_id]), namespace=namespace_of(owner)))

    async def delete_owner(self, *, owner: UserId) -> None:
        index = await self._connection.index()
        await _unless_absent(index.delete_namespace(name=namespace_of(owner)))

    async def ids(self, *, owner: UserId) -> AsyncGenerator[Sequence[StoredVector], None]:
        index, token = await self._connection.index(), None
        while True:
            with translated():
                page = await index.list_paginated(namespace=namespace_of(owner), pagination_token=token)
            known = [one for item in page.vectors if item.id and (one := stored_vector(item.id))]
            if known:
                yield known
            token = page.pagination.next if page.pagination else None
            if not token:
                return

    async def owners(self) -> AsyncGenerator[Sequence[UserId], None]:
        index, token = await self._connection.index(), None
        while True:
            with translated():
                page = await index.list_namespaces_paginated(pagination_token=token)
            known = [owner for one in page.namespaces if (owner := owner_of(one.name))]
            if known:
                yield known
            token = page.pagination.next if page.pagination else None
            if not token:
                return

    async def keep_alive(self) -> None:
        index = await self._connection.index()
        with translated():
            await index.query(vector=[1.0, *[0.0] * (self._connection.dimensions - 1)], top_k=1)

    def _unit(self, numbers: Sequence[float]) -> list[float]:
        return unit_vector(numbers, dimensions=self._connection.dimensions)


async def _upsert(index: AsyncIndex, namespace: str, records: Sequence[Mapping[str, Any]]) -> None:
    """Batch by batch; those that failed once more, unless Pinecone asked us to slow down or will never take them."""
    from pinecone.errors import RateLimitError

    left, size = list(records), batch_size(records)
    for attempt in range(1, _RESENT + 1):
        answer = await index.upsert(
            vectors=left, namespace=namespace, batch_size=size, max_concurrency=_AT_ONCE, show_progress=False
        )
        if not answer.has_errors:
            return
        errors = sorted(answer.errors, key=lambda one: one.retryable)  # what is hopeless first
        slow_down = next((one.error for one in errors if isinstance(one.error, RateLimitError)), None)
        if slow_down is not None or not errors[0].retryable or attempt == _RESENT:
            raise slow_down or errors[0].error
        left = list(answer.failed_items)


async def _all(calls: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """Their results in order, a few under way together; the first failure stops the others."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(call: Callable[[], Awaitable[T]]) -> T:
        async with turns:
            return await call()

    tasks = [asyncio.ensure_future(one(call)) for call in calls]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


async def _unless_absent(deletion: Awaitable[None]) -> None:
    """A namespace that is not there has nothing to delete."""
    from pinecone.errors import NotFoundError

    with translated():
        try:
            await deletion
        except NotFoundError:
            return


def _filters(model: str, sources: Sequence[SourceId] | None) -> list[dict[str, Any]]:
    """One for each request: a long list of sources is asked for in parts."""
    if sources is None:
        return [of_model(model)]
    named = list(dict.fromkeys(sources))
    return [
        {"$and": [of_model(model), of_sources(named[begin : begin + _SOURCES_IN_A_FILTER])]}
        for begin in range(0, len(named), _SOURCES_IN_A_FILTER)
    ]
