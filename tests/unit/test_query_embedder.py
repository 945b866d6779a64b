"""The vectors of questions: first in line, together, remembered; and no one's trouble is another's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from adapters.memory.provider_budget import MemoryProviderBudget
from adapters.query_embedder import QueryEmbedder
from adapters.unlimited_budget import UnlimitedBudget
from application.library.ports import Embedder, ProviderBudget, TextRefused
from domain.shared import RateLimited, Unavailable
from tests.builders import TickingClock


class Provider(Embedder):
    """Answers each text with its length, once `open` is set."""

    model = "lengths"
    dimensions = 1

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.trouble: Exception | None = None

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked.append(list(texts))
        await self.open.wait()
        if self.trouble is not None:
            raise self.trouble
        if "no" in texts:
            raise TextRefused("Not this one.")
        return [[float(len(text))] for text in texts]


class Questions:
    """A query embedder whose sleep only moves the clock."""

    def __init__(self, budget: ProviderBudget | None = None, *, size: int = 1_024, deadline: float = 10.0) -> None:
        self.provider, self.clock = Provider(), TickingClock()
        self.budget = budget or UnlimitedBudget()
        self.slept: list[float] = []
        self.embedder = QueryEmbedder(
            self.provider,
            budget=self.budget,
            clock=self.clock,
            batch_size=3,
            patience=2.0,
            deadline=deadline,
            size=size,
            sleep=self.sleep,
        )

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(seconds=seconds)
        await asyncio.sleep(0)

    async def ask(self, text: str) -> list[float]:
        (vector,) = await self.embedder.embed([text])
        return vector

    def task(self, text: str) -> asyncio.Task[list[float]]:
        return asyncio.create_task(self.ask(text))

    async def until_asked(self, times: int) -> None:
        while len(self.provider.asked) < times:
            await asyncio.sleep(0)


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


class TestTogether:
    async def test_questions_of_one_moment_ride_in_one_request_and_each_gets_its_own(self) -> None:
        questions = Questions()
        got = await asyncio.gather(*(questions.ask(text) for text in ("a", "bb", "ccc")))
        assert got == [[1.0], [2.0], [3.0]]
        assert questions.provider.asked == [["a", "bb", "ccc"]]

    async def test_what_comes_while_a_request_is_under_way_rides_in_the_next(self) -> None:
        questions = Questions()
        questions.provider.open.clear()
        first = questions.task("a")
        await questions.until_asked(1)
        others = [questions.task(text) for text in ("b", "c", "d", "e")]
        await settled()
        questions.provider.open.set()
        await asyncio.gather(first, *others)
        assert questions.provider.asked == [["a"], ["b", "c", "d"], ["e"]]

    async def test_the_same_question_at_the_same_time_is_one_text(self) -> None:
        questions = Questions()
        assert await asyncio.gather(*(questions.ask("a") for _ in range(5))) == [[1.0]] * 5
        assert questions.provider.asked == [["a"]]

    async def test_who_leaves_takes_no_answer_from_the_others(self) -> None:
        questions = Questions()
        questions.provider.open.clear()
        asked = [questions.task(text) for text in ("a", "a", "bb")]
        await questions.until_asked(1)
        asked[0].cancel()
        await settled()
        questions.provider.open.set()
        assert await asyncio.gather(*asked[1:]) == [[1.0], [2.0]]
        assert asked[0].cancelled()

    async def test_a_question_that_everybody_left_before_it_went_is_not_sent(self) -> None:
        questions = Questions()
        questions.provider.open.clear()
        first, gone = questions.task("a"), None
        await questions.until_asked(1)
        gone, stays = questions.task("b"), questions.task("c")
        await settled()
        gone.cancel()
        await settled()
        questions.provider.open.set()
        await asyncio.gather(first, stays)
        assert questions.provider.asked == [["a"], ["c"]]

    async def test_the_refused_one_alone_is_refused(self) -> None:
        questions = Questions()
        got = await asyncio.gather(*(questions.ask(text) for text in ("a", "no", "ccc")), return_exceptions=True)
        assert (got[0], got[2]) == ([1.0], [3.0])
        assert isinstance(got[1], TextRefused)

    @pytest.mark.parametrize(
        "trouble", [RateLimited("Not so fast.", retry_after=3), Unavailable("Down."), ValueError("strange")]
    )
    async def test_a_failure_reaches_all_who_rode_and_the_next_are_served(self, trouble: Exception) -> None:
        questions = Questions()
        questions.provider.trouble = trouble
        got = await asyncio.gather(*(questions.ask(text) for text in ("a", "b")), return_exceptions=True)
        assert got == [trouble, trouble]
        questions.provider.trouble = None
        assert await questions.ask("a") == [1.0]

    async def test_a_silent_provider_is_given_up(self) -> None:
        questions = Questions(deadline=0.01)
        questions.provider.open.clear()
        with pytest.raises(Unavailable):
            await questions.ask("a")
        questions.provider.open.set()
        assert await questions.ask("b") == [1.0]


class TestMemory:
    async def test_a_question_asked_again_costs_nothing(self) -> None:
        questions = Questions()
        first = await questions.ask("a")
        first[0] = 9.0
        assert await questions.ask("a") == [1.0]
        assert len(questions.provider.asked) == 1

    async def test_the_one_that_was_not_asked_for_longest_is_forgotten(self) -> None:
        questions = Questions(size=2)
        for text in ("a", "b", "a", "c", "a", "b"):
            await questions.ask(text)
        assert questions.provider.asked == [["a"], ["b"], ["c"], ["b"]]


class TestPatience:
    async def test_when_the_budget_has_none_left_within_it_that_is_told_at_once(self) -> None:
        questions = Questions(MemoryProviderBudget(requests_per_minute=1))
        await questions.ask("a")
        with pytest.raises(RateLimited) as refused:
            await questions.ask("b")
        assert refused.value.data["retry_after"] == 61.0
        assert questions.slept == []

    async def test_what_is_remembered_needs_no_budget(self) -> None:
        questions = Questions(MemoryProviderBudget(requests_per_minute=1))
        await questions.ask("a")
        assert await questions.ask("a") == [1.0]

    async def test_a_slot_within_it_is_waited_for_and_says_so_every_second(self) -> None:
        questions = Questions(MemoryProviderBudget(requests_per_minute=1))
        await questions.ask("a")
        questions.clock.advance(seconds=59.5)
        got = await asyncio.gather(*(questions.ask(text) for text in ("b", "cc")))
        assert got == [[1.0], [2.0]]
        assert questions.slept == [1.0, 0.5]
        assert questions.provider.asked == [["a"], ["b", "cc"]]

    async def test_the_engine_stands_back_while_a_question_waits(self) -> None:
        budget = MemoryProviderBudget(requests_per_minute=1)
        questions = Questions(budget)
        await questions.ask("a")
        questions.clock.advance(seconds=60)
        waiting = questions.task("b")
        await settled()
        assert (await budget.reserve(at=questions.clock(), interactive=False)).wait > 0
        await waiting
        assert questions.provider.asked == [["a"], ["b"]]

    async def test_a_budget_out_of_reach_is_told_to_all_who_wait(self) -> None:
        class Lost(UnlimitedBudget):
            async def reserve(self, **_: object) -> object:  # type: ignore[override]
                raise Unavailable("The database is not available at the moment.")

        got = await asyncio.gather(*(Questions(Lost()).ask(text) for text in ("a", "b")), return_exceptions=True)
        assert [type(one) for one in got] == [Unavailable, Unavailable]
