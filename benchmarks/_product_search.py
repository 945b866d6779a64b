"""The product's own search over a filled database, asked as it is in earnest, and timed from outside."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import psycopg
from dependency_injector import providers
from sqlalchemy import event, text

from adapters.embedded.postgres import EmbeddedPostgres
from adapters.postgres.engine import API_ROLE, Transactions
from application.library import ChunkIndex, Embedder
from application.library.ports import Scope
from benchmarks._filled_table import MODEL, Tenant
from benchmarks._vectors import DIMENSIONS
from entrypoints.bootstrap import Container
from entrypoints.http.app import build_app
from entrypoints.logging import configure_logging
from entrypoints.settings import load_settings

DEPTH = 50
"""Candidates of each leg: what a search asks for that wants ten hits."""

_SCANS = """
    select
      (select coalesce(sum(idx_scan), 0) from pg_stat_user_indexes where indexrelname = 'benchmark_hnsw'),
      (select coalesce(sum(idx_scan + seq_scan), 0) from pg_stat_user_tables where relname = 'chunk_planes')
    """
_EXPLAIN = "explain (analyze, timing off, buffers off, format json) "
_FLUSH = text("select pg_stat_force_next_flush()")

# As one would write it against pgvector; without sorting there is no other plan than the index.
_NEAREST = text(
    "select source_id, position from chunk_vectors where user_id = :owner and model = :model "
    "order by embedding <#> cast(:vector as halfvec(1024)) limit :count"
)
_BY_GRAPH = text(
    "select set_config('hnsw.ef_search', '200', true), set_config('hnsw.iterative_scan', 'relaxed_order', true), "
    "set_config('enable_sort', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)"
)
_SEARCH = """
query Search($input: SearchInput!) {
  search(input: $input) {
    hits { score similarity lexicalScore chunk { id content position source { id title } } }
    coverage { degraded }
  }
}
"""


class KnownEmbedder(Embedder):
    """Has the vectors of the questions: what embedding them takes is the provider's, and not measured here."""

    model = MODEL
    dimensions = DIMENSIONS

    def __init__(self, vectors: Mapping[str, Sequence[float]]) -> None:
        self._vectors = vectors

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [list(self._vectors[question]) for question in texts]


@dataclass
class _Statements:
    """How long statements took since the last `clear`, in seconds: from being sent to having all rows."""

    taken: list[float] = field(default_factory=list)
    search: tuple[str, Any] | None = None

    def listen(self, engine: Any) -> None:
        began = 0.0

        def before(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            nonlocal began
            if "by_words as" in statement and not statement.startswith(_EXPLAIN):
                self.search = statement, parameters
            began = time.perf_counter()

        def after(*_: Any) -> None:
            self.taken.append(time.perf_counter() - began)

        event.listen(engine, "before_cursor_execute", before)
        event.listen(engine, "after_cursor_execute", after)


@dataclass(frozen=True, slots=True)
class Timed:
    """`statement` is the longest of the search's statements, which is the search itself; both in seconds."""

    seconds: float
    statement: float
    rows: frozenset[int] = frozenset()


class Product:
    """One connection in use at a time, as the API's login and role, under row-level security."""

    def __init__(self, container: Container, http: httpx2.AsyncClient, users: Sequence[Tenant]) -> None:
        self._index: ChunkIndex = container.chunk_index()
        self._transactions: Transactions = container.transactions()
        self._issuer = container.development_issuer()
        self._http = http
        self._tokens: dict[str, str] = {}
        self._first = {source.id: source.first for user in users for source in user.sources}
        self._statements = _Statements()
        self._statements.listen(container.engine().sync_engine)

    async def dense(self, user: Tenant, vector: Sequence[float], *, count: int) -> Timed:
        """The nearest by vector alone, in the same statement as ever; it looks for no words."""
        with self._timing() as timing:
            found = await self._index.candidates(
                owner=user.id, query="", vector=vector, model=MODEL, scope=Scope(), depth=DEPTH
            )
        best = sorted(found.items, key=lambda item: -(item.similarity or 0.0))[:count]
        return timing.told(frozenset(self._first[item.chunk.source_id] + item.chunk.position for item in best))

    async def hnsw(self, user: Tenant, vector: Sequence[float], *, count: int) -> Timed:
        """By pgvector's graph over everybody's rows, as the same role."""
        literal = f"[{','.join(f'{number:.6g}' for number in vector)}]"
        asked = {"owner": user.id, "model": MODEL, "vector": literal, "count": count}
        with self._timing() as timing:
            async with self._transactions.begin(user.id) as connection:
                await connection.execute(_BY_GRAPH)
                found = (await connection.execute(_NEAREST, asked)).all()
                await connection.commit()  # a rollback would throw away what the connection has prepared
        return timing.told(frozenset(self._first[row.source_id] + row.position for row in found))

    async def graphql(self, user: Tenant, question: str, *, count: int) -> Timed:
        """A hybrid search through the whole API in this process, without a network."""
        token = self._tokens.get(user.subject)
        if token is None:
            token = self._tokens[user.subject] = self._issuer.mint(user.subject, timedelta(hours=6))
        body = {"query": _SEARCH, "variables": {"input": {"query": question, "limit": count}}}
        with self._timing() as timing:
            response = await self._http.post("/graphql", json=body, headers={"authorization": f"Bearer {token}"})
            answer = response.json()
        assert "errors" not in answer, answer
        assert answer["data"]["search"]["hits"], "nothing found"
        assert answer["data"]["search"]["coverage"]["degraded"] is None, answer
        return timing.told()

    async def inside(self, user: Tenant) -> float:
        """How long the database itself takes for the last search's statement, in seconds: from EXPLAIN ANALYZE."""
        assert self._statements.search is not None, "nothing was searched for yet"
        statement, parameters = self._statements.search
        plan = {"plan_cache_mode": "force_generic_plan", "max_parallel_workers_per_gather": "0", "work_mem": "32MB"}
        async with self._transactions.read(user.id, settings=plan) as connection:
            explained = (await connection.exec_driver_sql(_EXPLAIN + statement, parameters)).scalar_one()
        return float(explained[0]["Execution Time"]) / 1_000

    async def path(self, server: EmbeddedPostgres, user: Tenant, vector: Sequence[float]) -> str:
        """Which way a search of this user goes, as the database counts it: exact, planes or hnsw."""
        await self._flush()
        before = _row(server, _SCANS)
        await self.dense(user, vector, count=1)
        await self._flush()
        after = _row(server, _SCANS)
        ways = zip(("hnsw", "planes"), before, after, strict=True)
        return next((way for way, then, now in ways if now > then), "exact")

    async def _flush(self) -> None:
        """Have the connection's counts of what it scanned told to everybody. It is the one that was used last."""
        async with self._transactions.begin(None) as connection:
            await connection.execute(_FLUSH)
            await connection.commit()

    @contextmanager
    def _timing(self) -> Iterator[_Timing]:
        self._statements.taken.clear()
        timing = _Timing(self._statements)
        yield timing
        timing.end()


class _Timing:
    def __init__(self, statements: _Statements) -> None:
        self._statements = statements
        self._began = time.perf_counter()
        self._seconds = 0.0

    def end(self) -> None:
        self._seconds = time.perf_counter() - self._began

    def told(self, rows: frozenset[int] = frozenset()) -> Timed:
        return Timed(self._seconds, max(self._statements.taken), rows)


@asynccontextmanager
async def product(
    server: EmbeddedPostgres, folder: Path, users: Sequence[Tenant], embedder: KnownEmbedder, way: str
) -> AsyncIterator[Product]:
    """The real composition on this server. `way` is VECTOR_SEARCH."""
    settings = load_settings(
        env_file=None,
        data_dir=folder,
        database_url=server.url("api"),
        redis_url="redis://127.0.0.1:1/0",
        vector_search=None if way == "auto" else way,
    )
    container = Container(settings=settings, role=API_ROLE)
    container.query_embedder.override(providers.Object(embedder))
    app = build_app(container.application(), settings)
    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://studiolo.benchmark", timeout=60)
    with (folder / "search.log").open("w") as log:
        configure_logging("INFO", log)  # as in earnest, but not to the terminal
        try:
            async with http:
                yield Product(container, http, users)
        finally:
            await container.engine().dispose()
            configure_logging("WARNING")


def _row(server: EmbeddedPostgres, query: str) -> Sequence[int]:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        return connection.execute(query.encode()).fetchone() or ()
