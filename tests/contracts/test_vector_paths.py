"""Searching by meaning in PostgreSQL among many users: each path finds the nearest, by the plan that it is meant to.

Plans are those of the product's own statements, as the API's role under row-level security: the server reports them.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import numpy as np
import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.embedded.postgres import EmbeddedPostgres
from adapters.postgres import migrations
from adapters.postgres.chunk_index import CANDIDATES, PostgresChunkIndex, VectorSearch
from adapters.postgres.engine import API_ROLE, WORKER_ROLE, Transactions, create_engine
from adapters.postgres.missing_planes import PostgresMissingPlanes
from application.library.ports import Scope
from tests.builders_vectors import Floats, Shelf, questions_near, some_vectors, write_shelf

MODEL = "test-model"
CROSSOVER = 1_000
AUTO, EXACT = VectorSearch(crossover=CROSSOVER), VectorSearch(path="exact")
HNSW = VectorSearch(path="hnsw", crossover=CROSSOVER)
_REPORTING = (
    b"session_preload_libraries = auto_explain",
    b"auto_explain.log_min_duration = 0",
    b"auto_explain.log_analyze = on",
    b"auto_explain.log_timing = off",
    b"auto_explain.log_format = json",
    b"auto_explain.log_level = notice",
    b"auto_explain.log_nested_statements = on",
)

DEEP = 400
"""So many wanted are more than a quarter of those that are always compared exactly."""


@dataclass
class Town:
    """A database of its own, with one large library, one on the way to it, and many small ones."""

    superuser: str
    api: str
    worker: str
    large: Shelf = field(init=False)
    small: Shelf = field(init=False)
    incomplete: Shelf = field(init=False)
    strangers: Floats = field(init=False)

    def settle(self) -> None:
        """No statistics: none are made before somebody says `analyze`."""
        with psycopg.connect(self.superuser, autocommit=True) as connection:
            connection.execute("alter system set autovacuum = off")
            connection.execute("select pg_reload_conf()")
            self.large = write_shelf(connection, some_vectors(2_500, seed=1), model=MODEL, sources=5)
            self.small = write_shelf(connection, some_vectors(300, seed=2), model=MODEL, sources=3)
            self.strangers = some_vectors(1_200, seed=3)
            self.incomplete = write_shelf(connection, self.strangers, model=MODEL, planes=False)
            for number in range(8):
                write_shelf(connection, some_vectors(150, seed=10 + number), model=MODEL)
            # Whatever the API asks, it is told the plan that was taken.
            for setting in _REPORTING:
                connection.execute(b"alter role studiolo_api set " + setting)

    def execute(self, statement: LiteralString) -> None:
        with psycopg.connect(self.superuser, autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with tempfile.TemporaryDirectory(prefix="studiolo-test-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder), fast=True)
        server.start()
        try:
            migrations.upgrade(server.url("owner"))
            town = Town(server.url("postgres"), server.url("api"), server.url("worker"))
            town.settle()
            yield town
        finally:
            server.stop()


@dataclass
class Reported:
    """The plans that the server reported, each as all of its nodes."""

    plans: list[list[dict[str, Any]]] = field(default_factory=list)

    def hear(self, notice: psycopg.errors.Diagnostic) -> None:
        _, found, plan = (notice.message_primary or "").partition("plan:\n")
        if found:
            self.plans.append(list(_nodes(json.loads(plan)["Plan"])))

    @property
    def scans(self) -> set[tuple[str, str]]:
        """How each table of the last search was read, where it was read at all."""
        return {(node["Node Type"], node["Relation Name"]) for node in self._ran if "Relation Name" in node}

    @property
    def used(self) -> set[str]:
        """The indexes that were."""
        return {node["Index Name"] for node in self._ran if "Index Name" in node}

    def everywhere(self, what: str) -> set[str]:
        """Such names in all plans that were heard of, in those of functions too."""
        return {node[what] for plan in self.plans for node in plan if what in node}

    def rows_of(self, table: str) -> int:
        """How many rows were read of a table."""
        return self._sum(table, "Actual Rows")

    def filtered_of(self, table: str) -> int:
        """How many rows were read of a table for nothing."""
        return self._sum(table, "Rows Removed by Filter")

    def _sum(self, table: str, what: str) -> int:
        found = [node for node in self._ran if node.get("Relation Name") == table]
        return int(sum(float(node.get(what, 0)) * node["Actual Loops"] for node in found) + 0.5)

    @property
    def _ran(self) -> list[dict[str, Any]]:
        return [node for node in self.plans[-1] if node["Actual Loops"]]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


@pytest.fixture
def reported() -> Reported:
    return Reported()


@pytest.fixture
async def api(town: Town, reported: Reported) -> AsyncIterator[Transactions]:
    engine: AsyncEngine = create_engine(town.api)

    @event.listens_for(engine.sync_engine, "connect")
    def listen(connection: Any, _: object) -> None:
        connection.driver_connection.add_notice_handler(reported.hear)

    yield Transactions(engine, role=API_ROLE)
    await engine.dispose()


@pytest.fixture
async def worker(town: Town) -> AsyncIterator[Transactions]:
    engine = create_engine(town.worker)
    yield Transactions(engine, role=WORKER_ROLE)
    await engine.dispose()


async def nearest(
    api: Transactions, search: VectorSearch, shelf: Shelf, question: Sequence[float], **scope: Any
) -> Any:
    """The ten nearest, by where they are, with what is told of the scope."""
    index = PostgresChunkIndex(api, search)
    seen = await index.candidates(
        owner=shelf.owner, query="-", vector=list(question), model=MODEL, scope=Scope(**scope), depth=10
    )
    ordered = sorted(seen.items, key=lambda item: -(item.similarity or 0.0))
    return [(item.chunk.source_id, item.chunk.position) for item in ordered]


async def recall(api: Transactions, search: VectorSearch, shelf: Shelf, questions: Floats, **scope: Any) -> float:
    shares = []
    for question in questions.tolist():
        wanted = await nearest(api, EXACT, shelf, question, **scope)
        found = await nearest(api, search, shelf, question, **scope)
        shares.append(len(set(wanted) & set(found)) / len(wanted))
    return float(np.mean(shares))


ANALYZE: tuple[LiteralString, ...] = ("select 1", "analyze")


class TestPlans:
    """First in a database that knows nothing of its tables, then in one that does."""

    @pytest.mark.parametrize("prepare", ANALYZE)
    async def test_a_large_scope_is_scanned_by_its_planes(
        self, town: Town, api: Transactions, reported: Reported, prepare: LiteralString
    ) -> None:
        town.execute(prepare)
        await nearest(api, AUTO, town.large, town.large.vectors[0].tolist())
        assert ("Seq Scan", "chunk_planes") not in reported.scans
        assert {"chunk_planes_pkey", "chunk_vectors_pkey"} <= reported.used
        assert reported.rows_of("chunk_planes") == 2_500
        assert reported.rows_of("chunk_vectors") == CANDIDATES + 10

    @pytest.mark.parametrize("prepare", ANALYZE)
    async def test_a_small_scope_is_scanned_exactly_and_no_planes_are_read(
        self, town: Town, api: Transactions, reported: Reported, prepare: LiteralString
    ) -> None:
        town.execute(prepare)
        await nearest(api, AUTO, town.small, town.small.vectors[0].tolist())
        assert reported.rows_of("chunk_planes") == 0
        assert reported.rows_of("chunk_vectors") == 300 + 10
        some = town.large.sources[:2]
        await nearest(api, AUTO, town.large, town.large.vectors[0].tolist(), source_ids=some)
        assert reported.rows_of("chunk_planes") == 0
        assert reported.rows_of("chunk_vectors") == 1_000 + 10

    @pytest.mark.parametrize("search", [AUTO, EXACT, HNSW])
    @pytest.mark.parametrize("scope", [{}, {"metadata": {"number": 1}}, {"metadata": {}}])
    async def test_nobody_elses_rows_are_read(
        self, town: Town, api: Transactions, reported: Reported, search: VectorSearch, scope: dict[str, Any]
    ) -> None:
        for shelf in (town.large, town.small):
            await nearest(api, search, shelf, shelf.vectors[0].tolist(), **scope)
            for table in ("chunk_planes", "chunk_vectors", "chunk_terms", "chunks", "postings"):
                assert reported.rows_of(table) <= len(shelf.vectors) + CANDIDATES + 10
                assert reported.filtered_of(table) == 0
                assert ("Seq Scan", table) not in reported.scans

    async def test_without_all_planes_the_scan_is_exact(
        self, town: Town, api: Transactions, reported: Reported
    ) -> None:
        await nearest(api, AUTO, town.incomplete, town.strangers[0].tolist())
        assert reported.rows_of("chunk_planes") == 0
        assert reported.rows_of("chunk_vectors") == 1_200 + 10

    async def test_an_approximate_index_is_used_by_who_says_so_only(
        self, town: Town, api: Transactions, reported: Reported
    ) -> None:
        question = town.large.vectors[0].tolist()
        before = await nearest(api, EXACT, town.large, question)
        assert await nearest(api, HNSW, town.large, question) == before  # there is none yet: it sorts
        town.execute("create index an_hnsw_index on chunk_vectors using hnsw (embedding halfvec_ip_ops)")
        try:
            for prepare in ANALYZE:
                town.execute(prepare)
                for search in (AUTO, EXACT):
                    assert await nearest(api, search, town.large, question) == before
                    assert "an_hnsw_index" not in reported.used
                async with api.begin(town.large.owner) as connection:
                    vector = f"[{','.join(map(str, question))}]"
                    asked = text("select id from match_chunks(cast(:vector as halfvec), 10)")
                    reported.plans.clear()
                    assert len((await connection.execute(asked, {"vector": vector})).all()) == 10
                assert "chunk_vectors" in reported.everywhere("Relation Name")
                assert "an_hnsw_index" not in reported.everywhere("Index Name")
                await nearest(api, HNSW, town.small, town.small.vectors[0].tolist())
                assert "an_hnsw_index" not in reported.used
                assert set(await nearest(api, HNSW, town.large, question)) <= {
                    (source, position) for source in town.large.sources for position in range(500)
                }
                assert "an_hnsw_index" in reported.used
            assert await recall(api, HNSW, town.large, questions_near(town.large.vectors[:20])) >= 0.8
        finally:
            town.execute("drop index an_hnsw_index")


class TestRecall:
    @pytest.mark.parametrize("topic", ["its own", "others'"])
    async def test_planes_find_what_the_exact_scan_finds(self, town: Town, api: Transactions, topic: str) -> None:
        asked = town.large.vectors[:2_500:60] if topic == "its own" else town.strangers[:40]
        assert await recall(api, AUTO, town.large, questions_near(asked)) >= 0.99

    @pytest.mark.parametrize(
        "scope", [{"sources": 3}, {"metadata": {"number": 2}}, {"sources": 4, "metadata": {"number": 3}}]
    )
    async def test_within_a_scope_too(self, town: Town, api: Transactions, scope: dict[str, Any]) -> None:
        if "sources" in scope:
            scope = {**scope, "source_ids": town.large.sources[: scope["sources"]]}
            del scope["sources"]
        always = VectorSearch(crossover=0)
        assert await recall(api, always, town.large, questions_near(town.large.vectors[:2_500:250]), **scope) >= 0.99

    async def test_the_deeper_one_looks_the_more_are_compared_exactly(
        self, town: Town, api: Transactions, reported: Reported
    ) -> None:
        index = PostgresChunkIndex(api, AUTO)
        vector = town.large.vectors[7].tolist()
        seen = await index.candidates(
            owner=town.large.owner, query="-", vector=vector, model=MODEL, scope=Scope(), depth=DEEP
        )
        assert len(seen.items) == DEEP
        assert reported.rows_of("chunk_vectors") == 4 * DEEP + DEEP


class TestMissingPlanes:
    async def test_they_are_made_in_batches_until_the_scan_may_be_short(
        self, town: Town, api: Transactions, worker: Transactions, reported: Reported
    ) -> None:
        shelf = write_without_planes(town, town.strangers[:1_100], sources=2)
        wanted = await nearest(api, EXACT, shelf, town.strangers[5].tolist())
        shortcuts = PostgresMissingPlanes(worker)
        while await shortcuts.build(limit=300):
            assert await nearest(api, AUTO, shelf, town.strangers[5].tolist()) == wanted
        assert reported.rows_of("chunk_planes") == 1_100
        assert await shortcuts.build(limit=300) == 0

    async def test_they_are_those_that_the_engine_makes(self, town: Town, worker: Transactions) -> None:
        vectors = some_vectors(40, seed=77)
        with psycopg.connect(town.superuser, autocommit=True) as connection:
            with_them = write_shelf(connection, vectors, model=MODEL)
        without = write_without_planes(town, vectors)
        await PostgresMissingPlanes(worker).build(limit=10_000)
        assert planes_of(town, without) == planes_of(town, with_them)


def write_without_planes(town: Town, vectors: Floats, *, sources: int = 1) -> Shelf:
    with psycopg.connect(town.superuser, autocommit=True) as connection:
        return write_shelf(connection, vectors, model=MODEL, sources=sources, planes=False)


def planes_of(town: Town, shelf: Shelf) -> list[tuple[Any, ...]]:
    query = "select position, first::text, second::text from chunk_planes where user_id = %s order by position"
    with psycopg.connect(town.superuser) as connection:
        return connection.execute(query, [shelf.owner]).fetchall()


async def test_the_large_statement_is_planned_once_for_a_connection(town: Town, api: Transactions) -> None:
    """What a connection has prepared is lost when a transaction is rolled back: searches commit."""
    for place in range(8):
        await nearest(api, AUTO, town.small, town.small.vectors[place].tolist())
    async with api.read(None) as connection:
        prepared = text("select sum(generic_plans) from pg_prepared_statements where statement like '%by_meaning%'")
        assert (await connection.execute(prepared)).scalar_one() >= 2


async def test_who_only_reads_cannot_write(town: Town, api: Transactions) -> None:
    async with api.begin(town.small.owner, read_only=True) as connection:
        with pytest.raises(DBAPIError, match="read-only"):
            await connection.execute(text("delete from chunk_planes"))
