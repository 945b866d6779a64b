"""What PostgreSQL itself promises about chunks: raw SQL, as the API's role, sees and counts what it should."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.embedding_queue import PostgresEmbeddingQueue
from adapters.postgres.engine import API_ROLE, WORKER_ROLE, Transactions
from adapters.postgres.sign_planes import sign_planes
from adapters.postgres.unit_of_work import OpenPostgresUnitOfWork
from domain.shared import SourceId, UserId
from tests.builders import NOON, signed_up
from tests.builders_library import a_stored_source, some_chunks, toward

OWNED = [
    "chunks",
    "chunk_vectors",
    "chunk_planes",
    "chunk_terms",
    "postings",
    "term_frequencies",
    "indexed_sources",
    "vector_counts",
]


@pytest.fixture
def api(api_engine: AsyncEngine) -> Transactions:
    return Transactions(api_engine, role=API_ROLE)


@pytest.fixture
def queue(worker_engine: AsyncEngine) -> PostgresEmbeddingQueue:
    return PostgresEmbeddingQueue(Transactions(worker_engine, role=WORKER_ROLE))


@pytest.mark.parametrize("table", OWNED)
async def test_a_hand_written_query_sees_only_the_users_own_rows(
    api: Transactions, queue: PostgresEmbeddingQueue, table: str
) -> None:
    uow = OpenPostgresUnitOfWork(api)
    user, other = await signed_up(uow), await signed_up(uow)
    for owner in (user.id, other.id):
        _, (chunk,) = await a_stored_source(uow, owner)
        await queue.store(model="m", vectors={chunk.id: toward(0)})
    async with api.begin(user.id) as connection:
        owners = (await connection.execute(text(f"select distinct user_id from {table}"))).scalars().all()
    assert owners == [user.id]
    async with api.begin(None) as connection:
        assert (await connection.execute(text(f"select count(*) from {table}"))).scalar_one() == 0


@pytest.mark.parametrize("table", ["embedding_claims"])
async def test_the_queue_is_not_the_apis_business(api: Transactions, table: str) -> None:
    async with api.begin(None) as connection:
        with pytest.raises(Exception, match="permission denied"):
            await connection.execute(text(f"select * from {table}"))


async def test_document_frequencies_follow_what_is_written_and_deleted(api: Transactions) -> None:
    uow = OpenPostgresUnitOfWork(api)
    user = await signed_up(uow)
    first, _ = await a_stored_source(uow, user.id, ["La volpe corre.", "La volpe dorme."], title="-")
    await a_stored_source(uow, user.id, ["La volpe e il lupo."], title="-")
    assert await frequencies(api, user.id) == [1, 1, 1, 3]  # corre, dorme, lupo; volpe
    async with uow(user.id) as unit:
        await unit.sources.delete(owner=user.id, id=first.id)
        await unit.commit()
    assert await frequencies(api, user.id) == [1, 1]


async def frequencies(api: Transactions, owner: UserId) -> list[int]:
    async with api.begin(owner) as connection:
        rows = await connection.execute(text("select chunks from term_frequencies order by chunks"))
        return list(rows.scalars())


async def test_vectors_stay_unpacked_in_their_rows(api: Transactions) -> None:
    async with api.begin(None) as connection:
        storage = await connection.execute(
            text(
                "select attstorage from pg_attribute "
                "where attrelid = 'chunk_vectors'::regclass and attname = 'embedding'"
            )
        )
        assert storage.scalar_one() in {"p", b"p"}


class TestPlanes:
    """Each vector's planes come with it, move with it and go with it, whoever writes or deletes it."""

    async def test_they_are_written_with_their_vectors(self, api: Transactions, queue: PostgresEmbeddingQueue) -> None:
        uow = OpenPostgresUnitOfWork(api)
        user = await signed_up(uow)
        _, chunks = await a_stored_source(uow, user.id, ["Uno.", "Due.", "Uno."])
        await queue.store(model="m", vectors={chunks[0].id: toward(0)})
        assert await planes(api, user.id) == {("m", 0): signs(0), ("m", 2): signs(0)}
        await queue.store(model="m", vectors={chunks[0].id: toward(1), chunks[1].id: toward(1)})
        assert await planes(api, user.id) == {("m", 0): signs(0), ("m", 1): signs(1), ("m", 2): signs(0)}

    async def test_a_source_that_is_read_again_keeps_those_of_what_stays(
        self, api: Transactions, queue: PostgresEmbeddingQueue
    ) -> None:
        uow = OpenPostgresUnitOfWork(api)
        user = await signed_up(uow)
        source, (one, two, three) = await a_stored_source(uow, user.id, ["Uno.", "Due.", "Tre."])
        _, (four,) = await a_stored_source(uow, user.id, ["Quattro."])
        vectors = {one.id: toward(1), two.id: toward(2), three.id: toward(3), four.id: toward(4)}
        for model in ("m", "n"):
            await queue.store(model=model, vectors=vectors)
        for _ in range(2):  # the second time nothing changes
            written, again = some_chunks(source.id, ["Tre.", "Cinque.", "Uno.", "Quattro.", "Sei."])
            async with uow(user.id) as unit:
                await unit.chunks.replace(owner=user.id, source=source, text=written, chunks=again)
                await unit.commit()
            expected = {(model, place): signs(axis) for model in "mn" for place, axis in ((0, 3), (2, 1), (3, 4))}
            assert await planes(api, user.id, source.id) == expected
            assert await counted(api, user.id, source.id) == {("m", 3, 3), ("n", 3, 3)}

    async def test_those_that_are_missing_are_missing_there_too(
        self, api: Transactions, queue: PostgresEmbeddingQueue
    ) -> None:
        uow = OpenPostgresUnitOfWork(api)
        user = await signed_up(uow)
        source, (one, two) = await a_stored_source(uow, user.id, ["Uno.", "Due."])
        await queue.store(model="m", vectors={one.id: toward(1), two.id: toward(2)})
        async with api.begin(user.id) as connection:
            await connection.execute(text("delete from chunk_planes where position = 0"))
            await connection.commit()
        assert await counted(api, user.id, source.id) == {("m", 2, 1)}
        written, again = some_chunks(source.id, ["Due.", "Uno."])
        async with uow(user.id) as unit:
            await unit.chunks.replace(owner=user.id, source=source, text=written, chunks=again)
            await unit.commit()
        assert await planes(api, user.id) == {("m", 0): signs(2)}
        assert await counted(api, user.id, source.id) == {("m", 2, 1)}

    async def test_a_vector_that_is_deleted_or_changed_takes_its_own_away(
        self, api: Transactions, queue: PostgresEmbeddingQueue
    ) -> None:
        uow = OpenPostgresUnitOfWork(api)
        user = await signed_up(uow)
        source, chunks = await a_stored_source(uow, user.id, ["Uno.", "Due.", "Tre."])
        await queue.store(model="m", vectors={chunk.id: toward(at) for at, chunk in enumerate(chunks)})
        async with api.begin(user.id) as connection:
            await connection.execute(text("delete from chunk_vectors where position = 0"))
            await connection.execute(text("update chunk_vectors set embedding = embedding where position = 1"))
            await connection.commit()
        assert await planes(api, user.id) == {("m", 2): signs(2)}
        assert await counted(api, user.id, source.id) == {("m", 2, 1)}
        async with api.begin(user.id) as connection:
            await connection.execute(text("delete from chunk_vectors"))
            await connection.commit()
        assert (await planes(api, user.id), await counted(api, user.id, source.id)) == ({}, set())

    async def test_they_go_with_their_source(self, api: Transactions, queue: PostgresEmbeddingQueue) -> None:
        uow = OpenPostgresUnitOfWork(api)
        user = await signed_up(uow)
        source, (chunk,) = await a_stored_source(uow, user.id)
        await queue.store(model="m", vectors={chunk.id: toward(0)})
        async with uow(user.id) as unit:
            await unit.sources.delete(owner=user.id, id=source.id)
            await unit.commit()
        assert await planes(api, user.id) == {}

    async def test_what_hangs_on_a_deleted_source_is_not_seen(
        self, api: Transactions, queue: PostgresEmbeddingQueue
    ) -> None:
        uow = OpenPostgresUnitOfWork(api)
        user = await signed_up(uow)
        source, (chunk,) = await a_stored_source(uow, user.id)
        await queue.store(model="m", vectors={chunk.id: toward(0)})
        async with uow(user.id) as unit:
            await unit.sources.mark_deleted(owner=user.id, id=source.id, at=NOON)
            await unit.commit()
        assert await planes(api, user.id) == {}


def signs(axis: int) -> tuple[str, str]:
    (made,) = sign_planes([toward(axis)])
    return made.first, made.second


async def planes(api: Transactions, owner: UserId, source: SourceId | None = None) -> dict[tuple[str, int], Any]:
    """By model and position."""
    query = text("select source_id, model, position, first::text as first, second::text as second from chunk_planes")
    async with api.begin(owner) as connection:
        rows = (await connection.execute(query)).all()
    return {(row.model, row.position): (row.first, row.second) for row in rows if source in (None, row.source_id)}


async def counted(api: Transactions, owner: UserId, source: SourceId) -> set[tuple[str, int, int]]:
    """Vectors and planes of each model."""
    query = text("select model, vectors, planes from vector_counts where source_id = :source")
    async with api.begin(owner) as connection:
        return {(row.model, row.vectors, row.planes) for row in await connection.execute(query, {"source": source})}


class TestMatchChunks:
    async def test_it_finds_the_nearest_of_the_users_own(
        self, api: Transactions, queue: PostgresEmbeddingQueue
    ) -> None:
        uow = OpenPostgresUnitOfWork(api)
        user, other = await signed_up(uow), await signed_up(uow)
        _, (near, far) = await a_stored_source(uow, user.id, ["Vicino.", "Lontano."], metadata={"corso": "storia"})
        _, (theirs,) = await a_stored_source(uow, other.id)
        await queue.store(model="m", vectors={near.id: toward(0), far.id: toward(1), theirs.id: toward(0)})
        assert await matches(api, user.id, "'{}'") == [("Vicino.", 1.0), ("Lontano.", 0.0)]
        assert await matches(api, user.id, "'{}'", count=1) == [("Vicino.", 1.0)]
        assert len(await matches(api, user.id, """'{"corso": "storia"}'""")) == 2
        assert await matches(api, user.id, """'{"corso": "fisica"}'""") == []

    async def test_it_never_mixes_two_models(self, api: Transactions, queue: PostgresEmbeddingQueue) -> None:
        uow = OpenPostgresUnitOfWork(api)
        user = await signed_up(uow)
        _, (one, two) = await a_stored_source(uow, user.id, ["Uno.", "Due."])
        await queue.store(model="former", vectors={one.id: toward(0)})
        await queue.store(model="present", vectors={one.id: toward(1), two.id: toward(0)})
        assert await matches(api, user.id, "'{}'") == [("Due.", 1.0), ("Uno.", 0.0)]
        assert await matches(api, user.id, "'{}', 'former'") == [("Uno.", 1.0)]

    async def test_in_the_middle_of_a_change_it_asks_the_model_that_has_most(
        self, api: Transactions, queue: PostgresEmbeddingQueue
    ) -> None:
        uow = OpenPostgresUnitOfWork(api)
        user = await signed_up(uow)
        _, (one, two) = await a_stored_source(uow, user.id, ["Uno.", "Due."])
        await queue.store(model="former", vectors={one.id: toward(0), two.id: toward(1)})
        await queue.store(model="present", vectors={one.id: toward(1)})
        assert await matches(api, user.id, "'{}'") == [("Uno.", 1.0), ("Due.", 0.0)]


async def matches(api: Transactions, owner: UserId, filter: str, *, count: int = 5) -> list[tuple[str, float]]:
    vector = "[2" + ",0" * 1023 + "]"  # of any length: it is brought to one
    query = text(f"select content, similarity from match_chunks(cast(:vector as halfvec), {count}, {filter})")
    async with api.begin(owner) as connection:
        rows = await connection.execute(query, {"vector": vector})
        return [(row.content, round(row.similarity, 3)) for row in rows]
