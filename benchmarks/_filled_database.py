"""A database that is ready to be searched: made once, and found again in a folder that was kept."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from adapters.embedded.postgres import EmbeddedPostgres
from benchmarks._filled_table import Tenant, add_planes, fill, tenants, write_vectors

_HNSW_INDEX = (
    "create index benchmark_hnsw on chunk_vectors using hnsw (embedding halfvec_ip_ops) "
    "with (m = 16, ef_construction = 64)"
)
_HAS_PLANES = "select to_regclass('chunk_planes') is not null"
_SIZES = """
    select pg_table_size('chunk_vectors') + pg_relation_size('chunk_vectors_pkey'),
      coalesce(pg_total_relation_size(to_regclass('chunk_planes')), 0)
    """


class AnotherTable(Exception):
    """The folder has a table of other sizes, or from another seed."""


@dataclass(frozen=True, slots=True)
class _Note:
    """What an earlier run left in the folder; seconds are None for what is still to be made."""

    sizes: tuple[int, ...]
    seed: int
    users: tuple[Tenant, ...]
    planes_seconds: float | None = None
    hnsw_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class FilledTable:
    """Users, the vectors of all their chunks, and what indexes took. `planes_seconds` is None where there are none."""

    users: tuple[Tenant, ...]
    vectors: NDArray[np.float16]
    vector_bytes: int
    planes_seconds: float | None
    plane_bytes: int


def filled_table(
    folder: Path, server: EmbeddedPostgres, *, sizes: Sequence[int], seed: int, say: Callable[[str], None]
) -> FilledTable:
    """Users with so many chunks each, in this migrated database; only what is not there yet is made.

    Errors: AnotherTable.
    """
    url, file, kept = server.url("postgres"), folder / "vectors.npy", folder / "filled.pickle"
    if kept.is_file():
        note: _Note = pickle.loads(kept.read_bytes())
        if note.sizes != tuple(sizes) or note.seed != seed:
            raise AnotherTable(f"{folder} has a table of other sizes, or of another seed")
        vectors: NDArray[np.float16] = np.load(file, mmap_mode="r")
    else:
        note = _Note(tuple(sizes), seed, tuple(tenants(sizes)))
        vectors = write_vectors(file, note.users, seed)
        loading = fill(url, note.users, vectors, seed)
        say(f"{len(note.users)} users, {len(vectors)} chunks")
        say(f"texts: {loading.texts:.0f} s, vectors: {loading.vectors:.0f} s")
        kept.write_bytes(pickle.dumps(note))
    if note.planes_seconds is None and _one(url, _HAS_PLANES)[0]:
        note = replace(note, planes_seconds=add_planes(url, note.users, vectors, seed))
        say(f"planes: {note.planes_seconds:.0f} s")
        kept.write_bytes(pickle.dumps(note))
    vector_bytes, plane_bytes = _one(url, _SIZES)
    return FilledTable(
        users=note.users,
        vectors=vectors,
        vector_bytes=vector_bytes,
        planes_seconds=note.planes_seconds,
        plane_bytes=plane_bytes,
    )


def hnsw_index(folder: Path, server: EmbeddedPostgres) -> tuple[float, int]:
    """Over everybody's vectors of a filled table, made with memory enough for all of it. Seconds and bytes."""
    url, kept = server.url("postgres"), folder / "filled.pickle"
    note: _Note = pickle.loads(kept.read_bytes())
    if note.hnsw_seconds is None:
        began = time.perf_counter()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("set maintenance_work_mem = '2GB'")
            connection.execute(_HNSW_INDEX)
        note = replace(note, hnsw_seconds=time.perf_counter() - began)
        kept.write_bytes(pickle.dumps(note))
    assert note.hnsw_seconds is not None
    return note.hnsw_seconds, int(_one(url, "select pg_relation_size('benchmark_hnsw')")[0])


def _one(url: str, query: str) -> Any:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query.encode()).fetchone()
