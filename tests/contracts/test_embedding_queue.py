"""The contract of the embedding queue: fair, each chunk to one worker at a time, and nothing paid for twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest

from adapters.memory.chunks import MemoryEmbeddingQueue
from adapters.postgres.embedding_queue import PostgresEmbeddingQueue
from application.library.ports import EmbeddingQueue, SourceReader
from domain.shared import ChunkId, UserId
from tests.builders import TickingClock, signed_up
from tests.builders_library import a_stored_source, some_chunks
from tests.contracts.conftest import Store
from tests.contracts.queueing import VECTOR, numbered, taken


@pytest.fixture
def clock() -> TickingClock:
    return TickingClock()


@pytest.fixture
def queue(store: Store, clock: TickingClock) -> EmbeddingQueue:
    return store.worker_reader(
        memory=lambda database: MemoryEmbeddingQueue(database, clock=clock),
        postgres=lambda transactions: PostgresEmbeddingQueue(transactions, clock=clock),
    )


async def test_chunks_without_a_vector_wait_with_title_and_heading(
    store: Store, queue: EmbeddingQueue, model: str
) -> None:
    user = await signed_up(store.uow)
    source, _ = await a_stored_source(store.uow, user.id, [], title="Fiumi")
    text, (chunk,) = some_chunks(source.id, ["Il Po nasce dal Monviso."], heading="Sorgenti")
    async with store.uow(user.id) as uow:
        await uow.chunks.replace(owner=user.id, source=source, text=text, chunks=[chunk])
        await uow.commit()
    async with queue.claim(model=model, limit=5) as batch:
        assert [(w.chunk_id, w.source_id, w.owner, w.text) for w in batch] == [
            (chunk.id, source.id, user.id, "Fiumi\nSorgenti\nIl Po nasce dal Monviso.")
        ]


async def test_a_stored_vector_ends_the_wait_and_is_counted(
    store: Store, queue: EmbeddingQueue, sources: SourceReader, model: str
) -> None:
    user = await signed_up(store.uow)
    source, (first, second) = await a_stored_source(store.uow, user.id, ["Uno.", "Due."])
    assert await queue.waiting(model=model) == 2
    await queue.store(model=model, vectors={first.id: VECTOR})
    assert await queue.waiting(model=model) == 1
    assert (await sources.get(owner=user.id, id=source.id)).embedded_chunk_count == 1
    async with queue.claim(model=model, limit=5) as batch:
        assert [waiting.chunk_id for waiting in batch] == [second.id]


async def test_storing_the_same_vector_twice_changes_nothing(
    store: Store, queue: EmbeddingQueue, sources: SourceReader, model: str
) -> None:
    user = await signed_up(store.uow)
    source, (first, _) = await a_stored_source(store.uow, user.id, ["Uno.", "Due."])
    await asyncio.gather(*(queue.store(model=model, vectors={first.id: VECTOR}) for _ in range(3)))
    assert (await sources.get(owner=user.id, id=source.id)).embedded_chunk_count == 1


async def test_vectors_that_arrive_at_once_are_all_counted(
    store: Store, queue: EmbeddingQueue, sources: SourceReader, model: str
) -> None:
    user = await signed_up(store.uow)
    source, chunks = await a_stored_source(store.uow, user.id, [f"Numero {n}." for n in range(8)])
    await asyncio.gather(*(queue.store(model=model, vectors={chunk.id: VECTOR}) for chunk in chunks))
    assert (await sources.get(owner=user.id, id=source.id)).embedded_chunk_count == 8


async def test_one_vector_serves_all_chunks_of_a_source_with_that_content(
    store: Store, queue: EmbeddingQueue, sources: SourceReader, model: str
) -> None:
    user = await signed_up(store.uow)
    source, (first, _, _) = await a_stored_source(store.uow, user.id, ["Nota.", "Nota.", "Altro."])
    await queue.store(model=model, vectors={first.id: VECTOR})
    assert (await sources.get(owner=user.id, id=source.id)).embedded_chunk_count == 2
    assert await queue.waiting(model=model) == 1


async def test_another_model_has_its_own_wait(store: Store, queue: EmbeddingQueue, model: str) -> None:
    user = await signed_up(store.uow)
    _, (chunk,) = await a_stored_source(store.uow, user.id)
    await queue.store(model="yesterday's", vectors={chunk.id: VECTOR})
    async with queue.claim(model=model, limit=5) as batch:
        assert [waiting.chunk_id for waiting in batch] == [chunk.id]
    await queue.store(model=model, vectors={chunk.id: VECTOR})


async def test_a_chunk_that_was_deleted_meanwhile_is_passed_over(
    store: Store, queue: EmbeddingQueue, sources: SourceReader, model: str
) -> None:
    user = await signed_up(store.uow)
    kept, (chunk,) = await a_stored_source(store.uow, user.id)
    gone, (late,) = await a_stored_source(store.uow, user.id)
    async with store.uow(user.id) as uow:
        await uow.sources.delete(owner=user.id, id=gone.id)
        await uow.commit()
    await queue.store(model=model, vectors={late.id: VECTOR, ChunkId(uuid4()): VECTOR, chunk.id: VECTOR})
    assert (await sources.get(owner=user.id, id=kept.id)).embedded_chunk_count == 1
    assert await queue.waiting(model=model) == 0


async def test_two_workers_at_once_never_have_the_same_chunk(store: Store, queue: EmbeddingQueue, model: str) -> None:
    user = await signed_up(store.uow)
    await a_stored_source(store.uow, user.id, [f"Numero {number}." for number in range(30)])
    taken: Counter[ChunkId] = Counter()

    async def work() -> None:
        while True:
            async with queue.claim(model=model, limit=4) as batch:
                if not batch:
                    return
                taken.update(chunk.chunk_id for chunk in batch)
                await queue.store(model=model, vectors={chunk.chunk_id: VECTOR for chunk in batch})

    await asyncio.gather(*(work() for _ in range(4)))
    assert len(taken) == 30
    assert set(taken.values()) == {1}


async def test_claims_that_are_open_together_share_nothing(store: Store, queue: EmbeddingQueue, model: str) -> None:
    user = await signed_up(store.uow)
    await a_stored_source(store.uow, user.id, [f"Numero {number}." for number in range(12)])
    async with AsyncExitStack() as workers:
        batches = await asyncio.gather(
            *(workers.enter_async_context(queue.claim(model=model, limit=4)) for _ in range(3))
        )
    taken = [chunk.chunk_id for batch in batches for chunk in batch]
    assert len(taken) == len(set(taken)) == 12


async def test_a_small_library_does_not_wait_behind_a_large_one(
    store: Store, queue: EmbeddingQueue, model: str
) -> None:
    large, small = await signed_up(store.uow), await signed_up(store.uow)
    await a_stored_source(store.uow, large.id, [f"Numero {number}." for number in range(40)])
    await a_stored_source(store.uow, small.id, ["Uno.", "Due."])
    async with queue.claim(model=model, limit=4) as batch:
        assert Counter(chunk.owner for chunk in batch) == {large.id: 2, small.id: 2}


async def test_more_users_than_a_batch_holds_take_turns(store: Store, queue: EmbeddingQueue, model: str) -> None:
    users = [(await signed_up(store.uow)).id for _ in range(5)]
    for user in users:
        await a_stored_source(store.uow, user, [f"Numero {number}." for number in range(3)])
    served: list[UserId] = []
    for _ in range(5):
        async with queue.claim(model=model, limit=1) as batch:
            served += [chunk.owner for chunk in batch]
    assert set(served) == set(users)


async def test_a_claim_that_was_given_up_is_free_again(store: Store, queue: EmbeddingQueue, model: str) -> None:
    user = await signed_up(store.uow)
    await a_stored_source(store.uow, user.id)
    with pytest.raises(ZeroDivisionError):
        async with queue.claim(model=model, limit=5):
            _ = 1 / 0
    async with queue.claim(model=model, limit=5) as batch:
        assert len(batch) == 1


async def test_a_dead_workers_claim_expires(
    store: Store, queue: EmbeddingQueue, model: str, clock: TickingClock
) -> None:
    user = await signed_up(store.uow)
    await a_stored_source(store.uow, user.id)
    async with queue.claim(model=model, limit=5) as batch:
        assert len(batch) == 1
        async with queue.claim(model=model, limit=5) as early:
            assert early == []
        clock.advance(minutes=6)
        async with queue.claim(model=model, limit=5) as late:
            assert [chunk.chunk_id for chunk in late] == [chunk.chunk_id for chunk in batch]


async def test_an_empty_queue_gives_an_empty_batch(queue: EmbeddingQueue, model: str) -> None:
    async with queue.claim(model=model, limit=5) as batch:
        assert list(batch) == []
    assert await queue.waiting(model=model) == 0


@pytest.mark.parametrize("same_user", [True, False])
async def test_a_note_behind_a_book_is_through_within_two_batches(
    store: Store, queue: EmbeddingQueue, sources: SourceReader, model: str, same_user: bool
) -> None:
    reader = await signed_up(store.uow)
    other = reader if same_user else await signed_up(store.uow)
    book, _ = await a_stored_source(store.uow, reader.id, numbered("Libro", 5_000 if store.name == "postgres" else 500))
    await taken(queue, model, 16)
    note, _ = await a_stored_source(store.uow, other.id, numbered("Nota", 3))
    for _ in range(2):
        assert len(await taken(queue, model, 16)) == 16
    assert (await sources.get(owner=other.id, id=note.id)).embedded_chunk_count == 3
    async with store.uow(reader.id) as uow:  # the next test's model need not go through it
        await uow.sources.delete(owner=reader.id, id=book.id)
        await uow.commit()


async def test_of_one_user_the_source_with_the_least_left_goes_first(
    store: Store, queue: EmbeddingQueue, model: str
) -> None:
    user = await signed_up(store.uow)
    for name, count in (("lungo", 6), ("corto", 1), ("medio", 3)):
        await a_stored_source(store.uow, user.id, numbered(name, count), title=name)
    assert [text.split("\n")[0] for text in await taken(queue, model, 5)] == ["corto", *["medio"] * 3, "lungo"]
    assert [text.split("\n")[0] for text in await taken(queue, model, 9)] == ["lungo"] * 5


async def test_a_book_and_twenty_notes_of_as_many_users_share_a_batch(
    store: Store, queue: EmbeddingQueue, model: str
) -> None:
    owners = [(await signed_up(store.uow)).id for _ in range(20)]
    for owner in owners:
        await a_stored_source(store.uow, owner, numbered("Nota", 4))
    served: Counter[UserId] = Counter()
    for _ in range(5):
        async with queue.claim(model=model, limit=16) as batch:
            served.update(chunk.owner for chunk in batch)
            await queue.store(model=model, vectors={chunk.chunk_id: VECTOR for chunk in batch})
    assert served == dict.fromkeys(owners, 4)
