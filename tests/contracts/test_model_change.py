"""Changing the embedding model: the old vectors answer until the new are complete, and are then removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from adapters.memory.chunk_tables import VECTORS
from adapters.memory.former_vectors import MemoryFormerVectors
from adapters.postgres.former_vectors import PostgresFormerVectors
from application.library import ChunkIndex, Embedder, EmbeddingQueue, RetireModels, Search, SearchResult
from application.library.ports import Candidates, FormerEmbedders, FormerVectors, Reach, Scope, WeighedEmbedder
from domain.library import Chunk, ExtractedText, SearchMode, Source, Weights
from domain.shared import SourceId, Unavailable, UserId
from tests.builders import TickingClock, signed_up
from tests.builders_library import a_stored_source, toward
from tests.contracts.conftest import Store

OLD, NEW = "old-model", "new-model"
PATIENCE = timedelta(minutes=10)
CONTENTS = tuple(f"Il capitolo {number} parla del fiume." for number in range(5))


@pytest.fixture
def former(store: Store) -> FormerVectors:
    return store.worker_reader(memory=MemoryFormerVectors, postgres=PostgresFormerVectors)


class Direction(Embedder):
    """Every text of one model points the same way: vectors of two models have nothing in common."""

    def __init__(self, model: str) -> None:
        self._model = model
        self.down = False
        self.asked = 0

    @property
    def model(self) -> str:
        return self._model

    @property
    def dimensions(self) -> int:
        return 1024

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked += 1
        if self.down:
            raise Unavailable("Not now.")
        return [self.vector for _ in texts]

    @property
    def vector(self) -> list[float]:
        return toward(0 if self.model == OLD else 1)


@dataclass
class Watched(ChunkIndex):
    """The index; it says when vectors of two models meet."""

    index: ChunkIndex
    models: list[str] = field(default_factory=list)
    trips: int = 0

    async def reach(self, *, owner: UserId, scope: Scope) -> Mapping[str, Reach]:
        self.trips += 1
        return await self.index.reach(owner=owner, scope=scope)

    async def candidates(
        self, *, owner: UserId, query: str, vector: Sequence[float] | None, model: str, scope: Scope, depth: int
    ) -> Candidates:
        self.trips += 1
        found = await self.index.candidates(
            owner=owner, query=query, vector=vector, model=model, scope=scope, depth=depth
        )
        if vector is not None:
            assert vector == Direction(model).vector
            assert all(item.similarity in (None, pytest.approx(1.0, abs=1e-3)) for item in found.items)
            self.models.append(model)
        return found


@dataclass
class Known(FormerEmbedders):
    """Every model that is named."""

    embedders: tuple[Direction, ...]

    def of(self, model: str) -> WeighedEmbedder | None:
        found = [one for one in self.embedders if one.model == model]
        return WeighedEmbedder(embedder=found[0], weights=Weights(lexical=0.0, semantic=1.0)) if found else None


@dataclass
class Place:
    """A deployment whose model can be changed, with one user's library."""

    index: Watched
    queue: EmbeddingQueue
    former: FormerVectors
    owner: UserId
    source: Source
    chunks: list[Chunk]
    clock: TickingClock = field(default_factory=lambda: TickingClock(datetime.now(UTC)))
    old: Direction = field(default_factory=lambda: Direction(OLD))
    new: Direction = field(default_factory=lambda: Direction(NEW))

    async def embed(self, model: str, *, most: int = 1_000) -> int:
        """What the engine does until it has embedded so many chunks or nothing waits; how many there were."""
        done = 0
        while done < most:
            async with self.queue.claim(model=model, limit=min(2, most - done)) as batch:
                if not batch:
                    break
                await self.queue.store(model=model, vectors={one.chunk_id: Direction(model).vector for one in batch})
                done += len(batch)
        return done

    async def search(
        self, present: str, *, knows: bool = True, source_ids: tuple[SourceId, ...] | None = None
    ) -> SearchResult:
        one, other = (self.new, self.old) if present == NEW else (self.old, self.new)
        search = Search(
            index=self.index,
            embedder=one,
            weights=Weights(lexical=0.5, semantic=0.5),
            former=Known((other,) if knows else ()),
        )
        return await search(owner=self.owner, query="fiume", scope=Scope(source_ids=source_ids))

    async def answering(self, present: str) -> tuple[str, float]:
        """Whose vectors answer, and how much of the scope they cover."""
        found = await self.search(present)
        return self.index.models[-1], found.coverage.semantic

    async def retire(self, present: str) -> int:
        retire = RetireModels(vectors=self.former, clock=self.clock, model=present, patience=PATIENCE)
        return await retire()


@pytest.fixture
async def place(store: Store, index: ChunkIndex, queue: EmbeddingQueue, former: FormerVectors) -> Place:
    await forget_everybody_else(store)
    user = await signed_up(store.uow)
    source, chunks = await a_stored_source(store.uow, user.id, CONTENTS)
    place = Place(Watched(index), queue, former, user.id, source, chunks)
    await place.embed(OLD)
    await place.retire(OLD)
    return place


async def forget_everybody_else(store: Store) -> None:
    """The queue, and models, are everybody's: what other tests left would be embedded and waited for."""
    if store.worker is not None:
        async with store.worker.begin(None) as connection:
            for table in ("indexed_sources", "chunk_vectors", "embedding_models"):
                await connection.execute(text(f"delete from {table}"))
            await connection.commit()


async def stored(store: Store, model: str) -> int:
    """Vectors of a model, anybody's."""
    if store.memory is not None:
        return sum(key.model == model for key in store.memory.committed[VECTORS])
    assert store.worker is not None
    async with store.worker.begin(None) as connection:
        counted = text("select count(*) from chunk_vectors where model = :model")
        return int((await connection.execute(counted, {"model": model})).scalar_one())


class TestChange:
    async def test_the_old_vectors_answer_until_the_new_are_complete(self, place: Place, store: Store) -> None:
        assert await place.answering(OLD) == (OLD, 1.0)
        seen = [await place.answering(NEW)]
        while await place.embed(NEW, most=1):
            assert await place.retire(NEW) == 0
            seen.append(await place.answering(NEW))
        assert seen == [(OLD, 1.0)] * len(CONTENTS) + [(NEW, 1.0)]
        place.clock.advance(seconds=PATIENCE.total_seconds() + 1)
        assert await place.retire(NEW) == len(CONTENTS)
        assert (await stored(store, OLD), await stored(store, NEW)) == (0, len(CONTENTS))
        assert await place.answering(NEW) == (NEW, 1.0)
        assert await place.retire(NEW) == 0

    async def test_a_change_back_in_the_middle_pays_for_nothing_twice(self, place: Place, store: Store) -> None:
        assert await place.embed(NEW, most=2) == 2
        assert await place.answering(OLD) == (OLD, 1.0)
        assert await place.embed(OLD) == 0
        assert await place.queue.waiting(model=OLD) == 0
        assert await place.answering(NEW) == (OLD, 1.0)
        assert await place.embed(NEW) == len(CONTENTS) - 2
        assert await place.answering(NEW) == (NEW, 1.0)
        assert await place.answering(OLD) == (OLD, 1.0)
        assert await stored(store, OLD) == await stored(store, NEW) == len(CONTENTS)

    async def test_what_is_added_meanwhile_is_found_by_words_until_the_new_model_has_most(
        self, place: Place, store: Store
    ) -> None:
        added, _ = await a_stored_source(store.uow, place.owner, ["Il fiume nuovo.", "La foce nuova."])
        assert await place.answering(NEW) == (OLD, 5 / 7)
        await place.embed(NEW)
        assert await place.answering(NEW) == (NEW, 1.0)
        found = await place.search(NEW, source_ids=(added.id,))
        assert found.coverage.semantic == 1.0

    async def test_each_scope_swaps_by_itself(self, place: Place, store: Store) -> None:
        other, (chunk,) = await a_stored_source(store.uow, place.owner, ["Un altro fiume."])
        await place.queue.store(model=OLD, vectors={chunk.id: toward(0)})
        await place.queue.store(model=NEW, vectors={chunk.id: toward(1)})
        await place.search(NEW, source_ids=(other.id,))
        assert place.index.models[-1] == NEW
        await place.search(NEW)
        assert place.index.models[-1] == OLD

    async def test_a_former_model_that_cannot_be_built_leaves_the_present_one(self, place: Place) -> None:
        await place.embed(NEW, most=2)
        found = await place.search(NEW, knows=False)
        assert (place.index.models[-1], found.coverage.semantic) == (NEW, 2 / 5)

    async def test_a_former_model_that_is_down_leaves_the_present_one(self, place: Place) -> None:
        await place.embed(NEW, most=2)
        place.old.down = True
        assert await place.answering(NEW) == (NEW, 2 / 5)

    async def test_a_present_model_that_is_down_leaves_the_former_one(self, place: Place) -> None:
        await place.embed(NEW)
        place.new.down = True
        assert await place.answering(NEW) == (OLD, 1.0)

    async def test_the_weights_are_those_of_the_model_that_answers(self, place: Place) -> None:
        """The former one's leave nothing to words: only vectors order."""
        found = await place.search(NEW)
        assert [hit.score for hit in found.hits] == [pytest.approx(1.0, abs=1e-3)] * 5

    async def test_words_alone_ask_nobody(self, place: Place) -> None:
        search = Search(
            index=place.index, embedder=place.new, weights=Weights(lexical=1, semantic=1), former=Known((place.old,))
        )
        place.new.down = place.old.down = True
        found = await search(owner=place.owner, query="fiume", mode=SearchMode.LEXICAL)
        assert found.coverage.degraded is None

    async def test_what_the_new_model_refuses_does_not_keep_the_old_one(self, place: Place, store: Store) -> None:
        await place.embed(NEW, most=4)
        async with place.queue.claim(model=NEW, limit=1) as (last,):
            await place.queue.refuse(model=NEW, chunk_id=last.chunk_id, message="Not this one.")
        assert await place.answering(NEW) == (NEW, 4 / 5)
        place.clock.advance(seconds=PATIENCE.total_seconds() + 1)
        assert await place.retire(NEW) == 5
        assert await stored(store, OLD) == 0


class TestRoundTrips:
    """How often the index is asked, and an embedder, for one search."""

    def search(self, place: Place) -> Search:
        return Search(
            index=place.index,
            embedder=place.new,
            weights=Weights(lexical=0.5, semantic=0.5),
            former=Known((place.old,)),
        )

    async def cost(self, place: Place, search: Search) -> tuple[int, int, int]:
        """Trips, questions to the present model and to the former one."""
        place.index.trips = place.new.asked = place.old.asked = 0
        await search(owner=place.owner, query="fiume")
        return place.index.trips, place.new.asked, place.old.asked

    async def test_one_is_enough_when_all_is_embedded(self, place: Place) -> None:
        await place.embed(NEW)
        assert await self.cost(place, self.search(place)) == (1, 1, 0)

    async def test_one_is_enough_when_the_rest_was_refused(self, place: Place) -> None:
        await place.embed(NEW, most=4)
        async with place.queue.claim(model=NEW, limit=1) as (last,):
            await place.queue.refuse(model=NEW, chunk_id=last.chunk_id, message="Not this one.")
        assert await self.cost(place, self.search(place)) == (1, 1, 0)

    async def test_while_vectors_are_made_it_is_looked_whether_another_model_has_more(
        self, place: Place, store: Store
    ) -> None:
        await place.embed(NEW)
        await a_stored_source(store.uow, place.owner, ["Il fiume nuovo."])
        assert await self.cost(place, self.search(place)) == (2, 1, 0)

    async def test_during_a_change_the_present_model_is_asked_in_vain_once(self, place: Place) -> None:
        search = self.search(place)
        assert await self.cost(place, search) == (3, 1, 1)
        assert await self.cost(place, search) == (2, 0, 1)
        await place.embed(NEW)
        assert await self.cost(place, search) == (2, 1, 0)
        assert await self.cost(place, search) == (1, 1, 0)

    async def test_who_is_down_is_not_asked_twice(self, place: Place) -> None:
        place.new.down = place.old.down = True
        assert await self.cost(place, self.search(place)) == (2, 1, 1)


class TestReach:
    async def test_it_counts_by_model_what_is_in_scope_and_the_owners(self, place: Place, store: Store) -> None:
        other, (chunk,) = await a_stored_source(store.uow, place.owner, ["Un altro fiume."])
        await place.queue.store(model=NEW, vectors={chunk.id: toward(1)})
        stranger = await signed_up(store.uow)
        everything = Scope()
        assert await place.index.reach(owner=place.owner, scope=everything) == {
            OLD: Reach(embedded=5),
            NEW: Reach(embedded=1),
        }
        assert await place.index.reach(owner=place.owner, scope=Scope(source_ids=(other.id,))) == {
            NEW: Reach(embedded=1)
        }
        assert await place.index.reach(owner=stranger.id, scope=everything) == {}
        assert await place.index.reach(owner=stranger.id, scope=Scope(source_ids=(other.id,))) == {}

    async def test_it_follows_what_is_deleted(self, place: Place, store: Store) -> None:
        async with store.uow(place.owner) as unit:
            await unit.sources.delete(owner=place.owner, id=place.source.id)
            await unit.commit()
        assert await place.index.reach(owner=place.owner, scope=Scope()) == {}

    async def test_it_follows_what_is_read_again(self, place: Place, store: Store) -> None:
        kept = place.chunks[:2]
        async with store.uow(place.owner) as unit:
            source = await unit.sources.get(owner=place.owner, id=place.source.id)
            written = "".join(chunk.content for chunk in kept)
            await unit.chunks.replace(
                owner=place.owner, source=source, text=ExtractedText(text=written, language="it"), chunks=kept
            )
            await unit.commit()
        assert await place.index.reach(owner=place.owner, scope=Scope()) == {OLD: Reach(embedded=2)}


class TestRetiring:
    async def test_vectors_of_a_model_that_somebody_still_declares_stay(self, place: Place, store: Store) -> None:
        """Two workers with two settings would else delete what the other has just paid for."""
        await place.embed(NEW)
        for _ in range(20):
            place.clock.advance(seconds=PATIENCE.total_seconds() / 3)
            assert await place.retire(OLD) == 0
            assert await place.retire(NEW) == 0
        assert await stored(store, OLD) == await stored(store, NEW) == 5

    async def test_vectors_of_a_model_that_nobody_ever_declared_get_their_time_too(
        self, place: Place, store: Store
    ) -> None:
        await place.queue.store(model="stray", vectors={place.chunks[0].id: toward(3)})
        assert await place.retire(OLD) == 0
        assert await stored(store, "stray") == 1

    async def test_those_of_a_user_who_still_waits_stay(self, place: Place, store: Store) -> None:
        done = await signed_up(store.uow)
        _, (chunk,) = await a_stored_source(store.uow, done.id, ["Finito."])
        await place.queue.store(model=OLD, vectors={chunk.id: toward(0)})
        await place.queue.store(model=NEW, vectors={chunk.id: toward(1)})
        place.clock.advance(seconds=PATIENCE.total_seconds() + 1)
        assert await place.retire(NEW) == 1
        assert await stored(store, OLD) == 5
        assert await place.answering(NEW) == (OLD, 1.0)

    async def test_they_go_a_few_at_a_time(self, place: Place, store: Store) -> None:
        await place.embed(NEW)
        later = place.clock() + timedelta(days=1)
        gone = [await place.former.retire(model=NEW, unused_since=later, limit=2) for _ in range(4)]
        assert gone == [2, 2, 1, 0]
        assert await stored(store, NEW) == 5

    async def test_the_progress_of_a_source_is_that_of_the_present_model(self, place: Place, store: Store) -> None:
        await place.embed(NEW, most=2)
        async with store.uow(place.owner) as unit:
            source = await unit.sources.get(owner=place.owner, id=place.source.id)
        assert source.embedded_chunk_count == 2
