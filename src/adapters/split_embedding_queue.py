"""The queue of the embedding engine, with a vector store beside the database: both are given each vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager

import structlog

from application.library.ports import EmbeddingQueue, WaitingChunk
from application.library.ports.vectors import VectorArchive, VectorStore
from application.library.reconcile_vectors import RECONCILE_VECTORS
from application.shared import JobQueue
from domain.shared import ChunkId, RateLimited, SourceId, Unavailable

_log = structlog.get_logger(__name__)


class SplitEmbeddingQueue(EmbeddingQueue):
    """Wraps a queue. The database first, so that what was paid for is never lost; then the store.

    A store that is down holds nobody up: what it was not given it is given by the job that is asked for here, or by the
    daily one, out of the database. So it is, too, when somebody is killed between the two.
    """

    def __init__(self, queue: EmbeddingQueue, *, store: VectorStore, archive: VectorArchive, jobs: JobQueue) -> None:
        self._queue = queue
        self._store = store
        self._archive = archive
        self._jobs = jobs

    def claim(self, *, model: str, limit: int) -> AbstractAsyncContextManager[Sequence[WaitingChunk]]:
        return self._queue.claim(model=model, limit=limit)

    async def store(self, *, model: str, vectors: Mapping[ChunkId, Sequence[float]]) -> Sequence[SourceId]:
        moved = await self._queue.store(model=model, vectors=vectors)
        for owner, chunks in (await self._archive.sharing(chunks=list(vectors))).items():
            stored = await self._archive.vectors(owner=owner, model=model, chunks=chunks)
            try:
                await self._store.put(owner=owner, model=model, vectors=stored)
            except (RateLimited, Unavailable) as fault:
                _log.warning("the vector store was not given its vectors", reason=fault.message, vectors=len(stored))
                await self._jobs.enqueue(RECONCILE_VECTORS, owner=str(owner))
        return moved

    async def refuse(self, *, model: str, chunk_id: ChunkId, message: str) -> Sequence[SourceId]:
        return await self._queue.refuse(model=model, chunk_id=chunk_id, message=message)

    async def more_to_come(self) -> bool:
        return await self._queue.more_to_come()

    async def waiting(self, *, model: str) -> int:
        return await self._queue.waiting(model=model)
