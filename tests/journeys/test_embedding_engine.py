"""The embedding engine outlives the worker that is killed, and ends by itself: nothing is paid twice, nothing lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from adapters.embedded import EmbeddedPostgres, EmbeddedValkey
from adapters.postgres import migrations
from adapters.postgres.engine import API_ROLE, Transactions, create_engine
from adapters.postgres.unit_of_work import OpenPostgresUnitOfWork
from adapters.system import utc_now
from tests.builders import signed_up
from tests.builders_library import a_stored_source
from tests.journeys.commands import environment, eventually, is_alive, process_tree
from tests.wire.embedding_server import EmbeddingServer

pytestmark = [pytest.mark.journey]

KILLS = 6
CHUNKS = 160
ENGINE = "entrypoints.worker.engine"


@dataclass
class Works:
    """The servers, and workers that are started and killed."""

    folder: Path
    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey
    server: EmbeddingServer

    def settings(self) -> dict[str, str]:
        return environment(
            DATABASE_URL=self.postgres.url("worker"),
            REDIS_URL=self.valkey.url(),
            STUDIOLO_DATA_DIR=str(self.folder / "data"),
            EMBEDDING_PROVIDER="openai-compatible",
            OPENAI_COMPATIBLE_URL=self.server.url,
            EMBEDDING_MODEL="counted",
            EMBEDDING_REQUESTS_PER_MINUTE="60000",
            EMBEDDING_LEASE_SECONDS="25",
            WORKER_HEARTBEAT_SECONDS="2",
            SWEEP_SECONDS="0.5",
        )

    @contextmanager
    def a_worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """`studiolo worker`; killed at the end with its whole group, if it is still there."""
        with (self.folder / "worker.log").open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "entrypoints.cli", "worker"],
                cwd=self.folder,
                env=self.settings(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield worker
        finally:
            if worker.poll() is None:
                os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()

    def engines(self, worker: subprocess.Popen[bytes]) -> list[int]:
        return [pid for pid, line in process_tree(worker.pid).items() if ENGINE in line]

    def embedded(self) -> int:
        with psycopg.connect(self.postgres.url("owner"), autocommit=True) as connection:
            row = connection.execute("select count(*) from chunk_vectors").fetchone()
        return int(row[0]) if row else 0

    async def add(self, contents: list[str]) -> None:
        engine = create_engine(self.postgres.url("api"))
        uow = OpenPostgresUnitOfWork(Transactions(engine, role=API_ROLE))
        user = await signed_up(uow)
        await a_stored_source(uow, user.id, contents, processed_at=utc_now())
        await engine.dispose()


@pytest.fixture
def works() -> Iterator[Works]:
    with (
        tempfile.TemporaryDirectory(prefix="studiolo-test-", ignore_cleanup_errors=True) as name,
        EmbeddingServer(dialect="openai") as server,
    ):
        folder = Path(name)
        postgres, valkey = EmbeddedPostgres(folder / "postgres", fast=True), EmbeddedValkey(folder / "valkey")
        postgres.start()
        valkey.start()
        try:
            migrations.upgrade(postgres.url("owner"))
            yield Works(folder, postgres, valkey, server)
        finally:
            valkey.stop()
            postgres.stop()


async def test_workers_are_killed_again_and_again_and_nothing_is_embedded_twice_or_lost(works: Works) -> None:
    works.server.delay = 0.4
    await works.add([f"Paragrafo {number}." for number in range(CHUNKS)])
    chance = random.Random(4)
    for _ in range(KILLS):
        with works.a_worker() as worker:
            eventually(lambda worker=worker: bool(works.engines(worker)))  # type: ignore[misc]
            (engine, *_) = works.engines(worker)
            time.sleep(chance.uniform(0.5, 3.0))  # the moment of a death
        eventually(lambda engine=engine: not is_alive(engine), seconds=10)  # type: ignore[misc]
        assert works.embedded() == works.server.times_embedded.total()
    with works.a_worker():
        eventually(lambda: works.embedded() == CHUNKS, seconds=60)
    assert works.server.counts()["twice"] == 0
    assert len(works.server.requests) == CHUNKS / 16


async def test_a_worker_that_is_asked_to_stop_lets_the_engine_end_first(works: Works) -> None:
    works.server.delay = 1.0
    await works.add([f"Paragrafo {number}." for number in range(40)])
    with works.a_worker() as worker:
        eventually(lambda: bool(works.server.requests))
        (engine,) = works.engines(worker)
        worker.terminate()
        assert worker.wait(10) == 0
        assert not is_alive(engine)
    assert works.embedded() == works.server.times_embedded.total() > 0


async def test_an_engine_that_dies_is_started_again(works: Works) -> None:
    with works.a_worker() as worker:
        eventually(lambda: bool(works.engines(worker)))
        (first,) = works.engines(worker)
        os.kill(first, signal.SIGKILL)
        eventually(lambda: bool(works.engines(worker)) and first not in works.engines(worker))
        await works.add(["Una nota."])
        eventually(lambda: works.embedded() == 1)


async def test_with_everything_gone_the_engine_ends_within_seconds(works: Works) -> None:
    works.server.delay = 0.5
    await works.add([f"Paragrafo {number}." for number in range(64)])
    with works.a_worker() as worker:
        eventually(lambda: bool(works.server.requests))
        (engine,) = works.engines(worker)
        works.postgres.stop()
    eventually(lambda: not is_alive(engine), seconds=8)
