"""What an operator is told of the indexes of search, through the command line as well."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from adapters.postgres.chunk_index import HnswSearch, VectorPath, VectorSearch
from adapters.postgres.index_report import IndexReport, report
from adapters.postgres.vector_index import HNSW, build
from entrypoints.cli.app import app
from entrypoints.settings import Settings
from tests.conftest import PostgresUrls
from tests.contracts.index_database import MODEL, SECRET, IndexDatabase, a_database, filled


@pytest.fixture(scope="module")
def database(postgres: PostgresUrls) -> Iterator[IndexDatabase]:
    with a_database(postgres, "index_report") as urls:
        yield filled(urls)


@pytest.fixture
def graph(database: IndexDatabase) -> Iterator[None]:
    """An HNSW index, for one test."""
    asyncio.run(build(database.urls.owner, m=8, ef_construction=32, tell=lambda line: None))
    yield
    with psycopg.connect(database.urls.owner, autocommit=True) as connection:
        connection.execute(f"drop index {HNSW}")


def reported(
    database: IndexDatabase,
    *,
    path: VectorPath = "auto",
    crossover: int = 100,
    queries: int = 4,
    ef_search: tuple[int, ...] = (),
) -> IndexReport:
    return asyncio.run(
        report(
            database.urls.owner,
            search=VectorSearch(path=path, crossover=crossover),
            queries=queries,
            seed=1,
            ef_search=ef_search,
        )
    )


def test_it_counts_rows_bytes_and_uses(database: IndexDatabase) -> None:
    found = reported(database, queries=0)
    tables = {table.name: table for table in found.tables}
    assert (tables["chunk_vectors"].rows, tables["chunk_planes"].rows, tables["indexed_sources"].rows) == (180, 180, 3)
    assert tables["chunk_vectors"].bytes > 180 * 2_048
    indexes = {index.name: index for index in found.indexes}
    assert (indexes["postings_term_idx"].table, indexes["postings_term_idx"].method) == ("postings", "btree")
    assert indexes["chunk_vectors_pkey"].scans > 0
    assert [asdict(model) for model in found.models] == [{"model": MODEL, "users": 2, "vectors": 180, "planes": 180}]


def test_scopes_take_the_path_of_their_size(database: IndexDatabase) -> None:
    found = reported(database, queries=0)
    assert [asdict(size) for size in found.sizes] == [
        {"up_to": 1_000, "users": 2, "vectors": 180, "paths": {"exact": 1, "planes": 1, "hnsw": 0}}
    ]
    assert [(scope.user, scope.vectors, scope.sources, scope.path) for scope in found.largest] == [
        (str(database.large)[:8], 150, 2, "planes"),
        (str(database.small)[:8], 30, 1, "exact"),
    ]


@pytest.mark.usefixtures("graph")
@pytest.mark.parametrize(
    ("path", "crossover", "taken"), [("exact", 100, "exact"), ("hnsw", 100, "hnsw"), ("hnsw", 150, "exact")]
)
def test_the_settings_choose_among_the_paths(
    database: IndexDatabase, path: VectorPath, crossover: int, taken: str
) -> None:
    assert reported(database, path=path, crossover=crossover, queries=0).largest[0].path == taken


def test_without_the_index_hnsw_is_an_exact_scan(database: IndexDatabase) -> None:
    assert reported(database, path="hnsw", queries=0).largest[0].path == "exact"


def test_a_scope_with_planes_missing_is_exact_and_told(database: IndexDatabase) -> None:
    say = "update vector_counts set planes = planes + %s where user_id = %s"
    with psycopg.connect(database.urls.owner, autocommit=True) as connection:
        connection.execute(say, [-1, database.large])
        found = reported(database, queries=2)
        connection.execute(say, [1, database.large])
    assert (found.incomplete, found.largest[0].path) == (1, "exact")
    assert {state.path for state in found.recall} == {"exact"}


@pytest.mark.usefixtures("graph")
def test_recall_is_measured_on_and_off_topic_for_each_path(database: IndexDatabase) -> None:
    found = reported(database, ef_search=(10, 200))
    assert [(state.path, state.topic, state.ef_search) for state in found.recall] == [
        ("exact", "on", None),
        ("exact", "off", None),
        ("planes", "on", None),
        ("planes", "off", None),
        ("hnsw", "on", 10),
        ("hnsw", "off", 10),
        ("hnsw", "on", 200),
        ("hnsw", "off", 200),
    ]
    assert {state.queries for state in found.recall} == {4}
    # All 150 are among the 400 candidates, or among the 200 that HNSW looks at.
    assert {state.recall for state in found.recall if state.ef_search != 10} == {1.0}
    assert all(0 < state.p50_ms <= state.p95_ms for state in found.recall)


@pytest.mark.usefixtures("graph")
def test_a_walk_that_is_too_short_is_seen(database: IndexDatabase) -> None:
    """The measure has teeth: two are found, and nobody goes on."""
    found = asyncio.run(
        report(
            database.urls.owner,
            search=VectorSearch(crossover=20, hnsw=HnswSearch(ef_search=2, iterative_scan="off")),
            queries=6,
            seed=1,
        )
    )
    assert all(state.recall < 0.5 for state in found.recall if state.path == "hnsw")
    assert all(state.recall == 1.0 for state in found.recall if state.path != "hnsw")


class TestCommand:
    @pytest.fixture(autouse=True)
    def environment(self, database: IndexDatabase, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        for field in Settings.model_fields.values():
            monkeypatch.delenv(str(field.alias), raising=False)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("STUDIOLO_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("DATABASE_URL", database.urls.api)
        monkeypatch.setenv("DIRECT_URL", database.urls.owner)
        monkeypatch.setenv("VECTOR_CROSSOVER", "100")

    def test_the_report_is_one_json_object_without_a_word_of_anybodys(self, database: IndexDatabase) -> None:
        done = index("report", "--json", "--sample", "2")
        assert done.exit_code == 0
        found: dict[str, Any] = json.loads(done.stdout)
        assert (found["mode"], found["crossover"], found["incomplete"]) == ("auto", 100, 0)
        assert {state["path"] for state in found["recall"]} == {"exact", "planes"}
        assert SECRET not in done.stdout
        assert str(database.large) not in done.stdout

    def test_the_report_for_people_has_the_same(self) -> None:
        done = index("report", "--sample", "2")
        assert done.exit_code == 0
        assert "vector search  auto: exact up to 100 vectors in scope, above sign planes, rescored" in done.stdout
        assert re.search(r"^postings_term_idx +btree +\S+ MB", done.stdout, re.MULTILINE)
        assert re.search(r"^up to 1,000 +2 +180 +1 +1$", done.stdout, re.MULTILINE)
        assert re.search(r"^planes +on +2 +1\.0000 +1\.00", done.stdout, re.MULTILINE)

    def test_where_nobody_has_many_vectors_it_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("VECTOR_CROSSOVER", "5000")
        assert "nobody has more vectors than the crossover, so every search is exact" in index("report").stdout

    def test_an_index_is_built_reported_rebuilt_and_dropped(self) -> None:
        built = index("build", "--m", "8", "--ef-construction", "32")
        assert built.exit_code == 0, built.stderr
        assert re.fullmatch(
            rf"{HNSW}: \S+ MB, m 8, ef_construction 32\nNo search uses it yet: VECTOR_SEARCH is auto\.\n", built.stdout
        )
        told = index("report", "--ef-search", "40", "--ef-search", "80", "--sample", "2").stdout
        assert f"! {HNSW} is not used: VECTOR_SEARCH is auto." in told
        assert re.search(r"^hnsw, ef_search 40 +on +2", told, re.MULTILINE)
        assert re.search(r"^hnsw, ef_search 80 +off +2", told, re.MULTILINE)
        assert re.search(rf"^{HNSW}: \S+ MB -> \S+ MB$", index("rebuild").stdout, re.MULTILINE)
        assert index("drop").stdout == "dropped\n"
        assert index("drop").stdout == "There is no HNSW index.\n"

    def test_what_cannot_be_done_is_a_line_and_exit_status_1(
        self, database: IndexDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DIRECT_URL", database.urls.worker)
        refused = index("build")
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert refused.stderr == (
            "studiolo: The database login studiolo_worker does not own the tables: "
            "set DIRECT_URL to the login that migrations run as.\n"
        )

    @pytest.mark.parametrize("command", ["report", "build", "rebuild", "drop"])
    def test_a_database_that_is_down_is_named(self, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
        with socket.socket() as unheard:
            unheard.bind(("127.0.0.1", 0))
            monkeypatch.setenv("DIRECT_URL", f"postgresql://me:hunter2@127.0.0.1:{unheard.getsockname()[1]}/db")
            down = index(command)
        assert (down.exit_code, down.stdout) == (1, "")
        assert down.stderr.startswith("studiolo: PostgreSQL does not answer (")
        assert down.stderr.count("\n") == 1
        assert "hunter2" not in down.stderr


def index(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["index", *arguments], catch_exceptions=False)
