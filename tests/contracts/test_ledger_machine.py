"""The ledger as an auditor would try it: on both stores, and it prints what it did."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from adapters.memory.accounts import MemoryCreditReader, MemoryExpiredHolds
from adapters.memory.database import MemoryDatabase
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from adapters.postgres.accounts import PostgresCreditReader, PostgresExpiredHolds
from adapters.postgres.engine import API_ROLE, WORKER_ROLE, Transactions, create_engine
from adapters.postgres.unit_of_work import OpenPostgresUnitOfWork
from tests.conftest import PostgresUrls
from tests.contracts.ledger_machine import Bank, LedgerMachine
from tests.contracts.mortality import Statistics


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    """One loop for all steps: connections belong to the loop that opened them."""
    with asyncio.Runner() as runner:
        yield runner


def walk(bank: Bank, *, examples: int, steps: int) -> Statistics:
    """Run the machine on this bank. Errors: the shortest story that breaks a rule."""

    class Machine(LedgerMachine):
        pass

    Machine.bank = bank
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            database=None,
        ),
    )
    return bank.statistics


def checked(statistics: Statistics, capsys: pytest.CaptureFixture[str]) -> None:
    """The run must have done what it is for. Its figures go to whoever reads the test's output."""
    with capsys.disabled():
        sys.stdout.write(f"\n{statistics}\n")
    assert statistics.outcomes["killed"] > statistics.steps.total() / 6
    assert {
        "charge",
        "refund",
        "adjust",
        "reset",
        "settle",
        "release",
        "work",
        "sweep",
        "race",
    } <= statistics.steps.keys()


def test_the_ledger_holds_in_memory(loop: asyncio.Runner, capsys: pytest.CaptureFixture[str]) -> None:
    database = MemoryDatabase()

    def run(awaited: Awaitable[Any]) -> Any:
        return loop.run(_awaited(awaited))

    bank = Bank(
        uow=OpenMemoryUnitOfWork(database),
        ledger=MemoryCreditReader(database),
        expired=MemoryExpiredHolds(database),
        run=run,
        statistics=Statistics(),
    )
    checked(walk(bank, examples=80, steps=40), capsys)


def test_the_ledger_holds_in_postgres(
    loop: asyncio.Runner, postgres: PostgresUrls, capsys: pytest.CaptureFixture[str]
) -> None:
    engines = [create_engine(postgres.api), create_engine(postgres.worker)]
    api, worker = Transactions(engines[0], role=API_ROLE), Transactions(engines[1], role=WORKER_ROLE)

    def run(awaited: Awaitable[Any]) -> Any:
        return loop.run(_awaited(awaited))

    bank = Bank(
        uow=OpenPostgresUnitOfWork(api),
        ledger=PostgresCreditReader(api),
        expired=PostgresExpiredHolds(worker),
        run=run,
        statistics=Statistics(),
    )
    try:
        checked(walk(bank, examples=30, steps=40), capsys)
    finally:
        for engine in engines:
            loop.run(engine.dispose())


async def _awaited(awaited: Awaitable[Any]) -> Any:
    return await awaited
