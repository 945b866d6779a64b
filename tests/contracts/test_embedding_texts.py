"""The contract of the embedding queue, on texts: each is paid for once, and what is refused is not asked again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.memory.chunks import MemoryEmbeddingQueue
from adapters.postgres.embedding_queue import PostgresEmbeddingQueue
from application.library.ports import EmbeddingQueue, SourceReader
from domain.library import SourceStatus
from domain.shared import ChunkId
from tests.builders import NOON, TickingClock, signed_up
from tests.builders_library import a_source, a_stored_source, some_chunks
from tests.contracts.conftest import Store
from tests.contracts.queueing import VECTOR, taken


@pytest.fixture
def clock() -> TickingClock:
    return TickingClock()


@pytest.fixture
def queue(store: Store, clock: TickingClock) -> EmbeddingQueue:
    return store.worker_reader(
        memory=lambda database: MemoryEmbeddingQueue(database, clock=clock),
        postgres=lambda transactions: PostgresEmbeddingQueue(transactions, clock=clock),
    )


async def test_a_hundred_chunks_with_the_same_content_are_one_text(
    store: Store, queue: EmbeddingQueue, sources: SourceReader, model: str
) -> None:
    user = await signed_up(store.uow)
    source, _ = await a_stored_source(store.uow, user.id, ["Ripetuto."] * 100)
    assert len(await taken(queue, model, 16)) == 1
    assert (await sources.get(owner=user.id, id=source.id)).embedded_chunk_count == 100
    assert await queue.waiting(model=model) == 0


async def test_the_same_content_in_two_sources_of_a_user_is_one_text(
    store: Store, queue: EmbeddingQueue, sources: SourceReader, model: str
) -> None:
    user = await signed_up(store.uow)
    first, _ = await a_stored_source(store.uow, user.id, ["Uguale.", "Uno."])
    second, _ = await a_stored_source(store.uow, user.id, ["Due.", "Uguale."])
    async with queue.claim(model=model, limit=16) as batch:
        assert len(batch) == 3
        moved = await queue.store(model=model, vectors={chunk.chunk_id: VECTOR for chunk in batch})
    assert set(moved) == {first.id, second.id}
    for source in (first, second):
        assert (await sources.get(owner=user.id, id=source.id)).embedded_chunk_count == 2


async def test_what_a_user_has_embedded_already_has_its_vector_from_the_beginning(
    store: Store, queue: EmbeddingQueue, sources: SourceReader, model: str
) -> None:
    user = await signed_up(store.uow)
    await a_stored_source(store.uow, user.id, ["Uguale."])
    await taken(queue, model, 16)
    later, _ = await a_stored_source(store.uow, user.id, ["Uguale.", "Nuovo."])
    assert (await sources.get(owner=user.id, id=later.id)).embedded_chunk_count == 1
    assert [text.split("\n")[1] for text in await taken(queue, model, 16)] == ["Nuovo."]


async def test_what_another_user_has_is_never_looked_at(store: Store, queue: EmbeddingQueue, model: str) -> None:
    for _ in range(2):
        await a_stored_source(store.uow, (await signed_up(store.uow)).id, ["Uguale."])
        assert len(await taken(queue, model, 16)) == 1


async def test_a_text_that_is_claimed_is_not_given_again_for_another_source(
    store: Store, queue: EmbeddingQueue, sources: SourceReader, model: str
) -> None:
    user = await signed_up(store.uow)
    await a_stored_source(store.uow, user.id, ["Uguale."])
    async with queue.claim(model=model, limit=16) as batch:
        late, _ = await a_stored_source(store.uow, user.id, ["Uguale."])
        async with queue.claim(model=model, limit=16) as meanwhile:
            assert meanwhile == []
        await queue.store(model=model, vectors={chunk.chunk_id: VECTOR for chunk in batch})
    async with queue.claim(model=model, limit=16) as after:
        assert after == []
    assert (await sources.get(owner=user.id, id=late.id)).embedded_chunk_count == 1


async def test_a_source_that_is_read_again_in_mid_flight_keeps_its_claims(
    store: Store, queue: EmbeddingQueue, sources: SourceReader, model: str
) -> None:
    user = await signed_up(store.uow)
    source, _ = await a_stored_source(store.uow, user.id, ["Uno.", "Due."])
    async with queue.claim(model=model, limit=16) as batch:
        text, chunks = some_chunks(source.id, ["Due.", "Tre."])
        async with store.uow(user.id) as uow:
            await uow.chunks.replace(owner=user.id, source=source, text=text, chunks=chunks)
            await uow.commit()
        async with queue.claim(model=model, limit=16) as meanwhile:
            assert [chunk.text.split("\n")[-1] for chunk in meanwhile] == ["Tre."]
        await queue.store(model=model, vectors={chunk.chunk_id: VECTOR for chunk in batch})
    assert (await sources.get(owner=user.id, id=source.id)).chunk_count == 2


async def test_a_refused_chunk_waits_no_more_and_is_counted(
    store: Store, queue: EmbeddingQueue, sources: SourceReader, model: str
) -> None:
    user = await signed_up(store.uow)
    source, (first, _) = await a_stored_source(store.uow, user.id, ["Vietato.", "Due."])
    assert await queue.refuse(model=model, chunk_id=first.id, message="No.") == [source.id]
    assert await queue.waiting(model=model) == 1
    assert [text.split("\n")[1] for text in await taken(queue, model, 16)] == ["Due."]
    done = await sources.get(owner=user.id, id=source.id)
    assert (done.embedded_chunk_count, done.refused_chunk_count) == (1, 1)
    assert done.is_settled


async def test_reading_again_and_another_model_try_a_refused_chunk_anew(
    store: Store, queue: EmbeddingQueue, sources: SourceReader, model: str
) -> None:
    user = await signed_up(store.uow)
    source, (chunk,) = await a_stored_source(store.uow, user.id, ["Vietato."])
    await queue.refuse(model=model, chunk_id=chunk.id, message="No.")
    async with queue.claim(model="tomorrow's", limit=500) as batch:
        assert chunk.id in [waiting.chunk_id for waiting in batch]
    text, chunks = some_chunks(source.id, ["Vietato."])
    async with store.uow(user.id) as uow:
        await uow.chunks.replace(owner=user.id, source=source, text=text, chunks=chunks)
        await uow.commit()
    assert (await sources.get(owner=user.id, id=source.id)).refused_chunk_count == 0
    assert len(await taken(queue, model, 16)) == 1


async def test_what_another_source_brought_a_vector_for_is_refused_no_more(
    store: Store, queue: EmbeddingQueue, sources: SourceReader, model: str
) -> None:
    user = await signed_up(store.uow)
    source, (chunk,) = await a_stored_source(store.uow, user.id, ["Lungo."], title="Un titolo troppo lungo")
    await queue.refuse(model=model, chunk_id=chunk.id, message="Too long.")
    await a_stored_source(store.uow, user.id, ["Lungo."], title="-")
    await taken(queue, model, 16)
    done = await sources.get(owner=user.id, id=source.id)
    assert (done.embedded_chunk_count, done.refused_chunk_count) == (1, 0)


async def test_refusing_what_was_deleted_or_has_its_vector_changes_nothing(
    store: Store, queue: EmbeddingQueue, sources: SourceReader, model: str
) -> None:
    user = await signed_up(store.uow)
    source, (chunk,) = await a_stored_source(store.uow, user.id)
    await queue.store(model=model, vectors={chunk.id: VECTOR})
    await queue.refuse(model=model, chunk_id=chunk.id, message="No.")
    assert await queue.refuse(model=model, chunk_id=ChunkId(uuid4()), message="No.") == []
    assert (await sources.get(owner=user.id, id=source.id)).refused_chunk_count == 0


async def test_it_knows_since_when_a_chunk_waits_and_whether_more_is_to_come(
    store: Store, queue: EmbeddingQueue, model: str
) -> None:
    user = await signed_up(store.uow)
    read_at = NOON - timedelta(minutes=3)
    await a_stored_source(store.uow, user.id, processed_at=read_at)
    async with queue.claim(model=model, limit=16) as batch:
        assert [chunk.since for chunk in batch] == [read_at]
    coming = a_source(user.id, status=SourceStatus.PROCESSING)
    async with store.uow(user.id) as uow:
        await uow.sources.add(coming)
        await uow.commit()
    assert await queue.more_to_come()


async def test_when_the_model_of_before_is_back_its_vectors_count_again(
    store: Store, queue: EmbeddingQueue, sources: SourceReader, model: str
) -> None:
    user = await signed_up(store.uow)
    source, chunks = await a_stored_source(store.uow, user.id, ["Uno.", "Due."])
    await queue.store(model=model, vectors={chunk.id: VECTOR for chunk in chunks})
    await queue.store(model=f"{model}, for an hour", vectors={chunks[0].id: VECTOR})
    assert await taken(queue, model, 16) == []
    assert await queue.waiting(model=model) == 0
    assert (await sources.get(owner=user.id, id=source.id)).embedded_chunk_count == 2


async def test_a_claim_outlives_its_lease_while_its_worker_is_at_work(store: Store, model: str) -> None:
    lease = timedelta(seconds=0.6)
    queue = store.worker_reader(
        memory=lambda database: MemoryEmbeddingQueue(database, lease=timedelta(minutes=1)),
        postgres=lambda transactions: PostgresEmbeddingQueue(transactions, lease=lease),
    )
    user = await signed_up(store.uow)
    await a_stored_source(store.uow, user.id)
    async with queue.claim(model=model, limit=16) as batch:
        assert len(batch) == 1
        await asyncio.sleep(3 * lease.total_seconds())
        async with queue.claim(model=model, limit=16) as meanwhile:
            assert meanwhile == []
