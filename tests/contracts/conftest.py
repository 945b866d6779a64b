"""Every contract runs on every adapter: `store` is the memory database in one run and PostgreSQL in the next."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.memory.database import MemoryDatabase
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from adapters.postgres.engine import API_ROLE, WORKER_ROLE, Transactions
from adapters.postgres.unit_of_work import OpenPostgresUnitOfWork

T = TypeVar("T")


@dataclass(frozen=True)
class Store:
    """One adapter's database: a unit-of-work opener as the API, one as the worker, and whatever reads beside them."""

    name: str
    uow: Any
    worker_uow: Any
    memory: MemoryDatabase | None = None
    api: Transactions | None = None
    worker: Transactions | None = None

    def reader(self, *, memory: Callable[[MemoryDatabase], T], postgres: Callable[[Transactions], T]) -> T:
        """This store's adapter of a port that the API reads through."""
        if self.memory is not None:
            return memory(self.memory)
        assert self.api is not None
        return postgres(self.api)

    def worker_reader(self, *, memory: Callable[[MemoryDatabase], T], postgres: Callable[[Transactions], T]) -> T:
        """This store's adapter of a port that only workers use."""
        if self.memory is not None:
            return memory(self.memory)
        assert self.worker is not None
        return postgres(self.worker)


@pytest.fixture(params=["memory", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    if request.param == "memory":
        database = MemoryDatabase()
        opener = OpenMemoryUnitOfWork(database)
        yield Store(name="memory", uow=opener, worker_uow=opener, memory=database)
        return
    from adapters.postgres.engine import create_engine

    urls = request.getfixturevalue("postgres")
    engines: list[AsyncEngine] = [create_engine(urls.api), create_engine(urls.worker)]
    api, worker = Transactions(engines[0], role=API_ROLE), Transactions(engines[1], role=WORKER_ROLE)
    yield Store(
        name="postgres",
        uow=OpenPostgresUnitOfWork(api),
        worker_uow=OpenPostgresUnitOfWork(worker),
        api=api,
        worker=worker,
    )
    for engine in engines:
        await engine.dispose()
