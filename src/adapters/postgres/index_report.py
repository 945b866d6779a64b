"""What an operator wants to know of the search path: size, use, care, whose scopes take which path, and recall.

Nothing of what users wrote is read: counts from the catalogue and from `vector_counts`, and vectors for the sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.chunk_index import VectorPath, VectorSearch
from adapters.postgres.index_recall import Path, Recall, Sampling, Scope, measured
from adapters.postgres.owner_connection import owner_engine, require_operator
from adapters.postgres.rows import AnyRow
from adapters.postgres.vector_index import SEARCHED
from domain.shared import UserId

_LIMITS = (1_000, 5_000, 20_000, 100_000)
_LARGEST = 10
_STRANGERS = 200

_SINCE = text("select stats_reset from pg_stat_database where datname = current_database()")
_TABLES = text(
    """
    select c.relname as name, s.n_live_tup as rows, s.n_dead_tup as dead, s.seq_scan as whole_scans,
      greatest(s.last_vacuum, s.last_autovacuum) as vacuumed_at,
      greatest(s.last_analyze, s.last_autoanalyze) as analyzed_at,
      pg_table_size(c.oid) as bytes, pg_indexes_size(c.oid) as index_bytes
    from unnest(cast(:tables as text[])) with ordinality as known (name, place)
      join pg_class c on c.oid = to_regclass(known.name) join pg_stat_all_tables s on s.relid = c.oid
    order by known.place
    """
)
_INDEXES = text(
    """
    select i.relname as name, t.relname as table, a.amname as method, x.indisvalid as valid, s.idx_scan as scans,
      s.idx_tup_read as entries_read, pg_relation_size(i.oid) as bytes,
      coalesce(array_to_string(i.reloptions, ', '), '') as options
    from unnest(cast(:tables as text[])) with ordinality as known (name, place)
      join pg_class t on t.oid = to_regclass(known.name) join pg_index x on x.indrelid = t.oid
      join pg_class i on i.oid = x.indexrelid join pg_am a on a.oid = i.relam
      join pg_stat_all_indexes s on s.indexrelid = i.oid
    order by known.place, i.relname
    """
)
# During a change of models a search takes the one that most of its scope has: so do we.
_SCOPES = """
with scopes as materialized (
  select s.*,
    case
      when s.vectors <= :crossover or :mode = 'exact' then 'exact'
      when :mode = 'hnsw' then case when :graph then 'hnsw' else 'exact' end
      when s.complete then 'planes'
      else 'exact'
    end as path
  from (
    select distinct on (of_model.user_id) of_model.*
    from (
      select n.user_id, n.model, sum(n.vectors) as vectors, count(*) as sources,
        bool_and(n.planes >= n.vectors) as complete
      from vector_counts n where n.vectors > 0 group by n.user_id, n.model
    ) of_model
    order by of_model.user_id, of_model.vectors desc, of_model.model
  ) s
)"""
_BY_SIZE = text(
    f"""
    {_SCOPES}
    select size, count(*) as users, sum(vectors) as vectors, count(*) filter (where path = 'exact') as exact,
      count(*) filter (where path = 'planes') as planes, count(*) filter (where path = 'hnsw') as hnsw
    from (
      select s.*, (select count(*) from unnest(cast(:limits as integer[])) as known (n) where s.vectors > n) as size
      from scopes s
    ) sized group by size order by size
    """  # noqa: S608  fixed fragments; every value is bound
)
_INCOMPLETE = text(f"{_SCOPES} select count(*) from scopes where vectors > :crossover and not complete")  # noqa: S608  as above
_LARGEST_SCOPES = text(f"{_SCOPES} select * from scopes order by vectors desc, user_id limit :limit")  # noqa: S608  as above
_SAMPLED = text(
    f"{_SCOPES} select * from scopes where vectors > :above "  # noqa: S608  as above
    "order by md5(cast(user_id as text) || cast(:seed as text)) limit :limit"
)
_MODELS = text(
    "select model, count(distinct user_id) as users, sum(vectors) as vectors, sum(planes) as planes "
    "from vector_counts group by model order by vectors desc, model"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableState:
    """Bytes are those of the rows (with what is stored outside of them) and of the indexes; rows are an estimate."""

    name: str
    rows: int
    bytes: int
    index_bytes: int
    dead: int
    whole_scans: int
    vacuumed_at: datetime | None
    analyzed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexState:
    """`scans` and `entries_read` are since the statistics were last reset."""

    name: str
    table: str
    method: str
    options: str
    valid: bool
    bytes: int
    scans: int
    entries_read: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelState:
    """How much there is of one embedding model."""

    model: str
    users: int
    vectors: int
    planes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeClass:
    """Users with so many vectors (`up_to`: None for no limit), and how many of them search along which path."""

    up_to: int | None
    users: int
    vectors: int
    paths: dict[Path, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeScope:
    """`user` is the beginning of an id: enough for an operator, and no name."""

    user: str
    model: str
    vectors: int
    sources: int
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexReport:
    """All of it. `recall` is empty where nobody has more vectors than the crossover.

    `incomplete` users have more, but not yet all the planes: their searches are exact until a worker has made them.
    """

    mode: VectorPath
    crossover: int
    incomplete: int
    statistics_since: datetime | None
    tables: list[TableState]
    indexes: list[IndexState]
    models: list[ModelState]
    sizes: list[SizeClass]
    largest: list[LargeScope]
    recall: list[Recall]


async def report(
    url: str,
    *,
    search: VectorSearch,
    queries: int,
    seed: int,
    ef_search: Sequence[int] = (),
    prepared_statements: bool = True,
) -> IndexReport:
    """Look at everything, and measure recall on so many questions on topic and as many off; with none, do not.

    HNSW is walked with each `ef_search`, else with the search's own. A pooler may not allow prepared statements; with
    them times are those of the API. Errors: those of `owner_connection`.
    """
    sampling = Sampling(queries=queries, seed=seed, hnsw=search.hnsw, ef_search=tuple(ef_search))
    async with owner_engine(url, prepared_statements=prepared_statements) as engine:
        async with engine.connect() as connection:
            await require_operator(connection, direct=False)
            known = {"tables": list(SEARCHED)}
            tables = [TableState(**row) for row in (await connection.execute(_TABLES, known)).mappings()]
            indexes = [IndexState(**row) for row in (await connection.execute(_INDEXES, known)).mappings()]
            graph = any(index.method == "hnsw" and index.valid for index in indexes)
            asked = {"mode": search.path, "crossover": search.crossover, "graph": graph}
            since = (await connection.execute(_SINCE)).scalar_one()
            incomplete = (await connection.execute(_INCOMPLETE, asked)).scalar_one()
            models = [_model(row) for row in await connection.execute(_MODELS)]
            sizes = [_size(row) for row in await connection.execute(_BY_SIZE, {**asked, "limits": list(_LIMITS)})]
            largest = [_large(row) for row in await connection.execute(_LARGEST_SCOPES, {**asked, "limit": _LARGEST})]
            scopes = await _sampled(connection, asked, sampling, above=search.crossover, limit=sampling.queries)
            others = await _sampled(connection, asked, sampling, above=0, limit=_STRANGERS)
        recall = await measured(engine, scopes=scopes, others=others, graph=graph, sampling=sampling) if scopes else []
    return IndexReport(
        mode=search.path,
        crossover=search.crossover,
        incomplete=incomplete,
        statistics_since=since,
        tables=tables,
        indexes=indexes,
        models=models,
        sizes=sizes,
        largest=largest,
        recall=recall,
    )


async def _sampled(
    connection: AsyncConnection, asked: Mapping[str, object], sampling: Sampling, *, above: int, limit: int
) -> list[Scope]:
    """Whoever has more vectors than that, each as likely as another."""
    chosen = {**asked, "above": above, "seed": str(sampling.seed), "limit": limit}
    return [
        Scope(owner=UserId(row.user_id), model=row.model, vectors=int(row.vectors), complete=row.complete)
        for row in await connection.execute(_SAMPLED, chosen)
    ]


def _model(row: AnyRow) -> ModelState:
    return ModelState(model=row.model, users=row.users, vectors=int(row.vectors), planes=int(row.planes))


def _size(row: AnyRow) -> SizeClass:
    return SizeClass(
        up_to=_LIMITS[row.size] if row.size < len(_LIMITS) else None,
        users=row.users,
        vectors=int(row.vectors),
        paths={"exact": row.exact, "planes": row.planes, "hnsw": row.hnsw},
    )


def _large(row: AnyRow) -> LargeScope:
    return LargeScope(
        user=str(row.user_id)[:8], model=row.model, vectors=int(row.vectors), sources=row.sources, path=row.path
    )
