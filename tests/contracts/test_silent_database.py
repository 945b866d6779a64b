"""A database that keeps one waiting: frozen (it accepts, closes nothing and does not answer), or with a row held."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.engine import API_ROLE, PostgresDependency, Transactions, create_engine
from adapters.postgres.unit_of_work import OpenPostgresUnitOfWork
from domain.shared import Unavailable
from tests.builders import signed_up
from tests.conftest import PostgresUrls

PATIENCE = 0.2


class Wire:
    """Carries bytes between a client and PostgreSQL, unless it is frozen."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self.carrying: set[asyncio.Task[None] | None] = set()
        self._flows = asyncio.Event()
        self.thaw()

    def freeze(self) -> None:
        self._flows.clear()

    def thaw(self) -> None:
        self._flows.set()

    async def carry(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        self.carrying.add(asyncio.current_task())
        server, to_server = await asyncio.open_connection(self._host, self._port)
        both = [
            asyncio.create_task(self._copy(client, to_server)),
            asyncio.create_task(self._copy(server, to_client)),
        ]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        for writer in (to_server, to_client):
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while piece := await source.read(65_536):
            await self._flows.wait()
            target.write(piece)
            await target.drain()


@asynccontextmanager
async def through_a_wire(url: str) -> AsyncIterator[tuple[Wire, AsyncEngine]]:
    parts = make_url(url)
    assert parts.host
    assert parts.port
    wire = Wire(parts.host, parts.port)
    async with await asyncio.start_server(wire.carry, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        detour = parts.set(host="127.0.0.1", port=port)
        engine = create_engine(detour.render_as_string(hide_password=False), pool_size=1)
        try:
            yield wire, engine
        finally:
            wire.thaw()
            await engine.dispose()
            await asyncio.gather(*filter(None, wire.carrying))


async def test_a_database_that_does_not_answer_is_unavailable_and_then_is_there_again(postgres: PostgresUrls) -> None:
    async with through_a_wire(postgres.api) as (wire, engine):
        transactions = Transactions(engine, role=API_ROLE, patience=PATIENCE)
        async with transactions.begin(None) as connection:
            await connection.execute(text("select 1"))
        wire.freeze()
        with pytest.raises(Unavailable):
            async with transactions.begin(None):
                pass
        wire.thaw()
        async with transactions.begin(None) as connection:
            assert (await connection.execute(text("select 1"))).scalar_one() == 1


async def test_a_database_that_does_not_answer_is_not_ready(postgres: PostgresUrls) -> None:
    async with through_a_wire(postgres.api) as (wire, engine):
        dependency = PostgresDependency(engine, patience=PATIENCE)
        await dependency.check()
        wire.freeze()
        with pytest.raises(Unavailable):
            await dependency.check()


async def test_a_row_that_another_holds_for_too_long_is_unavailable(
    postgres: PostgresUrls, api_engine: AsyncEngine
) -> None:
    uow = OpenPostgresUnitOfWork(Transactions(api_engine, role=API_ROLE))
    owner = (await signed_up(uow)).id
    impatient = create_engine(postgres.api, lock_timeout_seconds=0.1)
    late = OpenPostgresUnitOfWork(Transactions(impatient, role=API_ROLE))
    async with uow(owner) as holding:
        await holding.users.lock(owner=owner)
        with pytest.raises(Unavailable):
            async with late(owner) as waiting:
                await waiting.users.lock(owner=owner)
    await impatient.dispose()
