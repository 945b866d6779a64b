"""The indexes of the search path, looked after while searches and ingestion go on.

HNSW is an operator's choice: no migration makes it. Everything here runs concurrently, in autocommit, one statement at
a time, and can be interrupted and repeated: what a broken run left behind (an invalid index costs every write, and
serves no search) is dropped first.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.index_progress import reported
from adapters.postgres.owner_connection import NotPossible, owner_engine, require_operator
from domain.shared import InvalidInput

HNSW = "chunk_vectors_embedding_idx"
_NEXT = f"{HNSW}_next"
"""Takes its predecessor's place when it is whole: searches have an index all the time."""

SEARCHED = (
    "chunks",
    "chunk_vectors",
    "chunk_planes",
    "chunk_terms",
    "postings",
    "term_frequencies",
    "indexed_sources",
    "vector_counts",
)
"""The tables that a search reads (of those that there are)."""

_LOCK = 7_341_652_099  # any number, always the same
_SWEEPING = "2s"
_MEMORY = re.compile(r"[1-9][0-9]{0,6}\s?(kB|MB|GB)")

Tell = Callable[[str], None]
"""Told one line at a time, while the work goes on."""

_INDEXES = text(
    """
    select i.relname as name, a.amname as method, x.indisvalid as valid, pg_relation_size(i.oid) as bytes,
      (select option_value from pg_options_to_table(i.reloptions) where option_name = 'm') as m,
      (select option_value from pg_options_to_table(i.reloptions) where option_name = 'ef_construction') as ef
    from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
      join pg_am a on a.oid = i.relam
    where t.oid in (select to_regclass(name) from unnest(cast(:tables as text[])) as known (name))
    order by a.amname = 'hnsw', t.relname, i.relname
    """
)
# Another login's build does not say what it builds on.
_BUILT_BY = text(
    "select pid from pg_stat_progress_create_index where datname = current_database() and (relid is null "
    "or relid in (select to_regclass(name) from unnest(cast(:tables as text[])) as known (name))) limit 1"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """One there is. `m` and `ef_construction` are those of an HNSW index."""

    name: str
    method: str
    valid: bool
    bytes: int
    m: int | None = None
    ef_construction: int | None = None


async def build(
    url: str, *, m: int, ef_construction: int, memory: str | None = None, tell: Tell, poll_seconds: float = 1.0
) -> Index:
    """The HNSW index of all vectors, with these settings; one with others is replaced once the new one is whole.

    `memory` (such as 2GB) is what the graph may take while it is built; outside of it a build is many times slower.
    Errors: those of `owner_connection`, InvalidInput.
    """
    if ef_construction < 2 * m:
        raise InvalidInput("ef_construction must be at least twice m.", field="ef_construction", limit=2 * m)
    if memory is not None and not _MEMORY.fullmatch(memory):
        raise InvalidInput("The memory of a build is such as 512MB or 2GB.", field="memory")
    async with _alone(url) as (engine, connection):
        await _drop_broken(connection, tell)
        wanted, others = _told_apart(await _indexes(connection), m=m, ef_construction=ef_construction)
        if wanted is None:
            name = _NEXT if any(index.name == HNSW for index in others) else HNSW
            if memory is not None:
                await _run(connection, f"set maintenance_work_mem = '{memory}'")
            making = (
                f"create index concurrently {name} on chunk_vectors using hnsw (embedding halfvec_ip_ops) "
                f"with (m = {m:d}, ef_construction = {ef_construction:d})"
            )
            async with _swept(engine, tell), reported(engine, connection, tell, every=poll_seconds):
                await _run(connection, making)
        for index in others:
            tell(f"dropping {index.name} (m {index.m}, ef_construction {index.ef_construction})")
            await _run(connection, f"drop index concurrently {_quoted(index.name)}")
        wanted, _ = _told_apart(await _indexes(connection), m=m, ef_construction=ef_construction)
        assert wanted is not None
        if wanted.name != HNSW:
            await _run(connection, f"alter index {_quoted(wanted.name)} rename to {HNSW}")
        await _run(connection, "analyze chunk_vectors")
        return next(index for index in await _indexes(connection) if index.name == HNSW)


async def rebuild(url: str, *, tell: Tell, poll_seconds: float = 1.0) -> list[tuple[Index, Index]]:
    """Each index of the search path anew, packed, one after another: as it was, and as it is.

    Needs room on the disk for the largest of them once more. Errors: those of `owner_connection`.
    """
    rebuilt = []
    async with _alone(url) as (engine, connection):
        await _drop_broken(connection, tell)
        for before in await _indexes(connection):
            tell(f"rebuilding {before.name}")
            async with _swept(engine, tell), reported(engine, connection, tell, every=poll_seconds):
                await _run(connection, f"reindex index concurrently {_quoted(before.name)}")
            after = {index.name: index for index in await _indexes(connection)}[before.name]
            rebuilt.append((before, after))
    return rebuilt


async def drop(url: str, *, tell: Tell) -> bool:
    """The HNSW index, and what a broken build of it left; whether there was any. Errors: as above."""
    async with _alone(url) as (_, connection):
        await _drop_broken(connection, tell)
        ours = [index for index in await _indexes(connection) if _is_ours(index)]
        for index in ours:
            await _run(connection, f"drop index concurrently {_quoted(index.name)}")
    return bool(ours)


@asynccontextmanager
async def _alone(url: str) -> AsyncIterator[tuple[AsyncEngine, AsyncConnection]]:
    """A session that no other operator's build runs beside. Errors: those of `owner_connection`."""
    async with owner_engine(url) as transactional:
        engine = transactional.execution_options(isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await _begin_alone(connection)
            yield engine, connection


async def _begin_alone(connection: AsyncConnection) -> None:
    await require_operator(connection)
    locked = await connection.execute(text("select pg_try_advisory_lock(:key)"), {"key": _LOCK})
    builder = (await connection.execute(_BUILT_BY, {"tables": list(SEARCHED)})).scalar_one_or_none()
    if not locked.scalar_one() or builder is not None:
        by = f" by the server process {builder}" if builder else ""
        raise NotPossible(f"An index is being built{by} already: let it end, then say it again.")
    # Who was killed cannot cancel: the server looks for itself whether anybody still waits for this.
    await _run(connection, "set client_connection_check_interval = '2s'")


async def _indexes(connection: AsyncConnection) -> list[Index]:
    """Of the search path; the largest work, HNSW, last."""
    rows = await connection.execute(_INDEXES, {"tables": list(SEARCHED)})
    return [_index(row) for row in rows]


def _index(row: Any) -> Index:
    hnsw = row.method == "hnsw"
    return Index(
        name=row.name,
        method=row.method,
        valid=row.valid,
        bytes=row.bytes,
        m=int(row.m or 16) if hnsw else None,
        ef_construction=int(row.ef or 64) if hnsw else None,
    )


def _is_ours(index: Index) -> bool:
    """Not one that somebody made by hand under another name: that one stays."""
    return index.method == "hnsw" and index.name in {HNSW, _NEXT}


def _told_apart(indexes: list[Index], *, m: int, ef_construction: int) -> tuple[Index | None, list[Index]]:
    """The HNSW index with these settings, and those with others."""
    ours = [index for index in indexes if _is_ours(index)]
    wanted = next((index for index in ours if (index.m, index.ef_construction) == (m, ef_construction)), None)
    return wanted, [index for index in ours if index is not wanted]


async def _drop_broken(connection: AsyncConnection, tell: Tell) -> None:
    for index in await _indexes(connection):
        if not index.valid:
            tell(f"dropping {index.name}, which an interrupted build left behind")
            await _run(connection, f"drop index concurrently {_quoted(index.name)}")


@asynccontextmanager
async def _swept(engine: AsyncEngine, tell: Tell) -> AsyncIterator[None]:
    """Whatever stops the work, what it had begun is dropped; if that cannot be soon, the next run does it."""
    try:
        yield
    except (DBAPIError, asyncio.CancelledError):
        with suppress(DBAPIError):
            async with engine.connect() as connection:
                # A drop waits for the transactions that use the table; somebody waits for us.
                await _run(connection, f"set lock_timeout = '{_SWEEPING}'")
                await _drop_broken(connection, tell)
        raise


async def _run(connection: AsyncConnection, statement: str) -> None:
    """A statement that takes no parameters; every name and number in it is ours or the catalogue's."""
    await connection.exec_driver_sql(statement)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
