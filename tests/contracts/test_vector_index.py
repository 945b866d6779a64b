"""The indexes of search, built, rebuilt and dropped while others read and write."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.chunk_index import PostgresChunkIndex
from adapters.postgres.embedding_queue import PostgresEmbeddingQueue
from adapters.postgres.engine import API_ROLE, WORKER_ROLE, Transactions, create_engine
from adapters.postgres.owner_connection import NoAnswer, NotPossible, NotTheOwner
from adapters.postgres.unit_of_work import OpenPostgresUnitOfWork
from adapters.postgres.vector_index import HNSW, build, drop, rebuild
from application.library import Scope
from domain.shared import InvalidInput
from tests.builders import signed_up
from tests.builders_library import a_stored_source
from tests.conftest import PostgresUrls
from tests.contracts.index_database import MODEL, IndexDatabase, a_database, a_vector, filled
from tests.contracts.pooler import a_pooler
from tests.journeys.commands import environment


@pytest.fixture(scope="module")
def database(postgres: PostgresUrls) -> Iterator[IndexDatabase]:
    with a_database(postgres, "index_operations") as urls:
        yield filled(urls)


@pytest.fixture(autouse=True)
def no_graph(database: IndexDatabase) -> None:
    """Each test begins without HNSW."""
    with psycopg.connect(database.urls.owner, autocommit=True) as connection:
        connection.execute(f"drop index if exists {HNSW}, {HNSW}_next")


def indexes(database: IndexDatabase) -> dict[str, tuple[str, bool, int]]:
    """Of the vectors: options, whether it is valid, and which file it is in."""
    with psycopg.connect(database.urls.owner) as connection:
        rows = connection.execute(
            "select c.relname, coalesce(array_to_string(c.reloptions, ' '), ''), x.indisvalid, c.relfilenode::int "
            "from pg_index x join pg_class c on c.oid = x.indexrelid where x.indrelid = 'chunk_vectors'::regclass"
        )
        return {name: (options, valid, file) for name, options, valid, file in rows}


def being_built(database: IndexDatabase) -> bool:
    with psycopg.connect(database.urls.superuser) as connection:
        builds = "select count(*) from pg_stat_progress_create_index where datname = current_database()"
        return connection.execute(builds).fetchone() != (0,)


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.05)


def silence(line: str) -> None:
    """Nobody listens."""


async def built(database: IndexDatabase, *, m: int = 8, ef_construction: int = 32) -> None:
    await build(database.urls.owner, m=m, ef_construction=ef_construction, tell=silence)


class TestBuild:
    async def test_it_makes_an_index_with_the_settings_it_was_given(self, database: IndexDatabase) -> None:
        made = await build(database.urls.owner, m=8, ef_construction=32, memory="64MB", tell=silence)
        assert (made.name, made.valid, made.m, made.ef_construction) == (HNSW, True, 8, 32)
        assert indexes(database)[HNSW][:2] == ("m=8 ef_construction=32", True)

    async def test_a_second_time_it_does_nothing(self, database: IndexDatabase) -> None:
        await built(database)
        before = indexes(database)
        await built(database)
        assert indexes(database) == before

    async def test_other_settings_replace_it(self, database: IndexDatabase) -> None:
        await built(database)
        names = set(indexes(database))
        await built(database, m=12, ef_construction=40)
        assert set(indexes(database)) == names
        assert indexes(database)[HNSW][:2] == ("m=12 ef_construction=40", True)

    async def test_what_a_broken_build_left_is_dropped_first(self, database: IndexDatabase) -> None:
        await built(database)
        with psycopg.connect(database.urls.superuser) as connection:
            connection.execute("update pg_index set indisvalid = false where indexrelid = %s::regclass", [HNSW])
        broken = indexes(database)[HNSW]
        told: list[str] = []
        await build(database.urls.owner, m=8, ef_construction=32, tell=told.append)
        assert told[0] == f"dropping {HNSW}, which an interrupted build left behind"
        assert indexes(database)[HNSW][1:] != broken[1:]
        assert indexes(database)[HNSW][1]

    async def test_an_index_of_the_operators_own_making_stays(self, database: IndexDatabase) -> None:
        with psycopg.connect(database.urls.owner, autocommit=True) as connection:
            connection.execute("create index by_hand on chunk_vectors using hnsw (embedding halfvec_ip_ops)")
            await built(database)
            assert await drop(database.urls.owner, tell=silence)
            assert "by_hand" in indexes(database)
            connection.execute("drop index by_hand")

    async def test_it_says_how_far_it_is_and_leaves_nothing_when_it_is_interrupted(
        self, database: IndexDatabase
    ) -> None:
        waiting = asyncio.Event()

        def tell(line: str) -> None:
            if "waiting for" in line:
                waiting.set()

        before = indexes(database)
        with psycopg.connect(database.urls.worker) as writer:
            writer.execute("lock table chunk_vectors in row exclusive mode")
            building = asyncio.create_task(
                build(database.urls.owner, m=8, ef_construction=32, tell=tell, poll_seconds=0.02)
            )
            async with asyncio.timeout(30):
                await waiting.wait()
            assert not indexes(database)[HNSW][1]
            building.cancel()
            # It waits no longer for the writer than it has to; what it could not drop, the next run does.
            with pytest.raises(asyncio.CancelledError):
                await building
        await drop(database.urls.owner, tell=silence)
        assert indexes(database) == before
        await built(database)

    async def test_the_server_gives_up_a_build_whose_operator_was_killed(
        self, database: IndexDatabase, tmp_path: Path
    ) -> None:
        command = [sys.executable, "-m", "entrypoints.cli", "index", "build"]
        given = environment(
            STUDIOLO_DATA_DIR=str(tmp_path),
            DATABASE_URL=database.urls.api,
            DIRECT_URL=database.urls.owner,
            PYTHONPATH=os.pathsep.join(sys.path),
        )
        with psycopg.connect(database.urls.worker) as writer:
            writer.execute("lock table chunk_vectors in row exclusive mode")
            operator = await asyncio.create_subprocess_exec(*command, env=given, cwd=tmp_path)
            async with asyncio.timeout(60):
                await until(lambda: being_built(database))
                operator.kill()
                await operator.wait()
                await until(lambda: not being_built(database))
        told: list[str] = []
        await build(database.urls.owner, m=8, ef_construction=32, tell=told.append)
        assert told[0] == f"dropping {HNSW}, which an interrupted build left behind"

    @pytest.mark.parametrize(
        ("options", "field"),
        [
            ({"m": 16, "ef_construction": 31}, "ef_construction"),
            ({"m": 8, "ef_construction": 32, "memory": "2GB'; drop table users; --"}, "memory"),
        ],
    )
    async def test_settings_that_pgvector_would_refuse_are_refused_first(
        self, database: IndexDatabase, options: dict[str, int | str], field: str
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            await build(database.urls.owner, tell=silence, **options)  # type: ignore[arg-type]
        assert refused.value.data["field"] == field


class TestRebuild:
    async def test_reads_and_writes_go_on(self, database: IndexDatabase) -> None:
        await built(database)
        before = indexes(database)
        api, worker = create_engine(database.urls.api), create_engine(database.urls.worker)
        index = PostgresChunkIndex(Transactions(api, role=API_ROLE))
        uow = OpenPostgresUnitOfWork(Transactions(api, role=API_ROLE))
        queue = PostgresEmbeddingQueue(Transactions(worker, role=WORKER_ROLE))
        writer = await signed_up(uow)
        draw, done, written, found = random.Random(9), asyncio.Event(), [0], list[int]()

        async def write() -> None:
            while not done.is_set():
                _, chunks = await a_stored_source(uow, writer.id, ["Il Po nasce dal Monviso."])
                await queue.store(model=MODEL, vectors={chunk.id: a_vector(draw) for chunk in chunks})
                written[0] += 1

        async def search() -> None:
            while not done.is_set():
                vector = a_vector(draw)
                seen = await index.candidates(
                    owner=database.large, query="", vector=vector, model=MODEL, scope=Scope(), depth=10
                )
                found.append(len(seen.items))

        async with asyncio.TaskGroup() as others:
            others.create_task(write())
            others.create_task(search())
            rebuilt = await rebuild(database.urls.owner, tell=silence)
            done.set()
        await api.dispose()
        await worker.dispose()

        assert written[0] > 1
        assert len(found) > 1
        assert set(found) == {10}
        after = indexes(database)
        assert {name: state[:2] for name, state in after.items()} == {name: state[:2] for name, state in before.items()}
        assert all(after[name][2] != before[name][2] for name in before)
        names = [now.name for _, now in rebuilt]
        assert names[-1] == HNSW
        assert {"chunk_vectors_pkey", "chunk_planes_pkey", "postings_pkey", "postings_term_idx"} < set(names)

    async def test_without_hnsw_the_others_are_rebuilt(self, database: IndexDatabase) -> None:
        rebuilt = await rebuild(database.urls.owner, tell=silence)
        assert {now.method for _, now in rebuilt} == {"btree"}


async def test_the_index_is_dropped_once(database: IndexDatabase) -> None:
    await built(database)
    assert await drop(database.urls.owner, tell=silence)
    assert HNSW not in indexes(database)
    assert not await drop(database.urls.owner, tell=silence)


class TestWhatCannotBe:
    async def test_a_login_that_owns_nothing_is_refused(self, database: IndexDatabase) -> None:
        with pytest.raises(NotTheOwner, match="studiolo_api does not own the tables: set DIRECT_URL"):
            await drop(database.urls.api, tell=silence)

    async def test_a_server_that_is_down_is_named_as_such(self) -> None:
        with socket.socket() as unheard:
            unheard.bind(("127.0.0.1", 0))
            url = f"postgresql://someone:hunter2@127.0.0.1:{unheard.getsockname()[1]}/studiolo"
            with pytest.raises(NoAnswer, match="does not answer") as refused:
                await drop(url, tell=silence)
        assert "hunter2" not in refused.value.message
        assert "\n" not in refused.value.message

    async def test_a_pooler_is_refused(self, database: IndexDatabase) -> None:
        async with a_pooler(database.urls.owner) as url:
            with pytest.raises(NotPossible, match="goes through a pooler"):
                await drop(url, tell=silence)

    async def test_a_database_without_our_tables_is_refused(self, postgres: PostgresUrls) -> None:
        with (
            a_database(postgres, "index_without_tables", migrated=False) as urls,
            pytest.raises(NotPossible, match="studiolo migrate"),
        ):
            await drop(urls.owner, tell=silence)

    async def test_a_pgvector_that_is_too_old_is_refused(self, database: IndexDatabase) -> None:
        with ExitStack() as later, psycopg.connect(database.urls.superuser, autocommit=True) as connection:
            (found,) = (
                connection.execute("select extversion from pg_extension where extname = 'vector'").fetchone() or ()
            )
            say = "update pg_extension set extversion = %s where extname = 'vector'"
            connection.execute(say, ["0.7.4"])
            later.callback(connection.execute, say, [found])
            with pytest.raises(NotPossible, match=r"has pgvector 0\.7\.4; 0\.8 or newer is needed"):
                await built(database)
            later.close()

    async def test_two_operators_do_not_build_at_once(self, database: IndexDatabase) -> None:
        with psycopg.connect(database.urls.worker) as writer:
            writer.execute("lock table chunk_vectors in row exclusive mode")
            waiting = asyncio.Event()
            first = asyncio.create_task(
                build(database.urls.owner, m=8, ef_construction=32, tell=lambda line: waiting.set(), poll_seconds=0.02)
            )
            async with asyncio.timeout(30):
                await waiting.wait()
            with pytest.raises(NotPossible, match="An index is being built"):
                await built(database)
            writer.rollback()
            assert (await first).valid
