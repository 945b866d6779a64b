"""The contract of the outlook: what goes before a source's last chunk, in numbers, and at which pace."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from uuid import uuid4

import pytest

from adapters.memory.embedding_outlook import MemoryEmbeddingOutlook
from adapters.memory.embedding_queue import MemoryEmbeddingQueue
from adapters.postgres.embedding_outlook import PostgresEmbeddingOutlook, PostgresPaceMeter
from adapters.postgres.embedding_queue import PostgresEmbeddingQueue
from adapters.postgres.provider_budget import PostgresProviderBudget
from application.library.ports import EmbeddingOutlookReader, EmbeddingQueue, ObservedLimits
from domain.library import EmbeddingPace, Source
from domain.shared import SourceId, UserId
from tests.builders import TickingClock, signed_up
from tests.builders_library import a_stored_source
from tests.contracts.conftest import Store

VECTOR = [1.0] + [0.0] * 1023
PACE = EmbeddingPace(texts_per_request=16, seconds_per_request=1.0)


@pytest.fixture
def clock() -> TickingClock:
    return TickingClock()


@pytest.fixture
def queue(store: Store, clock: TickingClock) -> EmbeddingQueue:
    return store.worker_reader(
        memory=lambda database: MemoryEmbeddingQueue(database, clock=clock),
        postgres=lambda transactions: PostgresEmbeddingQueue(transactions, clock=clock),
    )


@pytest.fixture
async def model(queue: EmbeddingQueue) -> str:
    """A model of this test's own, which all chunks of other tests have been through."""
    name = f"model-{uuid4().hex[:8]}"
    while True:
        async with queue.claim(model=name, limit=500) as batch:
            if not batch:
                return name
            await queue.store(model=name, vectors={chunk.chunk_id: VECTOR for chunk in batch})


@pytest.fixture
def outlook(store: Store, model: str, clock: TickingClock) -> EmbeddingOutlookReader:
    return store.reader(
        memory=lambda database: MemoryEmbeddingOutlook(database, model=model, pace=PACE),
        postgres=lambda transactions: PostgresEmbeddingOutlook(
            transactions,
            account=f"account-{uuid4()}",
            model=model,
            texts_per_request=16,
            seconds_per_request=1.0,
            clock=clock,
            limited=False,
        ),
    )


async def a_source_of(store: Store, owner: UserId, chunks: int) -> Source:
    source, _ = await a_stored_source(store.uow, owner, [f"Frase {uuid4()}." for _ in range(chunks)])
    return source


async def ahead(outlook: EmbeddingOutlookReader, owner: UserId, *ids: SourceId) -> list[int]:
    found = await outlook.many(owner=owner, ids=ids)
    return [found[id].ahead for id in ids]


async def embed(queue: EmbeddingQueue, model: str) -> set[SourceId]:
    """One full batch; of which sources it was."""
    async with queue.claim(model=model, limit=16) as batch:
        await queue.store(model=model, vectors={chunk.chunk_id: VECTOR for chunk in batch})
    return {chunk.source_id for chunk in batch}


class TestAhead:
    async def test_alone_it_is_what_the_source_misses(
        self, store: Store, queue: EmbeddingQueue, model: str, outlook: EmbeddingOutlookReader
    ) -> None:
        user = await signed_up(store.uow)
        source, chunks = await a_stored_source(store.uow, user.id, ["Uno.", "Due.", "Tre."])
        assert await ahead(outlook, user.id, source.id) == [3]
        await queue.store(model=model, vectors={chunks[0].id: VECTOR})
        assert await ahead(outlook, user.id, source.id) == [2]
        await queue.refuse(model=model, chunk_id=chunks[1].id, message="Too long.")
        assert await ahead(outlook, user.id, source.id) == [1]
        await queue.store(model=model, vectors={chunks[2].id: VECTOR})
        assert await ahead(outlook, user.id, source.id) == [0]

    async def test_of_ones_own_sources_those_with_less_left_go_first(
        self, store: Store, outlook: EmbeddingOutlookReader
    ) -> None:
        user = await signed_up(store.uow)
        book, note = await a_source_of(store, user.id, 20), await a_source_of(store, user.id, 3)
        assert await ahead(outlook, user.id, book.id, note.id) == [23, 3]

    async def test_others_count_as_far_as_they_go_first(
        self, store: Store, queue: EmbeddingQueue, model: str, outlook: EmbeddingOutlookReader
    ) -> None:
        reader, writer = await signed_up(store.uow), await signed_up(store.uow)
        note = await a_source_of(store, writer.id, 3)
        # Served last, the writer comes second in each turn.
        async with queue.claim(model=model, limit=1) as batch:
            await queue.store(model=model, vectors={chunk.chunk_id: VECTOR for chunk in batch})
        book = await a_source_of(store, reader.id, 40)
        assert await ahead(outlook, writer.id, note.id) == [2 + 2]
        assert await ahead(outlook, reader.id, book.id) == [40 + 2]

    async def test_what_is_told_after_the_first_batch_is_what_happens(
        self, store: Store, queue: EmbeddingQueue, model: str, outlook: EmbeddingOutlookReader
    ) -> None:
        sizes = [(3, 40), (60,), (1,), (25, 2), (70,), (9,), (33,), (16, 16), (5,)]
        sources: dict[SourceId, UserId] = {}
        for of_user in sizes:
            user = await signed_up(store.uow)
            for size in of_user:
                sources[(await a_source_of(store, user.id, size)).id] = user.id
        await embed(queue, model)
        told = {id: (await ahead(outlook, owner, id))[0] for id, owner in sources.items()}
        last: dict[SourceId, int] = {}
        number = 0
        while batch := await embed(queue, model):
            number += 1
            last |= dict.fromkeys(batch, number)
        for id, chunks in told.items():
            # One batch more or less is what an estimate in whole batches can be wrong by.
            assert ceil(chunks / 16) == pytest.approx(last.get(id, 0), rel=0.2, abs=1), (chunks, sources[id])

    async def test_it_is_told_for_ones_own_sources_only(self, store: Store, outlook: EmbeddingOutlookReader) -> None:
        owner, other = await signed_up(store.uow), await signed_up(store.uow)
        source = await a_source_of(store, owner.id, 5)
        assert await ahead(outlook, other.id, source.id, SourceId(uuid4())) == [0, 0]


Limited = tuple[PostgresProviderBudget, PostgresEmbeddingOutlook]


@pytest.fixture
async def limited(store: Store, model: str, clock: TickingClock) -> Limited:
    """A budget as the worker has it, and what the API reads of it."""
    assert store.api is not None
    assert store.worker is not None
    account = f"account-{uuid4()}"
    return PostgresProviderBudget(store.worker, account=account, requests_per_minute=2), PostgresEmbeddingOutlook(
        store.api,
        account=account,
        model=model,
        texts_per_request=16,
        seconds_per_request=1.0,
        clock=clock,
        limited=True,
        requests_per_minute=2,
    )


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
class TestPace:
    """In memory the pace is given."""

    async def seen(self, outlook: EmbeddingOutlookReader) -> EmbeddingPace:
        id = SourceId(uuid4())
        return (await outlook.many(owner=UserId(uuid4()), ids=[id]))[id].pace

    async def test_before_anything_happened_every_slot_is_free(self, limited: Limited) -> None:
        seen = await self.seen(limited[1])
        assert (seen.slots, seen.slot_seconds, seen.seconds_per_request) == ((0.0, 0.0), 62.0, 1.0)

    async def test_a_request_of_the_engine_takes_a_slot_and_is_measured(
        self, limited: Limited, clock: TickingClock
    ) -> None:
        budget, outlook = limited
        reservation = await budget.reserve(at=clock(), interactive=False)
        clock.advance(seconds=3)
        await budget.finish(reservation, at=clock())
        clock.advance(seconds=10)
        seen = await self.seen(outlook)
        assert seen.slots == (0.0, 51.0)
        assert seen.seconds_per_request == pytest.approx(3.0)

    async def test_a_question_takes_a_slot_and_is_not_measured(self, limited: Limited, clock: TickingClock) -> None:
        budget, outlook = limited
        reservation = await budget.reserve(at=clock(), interactive=True)
        clock.advance(seconds=3)
        await budget.finish(reservation, at=clock())
        seen = await self.seen(outlook)
        assert (seen.slots, seen.seconds_per_request) == ((0.0, 61.0), 1.0)

    async def test_what_the_provider_says_is_seen(self, limited: Limited, clock: TickingClock) -> None:
        budget, outlook = limited
        await budget.observe(ObservedLimits(requests_per_minute=1, retry_after=20), at=clock())
        seen = await self.seen(outlook)
        assert (seen.slots, seen.blocked) == ((0.0,), 20.0)

    async def test_a_request_is_under_way_until_its_vectors_are_stored(
        self, store: Store, limited: Limited, queue: EmbeddingQueue, model: str, clock: TickingClock
    ) -> None:
        budget, outlook = limited
        await a_source_of(store, (await signed_up(store.uow)).id, 2)
        async with queue.claim(model=model, limit=16) as batch:
            reservation = await budget.reserve(at=clock(), interactive=False)
            assert (await self.seen(outlook)).in_flight == 1
            await queue.store(model=model, vectors={chunk.chunk_id: VECTOR for chunk in batch})
            assert (await self.seen(outlook)).in_flight == 0
            await budget.finish(reservation, at=clock())
        assert (await self.seen(outlook)).in_flight == 0

    async def test_without_a_limit_the_pace_is_the_engines_and_its_pauses_do_not_count(
        self, store: Store, model: str, clock: TickingClock
    ) -> None:
        assert store.api is not None
        assert store.worker is not None
        account = f"account-{uuid4()}"
        meter = PostgresPaceMeter(store.worker, account=account)
        unlimited = PostgresEmbeddingOutlook(
            store.api,
            account=account,
            model=model,
            texts_per_request=16,
            seconds_per_request=9.0,
            clock=clock,
            limited=False,
        )
        for _ in range(30):
            began = clock()
            clock.advance(seconds=2)
            await meter.note(began=began, at=clock())
            clock.advance(seconds=0.2)
        clock.advance(hours=3)
        began = clock()
        clock.advance(seconds=2)
        await meter.note(began=began, at=clock())
        seen = await self.seen(unlimited)
        assert seen.slots == ()
        assert seen.seconds_per_request == pytest.approx(2.2, abs=0.1)

    async def test_two_engines_are_twice_as_fast(self, store: Store, model: str, clock: TickingClock) -> None:
        assert store.api is not None
        assert store.worker is not None
        account = f"account-{uuid4()}"
        meter = PostgresPaceMeter(store.worker, account=account)
        for _ in range(40):
            clock.advance(seconds=1)
            await meter.note(began=clock() - timedelta(seconds=2), at=clock())
        unlimited = PostgresEmbeddingOutlook(
            store.api,
            account=account,
            model=model,
            texts_per_request=16,
            seconds_per_request=9.0,
            clock=clock,
            limited=False,
        )
        assert (await self.seen(unlimited)).seconds_per_request == pytest.approx(1.0, abs=0.05)
