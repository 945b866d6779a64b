"""Make the vector store agree with the database: fill in what it lacks, remove what it should not have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from application.library.ports.vectors import StoredVector, VectorArchive, VectorStore
from application.library.recheck_pages import day_start
from application.shared import Clock, Ticks
from domain.shared import ChunkId, UserId

RECONCILE_VECTORS = "library.reconcile_vectors"
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """What was found and put right, in vectors: `orphans` removed and `holes` filled. `users` were looked at."""

    users: int = 0
    orphans: int = 0
    holes: int = 0

    def __add__(self, other: Reconciliation) -> Reconciliation:
        return Reconciliation(
            users=self.users + other.users, orphans=self.orphans + other.orphans, holes=self.holes + other.holes
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileVectors:
    """A job: of one user after a source was read, of everybody once a day. It may be killed and repeated, and runs
    while sources come and go.

    A hole is a vector that the database has and the store does not show: it is put there. To put what was only slow to
    show is harmless. An orphan is a vector of a chunk that does not exist, or of a model that is neither `model`, the
    present one, nor one that the database has for that chunk.
    """

    store: VectorStore
    archive: VectorArchive
    ticks: Ticks
    clock: Clock
    model: str

    async def __call__(self, *, owner: UserId | None = None) -> Reconciliation:
        """Errors: Unavailable, RateLimited; what was done until then stays done."""
        if owner is not None:
            return await self._reconcile(owner)
        began, total = self.clock(), Reconciliation()
        async with aclosing(self._owners()) as owners:
            async for one in owners:
                total += await self._reconcile(one)
        await self.ticks.finish(job=RECONCILE_VECTORS, tick=day_start(began), at=self.clock())
        return total

    async def _owners(self) -> AsyncGenerator[UserId, None]:
        """Everybody whom one of the two knows, once."""
        seen: set[UserId] = set()
        for side in (self.store, self.archive):
            async with aclosing(side.owners()) as pages:
                async for page in pages:
                    for owner in page:
                        if owner not in seen:
                            seen.add(owner)
                            yield owner

    async def _reconcile(self, owner: UserId) -> Reconciliation:
        # What is held is read first: what was written after its chunk is then never taken for an orphan.
        held = await self._held(owner)
        there = await self.archive.chunks(owner=owner)
        orphans = {one for one in held if not self._has_its_place(one, there)}
        # Always by name: for somebody who has nothing any more, a first source may be coming in just now.
        for model, chunks in _by_model(orphans).items():
            await self.store.delete(owner=owner, model=model, chunks=chunks)
        known = {StoredVector(model, chunk) for chunk, models in there.items() for model in models}
        holes = 0
        for model, chunks in _by_model(known - held).items():
            for begin in range(0, len(chunks), _BATCH):
                part = chunks[begin : begin + _BATCH]
                vectors = await self.archive.vectors(owner=owner, model=model, chunks=part)
                await self.store.put(owner=owner, model=model, vectors=vectors)
                holes += len(vectors)
        return Reconciliation(users=1, orphans=len(orphans), holes=holes)

    async def _held(self, owner: UserId) -> set[StoredVector]:
        held: set[StoredVector] = set()
        async with aclosing(self.store.ids(owner=owner)) as pages:
            async for page in pages:
                held.update(page)
        return held

    def _has_its_place(self, stored: StoredVector, there: Mapping[ChunkId, frozenset[str]]) -> bool:
        """A vector of the present model may come from a worker who stored it in the database after we looked."""
        models = there.get(stored.chunk_id)
        return models is not None and (stored.model == self.model or stored.model in models)


def _by_model(vectors: set[StoredVector]) -> Mapping[str, Sequence[ChunkId]]:
    chunks: dict[str, list[ChunkId]] = defaultdict(list)
    for model, chunk_id in sorted(vectors):
        chunks[model].append(chunk_id)
    return chunks
