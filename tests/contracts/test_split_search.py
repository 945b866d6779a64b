"""Searching with the vectors in a store of their own: the same answers, and answers still when that store is down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from adapters.memory.jobs import MemoryJobQueue
from adapters.memory.vector_store import MemoryVectorStore
from adapters.offline import FUSION_WEIGHTS, OfflineEmbedder
from adapters.personal_vectors import StoredPersonalVectors
from adapters.pinecone import PineconeConnection, PineconeVectorStore
from adapters.postgres.chunk_index import PostgresChunkIndex
from adapters.postgres.embedding_queue import PostgresEmbeddingQueue
from adapters.postgres.engine import API_ROLE, WORKER_ROLE, Transactions, create_engine
from adapters.postgres.split_chunk_index import SplitChunkIndex
from adapters.postgres.unit_of_work import OpenPostgresUnitOfWork
from adapters.postgres.vector_archive import PostgresVectorArchive
from adapters.split_embedding_queue import SplitEmbeddingQueue
from application.library import Search
from application.library.ports import Candidates, Scope
from application.library.ports.vectors import ChunkVector
from domain.library import Chunk, Neighbour, Source
from domain.shared import DocumentId, NoSuch, NotYours, SourceId, Unavailable, UserId
from tests.builders import signed_up
from tests.builders_library import CORPUS, QUESTIONS, a_stored_source, toward
from tests.conftest import PostgresUrls
from tests.contracts.shelves import a_vector
from tests.contracts.test_chunk_index import by_words
from tests.wire.pinecone_server import KEY, Trouble, pinecone_server

EMBEDDER = OfflineEmbedder()
MODEL = EMBEDDER.model


class Moody(MemoryVectorStore):
    """A store that can be down, or never answer."""

    def __init__(self) -> None:
        super().__init__()
        self.down = False
        self.frozen = False
        self.searches = 0

    async def nearest(self, **asked: Any) -> list[Neighbour]:
        self.searches += 1
        await self._mood()
        return await super().nearest(**asked)

    async def put(self, **given: Any) -> None:
        await self._mood()
        await super().put(**given)

    async def _mood(self) -> None:
        if self.frozen:
            await asyncio.Event().wait()
        if self.down:
            raise Unavailable("The store is down.", retry_after=1)


@dataclass(frozen=True)
class Place:
    """A user with the corpus, embedded, in a database and in a store beside it."""

    owner: UserId
    source: Source
    chunks: list[Chunk]
    uow: OpenPostgresUnitOfWork
    store: Moody
    jobs: MemoryJobQueue
    queue: SplitEmbeddingQueue
    whole: PostgresChunkIndex
    split: SplitChunkIndex
    archive: PostgresVectorArchive


@pytest.fixture
async def place(postgres: PostgresUrls) -> AsyncIterator[Place]:
    engines = [create_engine(postgres.api), create_engine(postgres.worker)]
    api, worker = Transactions(engines[0], role=API_ROLE), Transactions(engines[1], role=WORKER_ROLE)
    uow, store, jobs, whole = OpenPostgresUnitOfWork(api), Moody(), MemoryJobQueue(), PostgresChunkIndex(api)
    queue = SplitEmbeddingQueue(
        PostgresEmbeddingQueue(worker), store=store, archive=PostgresVectorArchive(worker), jobs=jobs
    )
    user = await signed_up(uow)
    source, chunks = await a_stored_source(uow, user.id, CORPUS, title="Appunti", metadata={"corso": "storia"})
    await embed(queue, chunks)
    yield Place(
        owner=user.id,
        source=source,
        chunks=chunks,
        uow=uow,
        store=store,
        jobs=jobs,
        queue=queue,
        whole=whole,
        split=SplitChunkIndex(whole, store, patience=0.2),
        archive=PostgresVectorArchive(worker),
    )
    for engine in engines:
        await engine.dispose()


async def embed(queue: SplitEmbeddingQueue, chunks: Sequence[Chunk]) -> None:
    vectors = await EMBEDDER.embed([chunk.content for chunk in chunks])
    await queue.store(model=MODEL, vectors={chunk.id: one for chunk, one in zip(chunks, vectors, strict=True)})


async def ask(index: Any, owner: UserId, query: str, *, depth: int = 4, **scope: Any) -> Candidates:
    (vector,) = await EMBEDDER.embed([query])
    found: Candidates = await index.candidates(
        owner=owner, query=query, vector=vector, model=MODEL, scope=Scope(**scope), depth=depth
    )
    return found


def scores(found: Candidates) -> dict[str, tuple[Any, Any]]:
    """Both scores of each chunk, half precision allowed for. Which of those that have nothing to do with the query
    fill up the depth is the store's choice.
    """
    return {
        item.chunk.content: (
            item.lexical_score and pytest.approx(item.lexical_score, rel=1e-4),
            pytest.approx(item.similarity, abs=2e-3),
        )
        for item in found.items
        if item.lexical_score or (item.similarity or 0.0) > 0.002
    }


class TestSearching:
    @pytest.mark.parametrize("query", QUESTIONS)
    @pytest.mark.parametrize("spare", [0, 50])
    async def test_it_finds_and_scores_what_the_database_alone_does(
        self, place: Place, query: str, spare: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Without spare ones, the exact scores of what only words found have to be asked for.
        monkeypatch.setattr("adapters.postgres.split_chunk_index._SPARE", spare)
        here, there = await ask(place.split, place.owner, query), await ask(place.whole, place.owner, query)
        assert scores(here) == scores(there)
        assert all(item.similarity is not None for item in here.items)
        assert (here.chunks_in_scope, here.embedded_chunks, here.degraded) == (12, 12, None)

    async def test_a_search_stays_within_its_scope(self, place: Place) -> None:
        other, chunks = await a_stored_source(place.uow, place.owner, ["L'acqua è limpida."])
        await embed(place.queue, chunks)
        scopes: list[dict[str, Any]] = [
            {"source_ids": (other.id,)},
            {"metadata": {}},
            {"metadata": {"corso": "storia"}},
        ]
        for scope in scopes:
            here = await ask(place.split, place.owner, "acqua", depth=20, **scope)
            assert scores(here) == scores(await ask(place.whole, place.owner, "acqua", depth=20, **scope))
        assert (await ask(place.split, place.owner, "acqua", source_ids=())).items == ()
        assert (await ask(place.split, place.owner, "acqua", metadata={"corso": "fisica"})).items == ()

    async def test_what_is_not_there_and_what_is_anothers_differ(self, place: Place) -> None:
        stranger = await signed_up(place.uow)
        with pytest.raises(NotYours):
            await ask(place.split, stranger.id, "acqua", source_ids=(place.source.id,))
        with pytest.raises(NoSuch):
            await ask(place.split, stranger.id, "acqua", source_ids=(SourceId(uuid4()),))
        with pytest.raises(NoSuch):
            await ask(place.split, stranger.id, "acqua", document_id=DocumentId(uuid4()))
        assert place.store.searches == 0

    async def test_vectors_of_chunks_that_are_gone_find_nothing(self, place: Place) -> None:
        orphans = [
            ChunkVector(record=a_vector(chunk, toward(0)).record, numbers=toward(0))
            for chunk in (await a_stored_source(place.uow, (await signed_up(place.uow)).id, CORPUS))[1]
        ]
        await place.store.put(owner=place.owner, model=MODEL, vectors=orphans)
        found = await ask(place.split, place.owner, QUESTIONS[0], depth=30)
        assert {item.chunk.source_id for item in found.items} == {place.source.id}

    @pytest.mark.parametrize("mood", ["down", "frozen"])
    async def test_without_the_store_words_answer_and_say_so(self, place: Place, mood: str) -> None:
        setattr(place.store, mood, True)
        search = Search(index=place.split, embedder=EMBEDDER, weights=FUSION_WEIGHTS)
        result = await search(owner=place.owner, query="Da dove partì Garibaldi?")
        assert result.hits[0].chunk.content.startswith("Garibaldi")
        assert (result.coverage.lexical, result.coverage.semantic) == (1.0, 0.0)
        assert "vector store is not available" in (result.coverage.degraded or "")

    async def test_pinecone_at_the_wire_answers_alike_and_may_be_down(self, place: Place, shared: Path) -> None:
        async with pinecone_server(shared / "specs") as server:
            connection = PineconeConnection(api_key=KEY, index="italian-learning", controller=server.url, poll=0.001)
            store = PineconeVectorStore(connection)
            held = [one.id for one in place.chunks]
            archive = place.archive
            await store.put(
                owner=place.owner,
                model=MODEL,
                vectors=await archive.vectors(owner=place.owner, model=MODEL, chunks=held),
            )
            split = SplitChunkIndex(place.whole, store, patience=1.0)
            for query in QUESTIONS[:3]:
                assert scores(await ask(split, place.owner, query)) == scores(
                    await ask(place.whole, place.owner, query)
                )
            garibaldi = (await ask(place.whole, place.owner, "Garibaldi", depth=1)).items[0].chunk
            await store.delete(owner=place.owner, model=MODEL, chunks=[garibaldi.id])
            server.trouble = [Trouble("/vectors/fetch", 503, times=100)]
            half = await ask(split, place.owner, "Garibaldi")
            server.trouble = [Trouble("/query", 429, times=100, retry_after="1")]
            none = await ask(split, place.owner, "Garibaldi")
            await connection.aclose()
        assert half.degraded is not None
        assert half.degraded == none.degraded
        assert by_words(half) == by_words(none) == [garibaldi.content]

    async def test_a_search_by_words_does_not_ask_the_store(self, place: Place) -> None:
        found = await place.split.candidates(
            owner=place.owner, query="Garibaldi", vector=None, model=MODEL, scope=Scope(), depth=5
        )
        assert (len(found.items), place.store.searches) == (1, 0)


class TestEmbedding:
    async def test_each_vector_goes_to_both(self, place: Place) -> None:
        held = {one.chunk_id async for page in place.store.ids(owner=place.owner) for one in page}
        assert held == {chunk.id for chunk in place.chunks}
        assert (await ask(place.whole, place.owner, "acqua")).embedded_chunks == 12
        assert place.jobs.asked == []

    async def test_a_store_that_is_down_loses_nothing_that_was_paid_for(self, place: Place) -> None:
        _, chunks = await a_stored_source(place.uow, place.owner, ["Il Po.", "L'Arno."])
        place.store.down = True
        await embed(place.queue, chunks)
        assert (await ask(place.whole, place.owner, "acqua")).embedded_chunks == 14
        assert place.jobs.asked == [("library.reconcile_vectors", {"owner": str(place.owner)})]

    async def test_a_users_vectors_are_erased_with_the_user(self, place: Place) -> None:
        personal = StoredPersonalVectors(place.store)
        assert await personal.remaining(owner=place.owner) == {"vectors": 12}
        for _ in range(2):
            await personal.erase(owner=place.owner)
        assert await personal.remaining(owner=place.owner) == {"vectors": 0}
