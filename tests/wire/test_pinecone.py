"""Pinecone's own SDK against a server that holds it to the vendor's documents: troubles, limits, and the way in."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.pinecone import PineconeConnection, PineconeVectorStore, VectorStoreUnavailable, WrongIndex
from adapters.pinecone.records import LARGEST_REQUEST
from application.library.ports.vectors import ChunkVector
from domain.library import Chunk, Neighbour
from domain.shared import RateLimited, Unavailable, UserId
from tests.builders import a_user
from tests.builders_library import a_source, some_chunks, toward
from tests.contracts.shelves import MODEL, a_vector
from tests.contracts.test_vector_store import random_vectors
from tests.wire.pinecone_records import Namespaces, Refused, admits
from tests.wire.pinecone_server import KEY, PineconeServer, Trouble, pinecone_server


@pytest.fixture
async def server(shared: Path) -> AsyncIterator[PineconeServer]:
    async with pinecone_server(shared / "specs") as server:
        yield server


@pytest.fixture
async def connection(server: PineconeServer) -> AsyncIterator[PineconeConnection]:
    connection = a_connection(server)
    yield connection
    await connection.aclose()


@pytest.fixture
def store(connection: PineconeConnection) -> PineconeVectorStore:
    return PineconeVectorStore(connection)


@pytest.fixture
def owner() -> UserId:
    return a_user().id


@pytest.fixture
def chunk(owner: UserId) -> Chunk:
    return some_chunks(a_source(owner).id, ["Il Po."])[1][0]


def a_connection(server: PineconeServer, **changes: object) -> PineconeConnection:
    given: dict[str, object] = {
        "api_key": KEY,
        "index": "italian-learning",
        "controller": server.url,
        "poll": 0.001,
        **changes,
    }
    return PineconeConnection(**given)  # type: ignore[arg-type]


def many_vectors(owner: UserId, number: int) -> list[ChunkVector]:
    chunks = some_chunks(a_source(owner).id, [f"Frase {place}." for place in range(number)])[1]
    return [a_vector(chunk, one) for chunk, one in zip(chunks, random_vectors(number), strict=True)]


async def found(store: PineconeVectorStore, owner: UserId) -> list[Neighbour]:
    return await store.nearest(owner=owner, model=MODEL, vector=toward(0), sources=None, limit=10_000)


class TestIndex:
    async def test_an_index_that_is_missing_is_made_and_waited_for(
        self, server: PineconeServer, store: PineconeVectorStore, owner: UserId
    ) -> None:
        server.looks_until_ready = 3
        assert await found(store, owner) == []
        (made,) = [one for one in server.requests("/indexes") if one.method == "POST"]
        (field,) = made.body["schema"]["fields"].values()
        assert field == {"type": "dense_vector", "dimension": 1024, "metric": "cosine"}
        assert made.body["name"] == "italian-learning"
        assert (made.body["deployment"]["cloud"], made.body["deployment"]["region"]) == ("aws", "us-east-1")
        assert len(server.requests("/query")) == 1

    async def test_an_index_that_is_there_is_taken(self, server: PineconeServer, owner: UserId) -> None:
        for _ in range(2):
            connection = a_connection(server)
            await found(PineconeVectorStore(connection), owner)
            await connection.aclose()
        assert len([one for one in server.requests("/indexes") if one.method == "POST"]) == 1

    async def test_processes_that_make_it_at_once_get_along(self, server: PineconeServer, owner: UserId) -> None:
        connections = [a_connection(server) for _ in range(4)]
        server.looks_until_ready = 5
        await asyncio.gather(*(found(PineconeVectorStore(one), owner) for one in connections))
        for one in connections:
            await one.aclose()
        assert server.index is not None

    async def test_an_index_for_other_vectors_is_refused_with_what_to_do(
        self, server: PineconeServer, owner: UserId
    ) -> None:
        other = a_connection(server, dimensions=8)
        await other.index()
        await other.aclose()
        connection = a_connection(server)
        with pytest.raises(WrongIndex, match=r"8 dimensions .* PINECONE_INDEX"):
            await found(PineconeVectorStore(connection), owner)

    async def test_an_index_that_is_never_ready_is_unavailable(self, server: PineconeServer, owner: UserId) -> None:
        server.looks_until_ready = 10_000
        with pytest.raises(VectorStoreUnavailable):
            await found(PineconeVectorStore(a_connection(server, patience=0.05)), owner)

    async def test_a_way_in_that_failed_is_tried_again(
        self, server: PineconeServer, store: PineconeVectorStore, owner: UserId
    ) -> None:
        server.trouble = [Trouble("/indexes", 403)]
        with pytest.raises(VectorStoreUnavailable):
            await found(store, owner)
        assert await found(store, owner) == []


class TestTrouble:
    async def test_a_short_fault_is_not_noticed(
        self, server: PineconeServer, store: PineconeVectorStore, owner: UserId, chunk: Chunk
    ) -> None:
        server.trouble = [Trouble("/vectors/upsert", 503), Trouble("/query", 500), Trouble("/query", 429)]
        await store.put(owner=owner, model=MODEL, vectors=[a_vector(chunk, toward(0))])
        assert len(await found(store, owner)) == 1

    @pytest.mark.parametrize("status", [401, 403, 404, 503])
    async def test_what_fails_is_unavailable(
        self, server: PineconeServer, store: PineconeVectorStore, owner: UserId, chunk: Chunk, status: int
    ) -> None:
        server.trouble = [Trouble(path, status, times=4) for path in ("/query", "/vectors", "/namespaces")]
        with pytest.raises(Unavailable) as refused:
            await found(store, owner)
        assert refused.value.data["retry_after"]
        with pytest.raises(Unavailable):
            await store.similarities(owner=owner, model=MODEL, vector=toward(0), chunks=[chunk.id])

    async def test_too_much_is_told_with_the_time_to_wait(
        self, server: PineconeServer, store: PineconeVectorStore, owner: UserId, chunk: Chunk
    ) -> None:
        server.trouble = [Trouble("/query", 429, times=4, retry_after="0")]
        with pytest.raises(RateLimited) as refused:
            await found(store, owner)
        assert refused.value.data["retry_after"] is not None
        server.trouble = [Trouble("/vectors/upsert", 429, times=100, retry_after="0")]
        with pytest.raises(RateLimited):
            await store.put(owner=owner, model=MODEL, vectors=[a_vector(chunk, toward(0))])

    async def test_a_server_that_says_nothing_is_unavailable(self, server: PineconeServer, owner: UserId) -> None:
        connection = a_connection(server, timeout=0.05)
        await connection.index()
        server.silent = True
        with pytest.raises(Unavailable):
            await found(PineconeVectorStore(connection), owner)
        await connection.aclose()

    async def test_a_server_that_is_not_there_is_unavailable(self, server: PineconeServer, owner: UserId) -> None:
        with pytest.raises(Unavailable):
            await found(PineconeVectorStore(a_connection(server, controller="http://127.0.0.1:9")), owner)

    @pytest.mark.parametrize("key", [KEY, "pcsk_wrong_9876543210"])
    async def test_the_key_is_in_no_error_and_no_log(
        self, server: PineconeServer, owner: UserId, caplog: pytest.LogCaptureFixture, key: str
    ) -> None:
        caplog.set_level(logging.DEBUG)
        connection = a_connection(server, api_key=key)
        server.trouble = [Trouble("/query", 400)]
        with pytest.raises(Exception) as refused:  # noqa: PT011
            await found(PineconeVectorStore(connection), owner)
        await connection.aclose()
        told = "".join(traceback.format_exception(refused.value)) + repr(connection) + caplog.text
        assert key not in told


class TestWriting:
    async def test_requests_keep_within_both_limits(
        self, server: PineconeServer, store: PineconeVectorStore, owner: UserId
    ) -> None:
        vectors = many_vectors(owner, 420)
        await store.put(owner=owner, model=MODEL, vectors=vectors)
        sizes = [one.size for one in server.requests("/vectors/upsert")]
        assert max(sizes) <= LARGEST_REQUEST
        assert len(sizes) <= 4
        assert len(await found(store, owner)) == 420

    async def test_small_vectors_go_a_thousand_at_a_time(self, server: PineconeServer, owner: UserId) -> None:
        connection = a_connection(server, dimensions=8)
        server.namespaces.dimensions = 8
        chunks = some_chunks(a_source(owner).id, [f"{place}." for place in range(2_400)])[1]
        store = PineconeVectorStore(connection)
        await store.put(owner=owner, model=MODEL, vectors=[a_vector(chunk, [1.0] * 8) for chunk in chunks])
        assert [len(one.body["vectors"]) for one in server.requests("/vectors/upsert")] == [1_000, 1_000, 400]
        await store.delete(owner=owner, model=MODEL, chunks=[chunk.id for chunk in chunks])
        assert [len(one.body["ids"]) for one in server.requests("/vectors/delete")] == [1_000, 1_000, 400]
        await connection.aclose()

    async def test_only_the_part_that_failed_is_sent_again(
        self, server: PineconeServer, store: PineconeVectorStore, owner: UserId
    ) -> None:
        vectors = many_vectors(owner, 420)
        unlucky = str(vectors[0].record.chunk_id)
        # The SDK tries four times.
        server.trouble = [Trouble("/vectors/upsert", 503, times=4, about=unlucky)]
        await store.put(owner=owner, model=MODEL, vectors=vectors)
        sent = [unlucky in one.text for one in server.requests("/vectors/upsert")]
        assert (sent.count(True), sent.count(False)) == (5, 2)
        assert len(await found(store, owner)) == 420

    async def test_a_part_that_goes_on_failing_is_told_and_the_rest_stays(
        self, server: PineconeServer, store: PineconeVectorStore, owner: UserId
    ) -> None:
        vectors = many_vectors(owner, 420)
        server.trouble = [Trouble("/vectors/upsert", 400, times=100, about=str(vectors[0].record.chunk_id))]
        with pytest.raises(Exception, match="as the test wishes"):
            await store.put(owner=owner, model=MODEL, vectors=vectors)
        assert 0 < len(await found(store, owner)) < 420
        server.trouble = []
        await store.put(owner=owner, model=MODEL, vectors=vectors)
        assert len(await found(store, owner)) == 420

    async def test_metadata_is_typed(
        self, server: PineconeServer, store: PineconeVectorStore, owner: UserId, chunk: Chunk
    ) -> None:
        await store.put(owner=owner, model=MODEL, vectors=[a_vector(chunk, toward(0))])
        (record,) = server.namespaces.held[str(owner)].values()
        assert record[1] == {
            "user": str(owner),
            "model": MODEL,
            "source": str(chunk.source_id),
            "position": 0,
            "kind": "TEXT",
            "created_at": 1_773_576_000,
            "text": "Il Po.",
        }


class TestReading:
    async def test_a_search_right_after_a_write_may_miss_it_and_a_later_one_does_not(
        self, server: PineconeServer, store: PineconeVectorStore, owner: UserId, chunk: Chunk
    ) -> None:
        server.lag = 2
        await store.put(owner=owner, model=MODEL, vectors=[a_vector(chunk, toward(0))])
        assert [len(await found(store, owner)) for _ in range(4)] == [0, 0, 1, 1]
        server.lag = None
        await store.delete_source(owner=owner, source_id=chunk.source_id)
        assert len(await found(store, owner)) == 1
        server.show()
        assert await found(store, owner) == []

    async def test_exact_scores_are_fetched_a_hundred_at_a_time(
        self, server: PineconeServer, store: PineconeVectorStore, owner: UserId
    ) -> None:
        vectors = many_vectors(owner, 230)
        await store.put(owner=owner, model=MODEL, vectors=vectors)
        exact = await store.similarities(
            owner=owner, model=MODEL, vector=toward(0), chunks=[one.record.chunk_id for one in vectors]
        )
        assert sorted(len(one.query["ids"]) for one in server.requests("/vectors/fetch")) == [30, 100, 100]
        assert len(exact) == 230

    async def test_what_others_left_in_the_index_is_not_ours(
        self, server: PineconeServer, store: PineconeVectorStore, owner: UserId, chunk: Chunk
    ) -> None:
        await store.put(owner=owner, model=MODEL, vectors=[a_vector(chunk, toward(0))])
        (record,) = server.namespaces.held[str(owner)].values()
        server.namespaces.held["somebody-elses"] = {"x": record}
        server.namespaces.held[str(owner)] |= {"no-separator": record, f"{MODEL}#not-a-uuid": record}
        assert [one.chunk_id async for page in store.ids(owner=owner) for one in page] == [chunk.id]
        assert [one async for page in store.owners() for one in page] == [owner]
        assert [one.chunk_id for one in await found(store, owner)] == [chunk.id]


class TestClients:
    async def test_one_client_serves_everybody_in_an_event_loop(
        self, server: PineconeServer, connection: PineconeConnection
    ) -> None:
        clients = await asyncio.gather(*(connection.index() for _ in range(5)))
        assert len({id(client) for client in clients}) == 1
        assert len([one for one in server.requests("/indexes") if one.method == "POST"]) == 1

    async def test_what_was_closed_opens_again(
        self, server: PineconeServer, connection: PineconeConnection, owner: UserId
    ) -> None:
        store = PineconeVectorStore(connection)
        await found(store, owner)
        await connection.aclose()
        await connection.aclose()
        assert await found(store, owner) == []

    async def test_another_event_loop_has_its_own_client(
        self, server: PineconeServer, connection: PineconeConnection, owner: UserId
    ) -> None:
        store = PineconeVectorStore(connection)
        await found(store, owner)

        async def elsewhere() -> int:
            number = len(await found(store, owner))
            await connection.aclose()
            return number

        assert await asyncio.to_thread(asyncio.run, elsewhere()) == 0
        assert await found(store, owner) == []


class TestServer:
    """The stand-in itself."""

    @pytest.mark.parametrize(
        ("where", "admitted"),
        [
            ({"kind": "PDF"}, True),
            ({"kind": {"$eq": "TEXT"}}, False),
            ({"kind": {"$ne": "TEXT"}}, True),
            ({"page": {"$gte": 3, "$lt": 4}}, True),
            ({"page": {"$gt": 3}}, False),
            ({"page": "3"}, False),
            ({"read": True}, True),
            ({"read": 1}, False),
            ({"tags": {"$in": ["b", "z"]}}, True),
            ({"tags": {"$nin": ["b"]}}, False),
            ({"other": {"$exists": False}}, True),
            ({"$and": [{"kind": "PDF"}, {"page": {"$lte": 2}}]}, False),
            ({"$or": [{"kind": "TEXT"}, {"page": 3}]}, True),
        ],
    )
    def test_filters_mean_what_pinecones_mean(self, where: dict[str, object], admitted: bool) -> None:
        assert admits({"kind": "PDF", "page": 3, "read": True, "tags": ["a", "b"]}, where) is admitted

    @pytest.mark.parametrize("where", [{"$not": {}}, {"page": {"$gt": "3"}}, {"page": {"$in": 3}}, {"a": {"$like": 1}}])
    def test_other_filters_are_refused(self, where: dict[str, object]) -> None:
        with pytest.raises(Refused):
            admits({"page": 3}, where)

    @pytest.mark.parametrize(
        "vector",
        [
            {"id": "caffè", "values": [1.0, 0.0]},
            {"id": "x" * 513, "values": [1.0, 0.0]},
            {"id": "x", "values": [0.0, 0.0]},
            {"id": "x", "values": [1.0]},
            {"id": "x", "values": [1.0, 0.0], "metadata": {"nested": {"a": 1}}},
            {"id": "x", "values": [1.0, 0.0], "metadata": {"none": None}},
            {"id": "x", "values": [1.0, 0.0], "metadata": {"text": "x" * 41_000}},
        ],
    )
    def test_records_outside_the_limits_are_refused(self, vector: dict[str, object]) -> None:
        with pytest.raises(Refused):
            Namespaces(dimensions=2).upsert("n", [vector], size=100)

    async def test_requests_that_the_documents_do_not_know_are_noticed(self, shared: Path) -> None:
        with pytest.raises(AssertionError, match="unknown field topk"):
            async with pinecone_server(shared / "specs") as server:
                server.documents.check_request("POST", "/query", {}, {"x-pinecone-api-version": "2026-04"}, {"topk": 3})
