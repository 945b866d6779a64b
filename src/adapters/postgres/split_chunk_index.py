"""Hybrid search with the vectors elsewhere: words in PostgreSQL, meaning in a vector store, fused as ever.

The store finds the nearest chunks, the one statement finds by words and scores all of them by words, and the store
gives the exact similarity of what words alone had found. No transaction is open while the store is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import structlog

from adapters.postgres.chunk_index import PostgresChunkIndex
from application.library.ports import Candidates, ChunkIndex, Reach, Scope
from application.library.ports.vectors import LARGEST_NEAREST, VectorStore
from domain.shared import RateLimited, Unavailable, UserId

T = TypeVar("T")

_log = structlog.get_logger(__name__)

_SPARE = 50
"""So many more are asked for: the store may still have vectors of chunks that are gone."""

_NO_STORE = "The vector store is not available at the moment: the search went by words alone."


class SplitChunkIndex(ChunkIndex):
    """A store that is down, or gives no answer within `patience` seconds, leaves a search by words that says so."""

    def __init__(self, index: PostgresChunkIndex, store: VectorStore, *, patience: float = 3.0) -> None:
        self._index = index
        self._store = store
        self._patience = patience

    async def reach(self, *, owner: UserId, scope: Scope) -> Mapping[str, Reach]:
        return await self._index.reach(owner=owner, scope=scope)

    async def candidates(
        self, *, owner: UserId, query: str, vector: Sequence[float] | None, model: str, scope: Scope, depth: int
    ) -> Candidates:
        if vector is None:
            return await self._index.candidates(
                owner=owner, query=query, vector=None, model=model, scope=scope, depth=depth
            )
        sources = await self._index.sources_in(owner=owner, scope=scope)
        nearest = await self._patiently(
            self._store.nearest(
                owner=owner,
                model=model,
                vector=vector,
                sources=sources,
                limit=min(depth + _SPARE, LARGEST_NEAREST),
            )
        )
        near = {one.chunk_id: one.similarity for one in nearest or ()}
        found = await self._index.candidates_with(
            owner=owner, query=query, near=near, model=model, scope=scope, depth=depth
        )
        lacking = [item.chunk.id for item in found.items if item.similarity is None]
        if nearest is None:
            return replace(found, degraded=_NO_STORE)
        if not lacking:
            return found
        others = await self._patiently(
            self._store.similarities(owner=owner, model=model, vector=vector, chunks=lacking)
        )
        if others is None:
            return replace(found, degraded=_NO_STORE)
        items = tuple(
            replace(item, similarity=others.get(item.chunk.id)) if item.similarity is None else item
            for item in found.items
        )
        return replace(found, items=items)

    async def _patiently(self, answer: Awaitable[T]) -> T | None:
        """The store's answer; None when it gives none in time."""
        try:
            async with asyncio.timeout(self._patience):
                return await answer
        except (RateLimited, Unavailable, TimeoutError) as fault:
            _log.warning("the vector store did not answer", reason=str(fault) or type(fault).__name__)
            return None
