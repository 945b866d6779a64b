"""The contract of a provider's budget: no sliding minute holds more than the limit, and the reader goes first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.memory.provider_budget import MemoryProviderBudget
from adapters.postgres.engine import API_ROLE, WORKER_ROLE, Transactions, create_engine
from adapters.postgres.provider_budget import PostgresProviderBudget
from adapters.unlimited_budget import UnlimitedBudget
from application.library.ports import ObservedLimits, PaceMeter, ProviderBudget, Reservation
from tests.builders import NOON
from tests.conftest import PostgresUrls
from tests.contracts.budget_machine import LEASE, MARGIN, WINDOW, BudgetMachine

Open = Callable[..., tuple[ProviderBudget, ProviderBudget]]
"""One budget, as an API process and a worker process see it."""

SECOND = timedelta(seconds=1)


@pytest.fixture(params=["memory", "postgres"])
async def opened(request: pytest.FixtureRequest) -> AsyncIterator[Open]:
    if request.param == "memory":
        yield lambda limit=2: (MemoryProviderBudget(requests_per_minute=limit),) * 2
        return
    urls: PostgresUrls = request.getfixturevalue("postgres")
    engines = [create_engine(urls.api), create_engine(urls.worker)]
    roles = [Transactions(engine, role=role) for engine, role in zip(engines, (API_ROLE, WORKER_ROLE), strict=True)]
    yield lambda limit=2: _both(roles, limit)
    for engine in engines:
        await engine.dispose()


def _both(roles: list[Transactions], limit: int | None) -> tuple[ProviderBudget, ProviderBudget]:
    account = f"account-{uuid4()}"
    api, worker = (PostgresProviderBudget(role, account=account, requests_per_minute=limit) for role in roles)
    return api, worker


async def answered(budget: ProviderBudget, at: datetime, *, interactive: bool = False) -> Reservation:
    """A request that is made and answered at once."""
    reservation = await budget.reserve(at=at, interactive=interactive)
    assert reservation.wait == 0
    await budget.finish(reservation, at=at)
    return reservation


class TestLimit:
    async def test_no_more_than_the_limit_in_two_processes_together(self, opened: Open) -> None:
        api, worker = opened(2)
        await answered(api, NOON)
        await answered(worker, NOON + 10 * SECOND)
        for budget in (api, worker):
            refused = await budget.reserve(at=NOON + 20 * SECOND, interactive=False)
            assert (refused.id, refused.wait) == (None, 41.0)

    async def test_waiting_as_told_is_enough(self, opened: Open) -> None:
        api, _ = opened(1)
        await answered(api, NOON)
        refused = await api.reserve(at=NOON + SECOND, interactive=False)
        granted = await api.reserve(at=NOON + SECOND + timedelta(seconds=refused.wait), interactive=False)
        assert granted.wait == 0

    async def test_a_slow_request_counts_until_a_minute_after_its_answer(self, opened: Open) -> None:
        api, worker = opened(1)
        slow = await worker.reserve(at=NOON, interactive=False)
        await worker.finish(slow, at=NOON + 40 * SECOND)
        assert (await api.reserve(at=NOON + 62 * SECOND, interactive=False)).wait == 39
        assert (await api.reserve(at=NOON + 101 * SECOND, interactive=False)).wait == 0

    async def test_the_request_of_a_holder_that_died_counts_until_its_lease_and_a_minute_are_over(
        self, opened: Open
    ) -> None:
        api, worker = opened(1)
        await worker.reserve(at=NOON, interactive=False)
        whole = LEASE + WINDOW + MARGIN
        assert (await api.reserve(at=NOON, interactive=False)).wait == whole.total_seconds()
        assert (await api.reserve(at=NOON + whole, interactive=False)).wait == 0

    async def test_a_request_that_outlived_its_lease_counts_all_the_same(self, opened: Open) -> None:
        api, worker = opened(1)
        slow = await worker.reserve(at=NOON, interactive=False)
        late = NOON + LEASE + WINDOW + MARGIN
        other = await api.reserve(at=late, interactive=False)
        await worker.finish(slow, at=late)
        await api.finish(other, at=late + 5 * SECOND)
        assert (await api.reserve(at=late + 62 * SECOND, interactive=False)).wait == 4

    async def test_what_was_not_sent_is_given_back_at_once(self, opened: Open) -> None:
        api, worker = opened(1)
        unused = await worker.reserve(at=NOON, interactive=False)
        await worker.finish(unused, at=NOON, sent=False)
        await answered(api, NOON)

    async def test_a_refusal_needs_no_end(self, opened: Open) -> None:
        api, _ = opened(1)
        await answered(api, NOON)
        await api.finish(await api.reserve(at=NOON, interactive=False), at=NOON)
        await answered(api, NOON + 61 * SECOND)

    async def test_of_twenty_at_once_in_two_processes_as_many_go_as_may(self, opened: Open) -> None:
        both = opened(7)
        asked = (both[number % 2].reserve(at=NOON, interactive=number % 3 == 0) for number in range(20))
        granted = [one for one in await asyncio.gather(*asked) if not one.wait]
        assert len(granted) == len({one.id for one in granted}) == 7

    async def test_other_accounts_have_budgets_of_their_own(self, opened: Open) -> None:
        (one, _), (other, _) = opened(1), opened(1)
        await answered(one, NOON)
        await answered(other, NOON)

    async def test_a_limit_of_thousands_is_kept_too(self, opened: Open) -> None:
        api, worker = opened(1_000)
        for number in range(1_000):
            await api.reserve(at=NOON + number * timedelta(milliseconds=10), interactive=False)
        assert (await worker.reserve(at=NOON + 10 * SECOND, interactive=False)).wait == 141


class TestTurns:
    async def test_while_an_interactive_request_waits_others_do_too(self, opened: Open) -> None:
        api, worker = opened(1)
        await answered(worker, NOON)
        almost, free = NOON + 60 * SECOND, NOON + 61 * SECOND
        assert (await api.reserve(at=almost, interactive=True)).wait == 1
        assert 0 < (await worker.reserve(at=free, interactive=False)).wait < 1
        await answered(api, free, interactive=True)

    async def test_an_interactive_request_that_gave_up_holds_nobody_up(self, opened: Open) -> None:
        api, worker = opened(1)
        await answered(worker, NOON)
        await api.reserve(at=NOON + 30 * SECOND, interactive=True)
        await answered(worker, NOON + 61 * SECOND)

    async def test_who_has_waited_for_a_minute_is_next_however_many_ask_interactively(self, opened: Open) -> None:
        api, worker = opened(1)
        await answered(api, NOON, interactive=True)
        at, served, asks_at = NOON + SECOND, [], NOON + SECOND
        while at < NOON + 400 * SECOND:
            if at >= asks_at:
                asked = await worker.reserve(at=at, interactive=False)
                asks_at = at + timedelta(seconds=asked.wait)
                if not asked.wait:
                    await worker.finish(asked, at=at)
                    served.append("engine")
            question = await api.reserve(at=at, interactive=True)
            if not question.wait:
                await api.finish(question, at=at)
                served.append("question")
            at += timedelta(seconds=0.25)
        assert served[:4] == ["question", "engine", "question", "engine"]


class TestWhatTheProviderSays:
    async def test_its_own_limit_wins_when_it_is_lower(self, opened: Open) -> None:
        api, worker = opened(60)
        await worker.observe(ObservedLimits(requests_per_minute=2), at=NOON)
        await answered(api, NOON)
        await answered(api, NOON)
        assert (await api.reserve(at=NOON, interactive=False)).wait == 61

    async def test_it_never_lifts_the_setting(self, opened: Open) -> None:
        api, worker = opened(1)
        await worker.observe(ObservedLimits(requests_per_minute=600), at=NOON)
        await answered(api, NOON)
        assert (await api.reserve(at=NOON, interactive=False)).wait == 61

    async def test_when_it_says_more_again_the_setting_is_reached_again(self, opened: Open) -> None:
        api, worker = opened(3)
        await worker.observe(ObservedLimits(requests_per_minute=1), at=NOON)
        await answered(api, NOON)
        await worker.observe(ObservedLimits(requests_per_minute=100), at=NOON)
        await answered(api, NOON)
        await answered(api, NOON)
        assert (await api.reserve(at=NOON, interactive=False)).wait == 61

    async def test_left_to_the_provider_it_is_two_until_it_has_said_more(self, opened: Open) -> None:
        api, worker = opened(None)
        await answered(api, NOON)
        await answered(api, NOON)
        assert (await api.reserve(at=NOON, interactive=False)).wait == 61
        await worker.observe(ObservedLimits(requests_per_minute=5), at=NOON)
        for _ in range(3):
            await answered(api, NOON)
        assert (await api.reserve(at=NOON, interactive=False)).wait == 61

    async def test_retry_after_blocks_until_then_in_every_process(self, opened: Open) -> None:
        api, worker = opened(60)
        await worker.observe(ObservedLimits(retry_after=12.5), at=NOON)
        await api.observe(ObservedLimits(retry_after=1.0), at=NOON)
        assert (await api.reserve(at=NOON, interactive=True)).wait == 12.5
        await answered(api, NOON + timedelta(seconds=12.5))

    async def test_none_remaining_blocks_until_the_first_of_ours_has_been_counted(self, opened: Open) -> None:
        api, worker = opened(60)
        await answered(worker, NOON)
        await answered(worker, NOON + 20 * SECOND)
        await worker.observe(ObservedLimits(remaining=0), at=NOON + 21 * SECOND)
        assert (await api.reserve(at=NOON + 21 * SECOND, interactive=False)).wait == 40

    async def test_none_remaining_blocks_a_minute_when_others_use_the_account(self, opened: Open) -> None:
        api, _ = opened(60)
        await api.observe(ObservedLimits(remaining=0), at=NOON)
        assert (await api.reserve(at=NOON, interactive=False)).wait == 61

    @pytest.mark.parametrize("strange", [float("nan"), float("inf"), -5.0, 1e300])
    async def test_nonsense_never_blocks_for_ever(self, opened: Open, strange: float) -> None:
        api, _ = opened(60)
        await api.observe(ObservedLimits(requests_per_minute=-3, retry_after=strange), at=NOON)
        await answered(api, NOON + timedelta(days=1))


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    """One loop for all steps: connections belong to the loop that opened them."""
    with asyncio.Runner() as runner:
        yield runner


def walk(opened: Open, loop: asyncio.Runner, *, examples: int) -> None:
    class Machine(BudgetMachine):
        pass

    async def _awaited(awaited: Awaitable[Any]) -> Any:
        return await awaited

    Machine.opened = staticmethod(opened)
    Machine.run = staticmethod(lambda awaited: loop.run(_awaited(awaited)))
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            database=None,
        ),
    )


def test_no_interleaving_exceeds_the_limit_in_memory(loop: asyncio.Runner) -> None:
    walk(lambda limit: (MemoryProviderBudget(requests_per_minute=limit),) * 2, loop, examples=200)


def test_no_interleaving_exceeds_the_limit_in_postgres(loop: asyncio.Runner, postgres: PostgresUrls) -> None:
    engines = [create_engine(postgres.api), create_engine(postgres.worker)]
    roles = [Transactions(engine, role=role) for engine, role in zip(engines, (API_ROLE, WORKER_ROLE), strict=True)]
    try:
        walk(lambda limit: _both(roles, limit), loop, examples=25)
    finally:
        for engine in engines:
            loop.run(engine.dispose())


async def test_what_counts_no_more_is_not_kept(worker_engine: AsyncEngine) -> None:
    worker = Transactions(worker_engine, role=WORKER_ROLE)
    budget = PostgresProviderBudget(worker, account=f"account-{uuid4()}", requests_per_minute=2)
    made = [(await answered(budget, NOON + minute * 61 * SECOND)).id for minute in range(3)]
    async with worker.begin(None) as connection:
        kept = await connection.execute(text("select id from provider_requests where id = any (:ids)"), {"ids": made})
        assert kept.scalars().all() == made[2:]


class Meter(PaceMeter):
    def __init__(self) -> None:
        self.noted: list[tuple[datetime, datetime]] = []

    async def note(self, *, began: datetime, at: datetime) -> None:
        self.noted.append((began, at))


class TestUnlimited:
    async def test_everybody_goes_at_once(self) -> None:
        budget = UnlimitedBudget()
        await budget.observe(ObservedLimits(requests_per_minute=1, remaining=0, retry_after=60), at=NOON)
        for _ in range(50):
            await answered(budget, NOON)

    async def test_how_long_the_engine_takes_is_noted_and_questions_are_not(self) -> None:
        meter = Meter()
        budget = UnlimitedBudget(meter)
        await answered(budget, NOON, interactive=True)
        unused = await budget.reserve(at=NOON, interactive=False)
        await budget.finish(unused, at=NOON, sent=False)
        batch = await budget.reserve(at=NOON, interactive=False)
        await budget.finish(batch, at=NOON + SECOND)
        await budget.finish(batch, at=NOON + SECOND)
        assert meter.noted == [(NOON, NOON + SECOND)]
