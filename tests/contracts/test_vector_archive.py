"""The contract of the database's own copy of every vector, and of what keeps a store elsewhere in step with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.jobs import MemoryJobQueue
from adapters.memory.ticks import MemoryTicks
from adapters.memory.vector_archive import MemoryVectorArchive
from adapters.memory.vector_store import MemoryVectorStore
from adapters.postgres.vector_archive import PostgresVectorArchive
from application.library import EmbeddingQueue
from application.library.keep_vectors_alive import KEEP_VECTORS_ALIVE, KeepVectorsAlive
from application.library.ports.vectors import StoredVector, VectorArchive
from application.library.recheck_pages import day_start
from application.library.reconcile_vectors import RECONCILE_VECTORS, ReconcileVectors, Reconciliation
from application.shared import FireDueJobs, Scheduled
from domain.library import Chunk, SourceKind
from domain.shared import ChunkId, Unavailable, UserId
from tests.builders import NOON, TickingClock, signed_up
from tests.builders_library import a_stored_source, toward
from tests.contracts.conftest import Store
from tests.contracts.shelves import a_vector

MODEL = "test-model"


@pytest.fixture
def archive(store: Store) -> VectorArchive:
    return store.worker_reader(memory=MemoryVectorArchive, postgres=PostgresVectorArchive)


@pytest.fixture
def elsewhere() -> MemoryVectorStore:
    return MemoryVectorStore()


@pytest.fixture
def reconcile(archive: VectorArchive, elsewhere: MemoryVectorStore) -> ReconcileVectors:
    return ReconcileVectors(
        store=elsewhere, archive=archive, ticks=MemoryTicks(MemoryDatabase()), clock=TickingClock(), model=MODEL
    )


async def held(elsewhere: MemoryVectorStore, owner: UserId) -> list[StoredVector]:
    return sorted([one async for page in elsewhere.ids(owner=owner) for one in page])


async def embedded(
    store: Store, queue: EmbeddingQueue, owner: UserId, contents: Sequence[str], *, model: str = MODEL, **source: Any
) -> list[Chunk]:
    """Chunks of a new source that have vectors in the database, each along its own axis."""
    _, chunks = await a_stored_source(store.uow, owner, contents, **source)
    await queue.store(model=model, vectors={chunk.id: toward(place) for place, chunk in enumerate(chunks)})
    return chunks


class TestArchive:
    async def test_a_vector_comes_with_what_describes_it(
        self, store: Store, archive: VectorArchive, queue: EmbeddingQueue
    ) -> None:
        user = await signed_up(store.uow)
        one, other = await embedded(store, queue, user.id, ["Il Po.", "L'Arno."], kind=SourceKind.PDF)
        first, second = await archive.vectors(owner=user.id, model=MODEL, chunks=[other.id, one.id, ChunkId(user.id)])
        assert (list(first.numbers), list(second.numbers)) == (toward(0), toward(1))
        assert first.record == a_vector(one, [], kind=SourceKind.PDF).record
        assert second.record == a_vector(other, [], kind=SourceKind.PDF).record
        assert await archive.vectors(owner=user.id, model="another", chunks=[one.id]) == []

    async def test_it_knows_which_chunks_there_are_and_their_models(
        self, store: Store, archive: VectorArchive, queue: EmbeddingQueue
    ) -> None:
        user = await signed_up(store.uow)
        one, other = await embedded(store, queue, user.id, ["Il Po.", "L'Arno."])
        _, (bare,) = await a_stored_source(store.uow, user.id, ["Il Tevere."])
        await queue.store(model="another", vectors={one.id: toward(5)})
        known = await archive.chunks(owner=user.id)
        assert known == {one.id: {MODEL, "another"}, other.id: {MODEL}, bare.id: frozenset()}

    async def test_another_users_are_not_told(
        self, store: Store, archive: VectorArchive, queue: EmbeddingQueue
    ) -> None:
        user, stranger = await signed_up(store.uow), await signed_up(store.uow)
        chunks = await embedded(store, queue, user.id, ["Il Po."])
        assert await archive.chunks(owner=stranger.id) == {}
        assert await archive.vectors(owner=stranger.id, model=MODEL, chunks=[chunks[0].id]) == []

    async def test_one_vector_serves_an_owners_chunks_with_the_same_content(
        self, store: Store, archive: VectorArchive
    ) -> None:
        user, stranger = await signed_up(store.uow), await signed_up(store.uow)
        _, (one, twin, _) = await a_stored_source(store.uow, user.id, ["Nota.", "Nota.", "Altro."])
        _, (third,) = await a_stored_source(store.uow, user.id, ["Nota."])
        _, (theirs,) = await a_stored_source(store.uow, stranger.id, ["Nota."])
        sharing = await archive.sharing(chunks=[twin.id])
        assert {owner: set(chunks) for owner, chunks in sharing.items()} == {user.id: {one.id, twin.id, third.id}}
        both: Mapping[UserId, Sequence[ChunkId]] = await archive.sharing(chunks=[twin.id, theirs.id])
        assert set(both) == {user.id, stranger.id}
        assert await archive.sharing(chunks=[]) == {}

    async def test_everybody_who_has_chunks_is_listed(self, store: Store, archive: VectorArchive) -> None:
        users = {(await signed_up(store.uow)).id for _ in range(3)}
        for user in users:
            await a_stored_source(store.uow, user)
        listed = [owner async for page in archive.owners() for owner in page]
        assert users <= set(listed)
        assert len(listed) == len(set(listed))


class TestReconciling:
    async def test_what_the_store_lacks_is_put_there(
        self,
        store: Store,
        queue: EmbeddingQueue,
        elsewhere: MemoryVectorStore,
        reconcile: ReconcileVectors,
    ) -> None:
        user = await signed_up(store.uow)
        chunks = await embedded(store, queue, user.id, [f"Frase {place}." for place in range(7)])
        await elsewhere.put(owner=user.id, model=MODEL, vectors=[a_vector(chunks[0], toward(0))])
        assert await reconcile(owner=user.id) == Reconciliation(users=1, holes=6)
        assert await held(elsewhere, user.id) == sorted((MODEL, chunk.id) for chunk in chunks)
        assert await reconcile(owner=user.id) == Reconciliation(users=1)
        found = await elsewhere.similarities(owner=user.id, model=MODEL, vector=toward(3), chunks=[chunks[3].id])
        assert found == {chunks[3].id: pytest.approx(1.0)}

    async def test_what_belongs_to_nothing_is_removed(
        self,
        store: Store,
        queue: EmbeddingQueue,
        elsewhere: MemoryVectorStore,
        reconcile: ReconcileVectors,
    ) -> None:
        user, gone = await signed_up(store.uow), await signed_up(store.uow)
        _, (dropped,) = await a_stored_source(store.uow, gone.id)
        (stays,) = await embedded(store, queue, user.id, ["Il Po."])
        _, (coming,) = await a_stored_source(store.uow, user.id, ["L'Arno."])
        vectors = [a_vector(chunk, toward(0)) for chunk in (stays, coming, dropped)]
        for model in (MODEL, "yesterday's"):
            await elsewhere.put(owner=user.id, model=model, vectors=vectors)
        # `coming` may be about to be stored in the database by a worker who has put it into the store already.
        assert await reconcile(owner=user.id) == Reconciliation(users=1, orphans=4)
        assert await held(elsewhere, user.id) == sorted([(MODEL, stays.id), (MODEL, coming.id)])

    async def test_a_model_that_still_answers_keeps_its_vectors(
        self,
        store: Store,
        queue: EmbeddingQueue,
        elsewhere: MemoryVectorStore,
        reconcile: ReconcileVectors,
    ) -> None:
        user = await signed_up(store.uow)
        (chunk,) = await embedded(store, queue, user.id, ["Il Po."], model="yesterday's")
        await reconcile(owner=user.id)
        assert await held(elsewhere, user.id) == [("yesterday's", chunk.id)]

    async def test_everybody_is_looked_at_whichever_side_knows_them(
        self,
        store: Store,
        queue: EmbeddingQueue,
        elsewhere: MemoryVectorStore,
        reconcile: ReconcileVectors,
    ) -> None:
        here, there = await signed_up(store.uow), await signed_up(store.uow)
        chunks = await embedded(store, queue, here.id, ["Il Po."])
        await elsewhere.put(owner=there.id, model=MODEL, vectors=[a_vector(chunks[0], toward(0))])
        await reconcile()
        assert await held(elsewhere, here.id) == [(MODEL, chunks[0].id)]
        assert await held(elsewhere, there.id) == []

    async def test_it_may_be_cut_off_and_begun_again(
        self, store: Store, queue: EmbeddingQueue, archive: VectorArchive
    ) -> None:
        class Failing(MemoryVectorStore):
            spare = 1

            async def put(self, **given: Any) -> None:
                self.spare -= 1
                if self.spare < 0:
                    raise Unavailable("The store is down.", retry_after=1)
                await super().put(**given)

        user = await signed_up(store.uow)
        await embedded(store, queue, user.id, [f"Frase {place}." for place in range(3)])
        await embedded(store, queue, user.id, ["Il Po."], model="yesterday's")
        store_elsewhere = Failing()
        reconcile = ReconcileVectors(
            store=store_elsewhere,
            archive=archive,
            ticks=MemoryTicks(MemoryDatabase()),
            clock=TickingClock(),
            model=MODEL,
        )
        with pytest.raises(Unavailable):
            await reconcile(owner=user.id)
        first = len(await held(store_elsewhere, user.id))
        store_elsewhere.spare = 10
        await reconcile(owner=user.id)
        assert (first, len(await held(store_elsewhere, user.id))) == (3, 4)


async def test_the_store_is_asked_once_a_day_and_a_failure_is_made_up_for() -> None:
    clock, jobs, ticks = TickingClock(), MemoryJobQueue(), MemoryTicks(MemoryDatabase())
    schedule = tuple(Scheduled(job=job, latest=day_start) for job in (KEEP_VECTORS_ALIVE, RECONCILE_VECTORS))

    class Asked(MemoryVectorStore):
        number, down = 0, True

        async def keep_alive(self) -> None:
            if self.down:
                raise Unavailable("The store is down.", retry_after=1)
            self.number += 1

    asked = Asked()
    fire = FireDueJobs(schedule=schedule, ticks=ticks, jobs=jobs, clock=clock, patience=timedelta(hours=1))
    keep = KeepVectorsAlive(store=asked, ticks=ticks, clock=clock)
    assert await fire() == (KEEP_VECTORS_ALIVE, RECONCILE_VECTORS)
    with pytest.raises(Unavailable):
        await keep()
    clock.advance(hours=2)
    assert await fire() == (KEEP_VECTORS_ALIVE, RECONCILE_VECTORS)
    asked.down = False
    await keep()
    clock.advance(hours=2)
    assert KEEP_VECTORS_ALIVE not in await fire()
    for _ in range(7):
        clock.advance(days=1)
        assert KEEP_VECTORS_ALIVE in await fire()
        await keep()
    assert asked.number == 8
    assert clock.now > NOON
