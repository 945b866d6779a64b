"""The embedding engine: full requests, patience with the provider, and nothing sent in vain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.embedding_queue import MemoryEmbeddingQueue
from adapters.memory.signals import MemorySourceSignals
from adapters.memory.sources import MemorySourceReader
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from adapters.unlimited_budget import UnlimitedBudget
from application.library import EmbedChunks, Embedder, Gathering
from application.library.pacing import BackOff, RequestSize
from application.library.ports import (
    BatchTooLarge,
    EmbeddingQueue,
    ObservedLimits,
    ProviderBudget,
    Reservation,
    TextRefused,
)
from domain.library import Source, SourceStatus
from domain.shared import ChunkId, RateLimited, SourceId, Unavailable, UserId
from tests.builders import NOON, TickingClock, signed_up
from tests.builders_library import a_source, a_stored_source

VECTOR = [1.0] + [0.0] * 1023
AT_ONCE = Gathering(quiet=timedelta(), at_most=timedelta())
PATIENT = Gathering(quiet=timedelta(seconds=2), at_most=timedelta(seconds=15))
Fault = Callable[[Sequence[str]], Exception | None]


class Provider(Embedder):
    """Notes what it is asked, and fails as it is told to: `script` for the next requests, `rule` for every one."""

    model = "counted"
    dimensions = 1024

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.script: list[Exception | None] = []
        self.rule: Fault = lambda _: None

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked.append(list(texts))
        fault = (self.script.pop(0) if self.script else None) or self.rule(texts)
        if fault is not None:
            raise fault
        return [VECTOR for _ in texts]

    @property
    def sizes(self) -> list[int]:
        return [len(texts) for texts in self.asked]


class Ledger(ProviderBudget):
    """So many requests, then a wait; what was reserved is finished."""

    def __init__(self, *, every: float = 0.0) -> None:
        self.reserved = self.finished = 0
        self.observed: list[float | None] = []
        self._every = every
        self._next: datetime | None = None

    async def reserve(self, *, at: datetime, interactive: bool) -> Reservation:
        assert not interactive
        if self._next is not None and at < self._next:
            return Reservation(id=None, wait=(self._next - at).total_seconds())
        self._next = at + timedelta(seconds=self._every)
        self.reserved += 1
        return Reservation(id=uuid4(), wait=0.0)

    async def finish(self, reservation: Reservation, *, at: datetime, sent: bool = True) -> None:
        self.finished += 1

    async def observe(self, limits: ObservedLimits, *, at: datetime) -> None:
        self.observed.append(limits.retry_after)


@dataclass
class Works:
    """An engine on memory. Its waits only move the clock."""

    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    clock: TickingClock = field(default_factory=TickingClock)
    provider: Provider = field(default_factory=Provider)
    budget: ProviderBudget = field(default_factory=UnlimitedBudget)
    gathering: Gathering = AT_ONCE
    batch_size: int = 4
    waited: list[float] = field(default_factory=list)
    queue: EmbeddingQueue = field(init=False)

    def __post_init__(self) -> None:
        self.queue = MemoryEmbeddingQueue(self.database, clock=self.clock)

    async def run(self, *, waits: int = 1_000) -> None:
        """Until nothing waits, or the engine has waited so often and is stopped."""
        self.waited.clear()

        async def pause(seconds: float) -> bool:
            if seconds:
                self.waited.append(seconds)
                self.clock.advance(seconds=seconds)
            return len(self.waited) <= waits

        await EmbedChunks(
            queue=self.queue,
            embedder=self.provider,
            budget=self.budget,
            signals=MemorySourceSignals(reminder=0.05),
            clock=self.clock,
            chance=lambda: 0.0,
            batch_size=self.batch_size,
            gathering=self.gathering,
        )(pause=pause)

    async def user(self) -> UserId:
        return (await signed_up(OpenMemoryUnitOfWork(self.database))).id

    async def add(self, owner: UserId, *contents: str, **changes: object) -> Source:
        given = {"processed_at": self.clock(), "title": "-", **changes}
        source, _ = await a_stored_source(OpenMemoryUnitOfWork(self.database), owner, contents, **given)
        return source

    async def now(self, source: Source) -> Source:
        return await MemorySourceReader(self.database).get(owner=source.owner, id=source.id)

    async def being_read(self, owner: UserId) -> Source:
        """A source whose chunks are still to come."""
        source = a_source(owner, status=SourceStatus.PROCESSING)
        async with OpenMemoryUnitOfWork(self.database)(owner) as uow:
            await uow.sources.add(source)
            await uow.commit()
        return source


@pytest.fixture
def works() -> Works:
    return Works()


def numbered(name: str, count: int) -> list[str]:
    return [f"{name} {number}." for number in range(count)]


class TestRequests:
    async def test_are_full_across_sources_and_users(self, works: Works) -> None:
        for name in ("uno", "due", "tre"):
            await works.add(await works.user(), *numbered(name, 3))
        await works.run()
        assert works.provider.sizes == [4, 4, 1]

    async def test_have_a_reservation_each_that_is_finished(self, works: Works) -> None:
        works.budget = budget = Ledger()
        works.provider.script = [Unavailable("Down."), RateLimited("Slower.", retry_after=3)]
        await works.add(await works.user(), *numbered("n", 8))
        await works.run()
        assert budget.reserved == budget.finished == len(works.provider.asked) == 4

    async def test_name_equal_texts_once(self, works: Works) -> None:
        first, second = await works.user(), await works.user()
        sources = [await works.add(owner, "Uguale.", "Uguale.") for owner in (first, first, second)]
        await works.run()
        assert works.provider.asked == [["-\nUguale."]]
        assert [(await works.now(source)).embedded_chunk_count for source in sources] == [2, 2, 2]

    async def test_are_not_made_when_nothing_waits(self, works: Works) -> None:
        works.budget = budget = Ledger()
        await works.run()
        assert (works.provider.asked, budget.reserved) == ([], 0)


class TestARestOfABatch:
    async def test_waits_two_seconds_for_company(self, works: Works) -> None:
        works.gathering = PATIENT
        await works.add(await works.user(), "Una nota.")
        await works.run()
        assert works.provider.sizes == [1]
        assert sum(works.waited) == 2

    async def test_waits_longer_while_a_source_is_being_read_but_not_for_ever(self, works: Works) -> None:
        works.gathering = PATIENT
        owner = await works.user()
        await works.being_read(owner)
        await works.add(owner, "Una nota.")
        await works.run()
        assert sum(works.waited) == 15

    async def test_goes_as_soon_as_it_is_a_whole(self, works: Works) -> None:
        works.gathering = PATIENT
        owner = await works.user()
        await works.add(owner, *numbered("prima", 2))
        await works.run(waits=2)
        assert works.provider.sizes == []
        await works.add(owner, *numbered("poi", 2))
        await works.run()
        assert (works.provider.sizes, works.waited) == ([4], [])

    async def test_of_an_old_wait_goes_at_once(self, works: Works) -> None:
        works.gathering = PATIENT
        await works.add(await works.user(), "Una nota.", processed_at=NOON - timedelta(hours=1))
        await works.run()
        assert works.waited == []


class TestFairness:
    @pytest.mark.parametrize("same_user", [True, False])
    async def test_a_note_behind_a_book_is_done_within_two_batches(self, works: Works, same_user: bool) -> None:
        reader = await works.user()
        works.batch_size = 16
        await works.add(reader, *numbered("libro", 200))
        note = await works.add(reader if same_user else await works.user(), *numbered("nota", 3))
        works.budget = Ledger(every=30)
        await works.run(waits=1)
        assert len(works.provider.asked) == 2
        assert (await works.now(note)).embedded_chunk_count == 3

    async def test_what_arrives_while_a_request_has_to_wait_is_taken_into_account(self, works: Works) -> None:
        works.batch_size, works.budget = 16, Ledger(every=30)
        reader = await works.user()
        await works.add(reader, *numbered("libro", 200))
        await works.run(waits=0)
        note = await works.add(reader, *numbered("nota", 3))
        await works.run(waits=0)
        assert len(works.provider.asked) == 2
        assert (await works.now(note)).embedded_chunk_count == 3


class TestAProviderThat:
    async def test_has_had_enough_is_left_alone_as_long_as_it_says(self, works: Works) -> None:
        works.budget = budget = Ledger()
        works.provider.script = [RateLimited("Slower.", retry_after=7)]
        await works.add(await works.user(), "Uno.")
        await works.run()
        assert (works.waited, budget.observed) == ([7], [7])

    async def test_does_not_say_for_how_long_is_left_alone_for_a_minute(self, works: Works) -> None:
        works.provider.script = [RateLimited("Slower.")]
        await works.add(await works.user(), "Uno.")
        await works.run()
        assert works.waited == [60]

    async def test_fails_is_asked_again_after_1_2_4_seconds_and_so_on(self, works: Works) -> None:
        works.provider.script = [Unavailable("Down.") for _ in range(8)]
        await works.add(await works.user(), "Uno.")
        await works.run()
        assert works.waited == [1, 2, 4, 8, 16, 32, 60, 60]

    async def test_fails_now_and_then_is_asked_again_soon_each_time(self, works: Works) -> None:
        works.provider.script = [Unavailable("Down."), None, Unavailable("Down."), None]
        await works.add(await works.user(), *numbered("n", 8))
        await works.run()
        assert works.waited == [1, 1]

    async def test_fails_for_five_minutes_ends_the_run(self, works: Works) -> None:
        works.provider.rule = lambda _: Unavailable("Down.")
        await works.add(await works.user(), "Uno.")
        with pytest.raises(Unavailable, match=r"Down\."):
            await works.run()
        assert 300 <= sum(works.waited) < 360
        works.provider.rule = lambda _: None
        await works.run()
        assert works.provider.sizes[-1] == 1

    async def test_finds_a_batch_too_large_gets_halves_and_smaller_ones_from_then_on(self, works: Works) -> None:
        works.batch_size, works.budget = 8, Ledger()
        works.provider.rule = lambda texts: BatchTooLarge("Too many.") if len(texts) > 4 else None
        await works.add(await works.user(), *numbered("n", 24))
        await works.run()
        assert works.provider.sizes == [8, 4, 4, 4, 4, 4, 4]

    async def test_takes_larger_ones_again_is_found_out_by_and_by(self, works: Works) -> None:
        works.provider.script = [BatchTooLarge("Too many.")]
        await works.add(await works.user(), *numbered("n", 20))
        await works.run()
        assert works.provider.sizes == [4, 2, 2, 2, 2, 4, 4, 4]


class TestARefusedText:
    def refusing(self, works: Works) -> None:
        works.provider.rule = lambda texts: TextRefused("No.") if any("vietato" in text for text in texts) else None

    async def test_is_found_marked_and_counted_and_the_rest_goes_on(self, works: Works) -> None:
        self.refusing(works)
        works.batch_size = 8
        source = await works.add(await works.user(), *numbered("n", 5), "Questo è vietato.", *numbered("m", 6))
        await works.run()
        done = await works.now(source)
        assert (done.embedded_chunk_count, done.refused_chunk_count, done.chunk_count) == (11, 1, 12)
        assert done.is_settled
        assert done.error_message is None
        assert await works.queue.waiting(model=works.provider.model) == 0
        assert works.provider.sizes == [8, 4, 4, 2, 1, 1, 2, 4]

    async def test_waits_for_a_reservation_for_each_part(self, works: Works) -> None:
        self.refusing(works)
        works.budget = budget = Ledger(every=30)
        source = await works.add(await works.user(), "Questo è vietato.", "Uno.", "Due.", "Tre.")
        await works.run()
        assert budget.reserved == budget.finished == len(works.provider.asked)
        assert works.waited == [30] * (len(works.provider.asked) - 1)
        assert (await works.now(source)).is_settled

    async def test_that_is_too_large_alone_is_refused_too(self, works: Works) -> None:
        works.provider.rule = lambda texts: BatchTooLarge("Too long.") if any("lungo" in one for one in texts) else None
        source = await works.add(await works.user(), "Uno.", "lungo", "Due.")
        await works.run()
        assert (await works.now(source)).refused_chunk_count == 1


class TestWhenAskedToStop:
    async def test_the_batch_in_flight_is_stored_and_nothing_more_begun(self, works: Works) -> None:
        source = await works.add(await works.user(), *numbered("n", 20))
        answers = iter([True, False])

        async def pause(_: float) -> bool:
            return next(answers)

        await EmbedChunks(
            queue=works.queue,
            embedder=works.provider,
            budget=works.budget,
            signals=MemorySourceSignals(),
            clock=works.clock,
            chance=lambda: 0.0,
            batch_size=4,
            gathering=AT_ONCE,
        )(pause=pause)
        assert (await works.now(source)).embedded_chunk_count == 4
        async with works.queue.claim(model=works.provider.model, limit=20) as left:
            assert len(left) == 16


class TestAStoreThatIsAway:
    async def test_for_a_moment_does_not_lose_what_was_paid(self, works: Works) -> None:
        class Away(MemoryEmbeddingQueue):
            failures = 2

            async def store(self, *, model: str, vectors: dict[ChunkId, Sequence[float]]) -> Sequence[SourceId]:  # type: ignore[override]
                if self.failures:
                    self.failures -= 1
                    raise Unavailable("The database is away.")
                return await super().store(model=model, vectors=vectors)

        works.queue = Away(works.database, clock=works.clock)
        source = await works.add(await works.user(), "Uno.")
        await works.run()
        assert works.provider.sizes == [1]
        assert (await works.now(source)).embedded_chunk_count == 1


class TestPacing:
    def test_chance_makes_a_wait_up_to_a_quarter_longer(self) -> None:
        assert BackOff(chance=lambda: 1.0).after(Unavailable("Down."), at=NOON) == 1.25

    def test_what_the_provider_says_makes_a_wait_longer_but_not_longer_than_a_minute(self) -> None:
        back_off = BackOff(chance=lambda: 0.0)
        assert back_off.after(Unavailable("Down.", retry_after=9), at=NOON) == 9
        assert back_off.after(Unavailable("Down.", retry_after=3_600), at=NOON) == 60

    def test_a_size_never_falls_below_one_text(self) -> None:
        size = RequestSize(most=3)
        for _ in range(5):
            size.too_large(size.texts)
        assert size.texts == 1
