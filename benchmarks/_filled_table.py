"""A database full of users, written with COPY: in minutes what embedding and indexing would take hours for.

What is written is what the product writes: texts are analysed and packed by its own code (`adapters.lexical`,
`adapters.postgres.lexical_rows`), planes are made by its own (`sign_planes`), vectors are rounded to half precision.
Left out are the triggers on rows of text, whose sums are made at the end; that changes how fast rows arrive, not what a
search finds. Sources of all users come in a random order, as they would over the months, so that no user's rows lie
together.
"""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import accumulate
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from adapters.postgres.sign_planes import sign_planes
from adapters.system import new_uuid7
from benchmarks._source_texts import NOW, source_texts, the_source
from benchmarks._vectors import DIMENSIONS, SyntheticVectors
from domain.shared import SourceId, UserId, user_id_of

MODEL = "synthetic"
CHUNKS_OF_A_SOURCE = 200

_VECTOR_COLUMNS = {
    "user_id": 16,
    "source_id": 16,
    "position": 4,
    "model": len(MODEL),
    "content_hash": 32,
    "embedding": 4 + 2 * DIMENSIONS,
}
_PLANE_COLUMNS = {
    "user_id": 16,
    "model": len(MODEL),
    "source_id": 16,
    "position": 4,
    "first": 4 + DIMENSIONS // 8,
    "second": 4 + DIMENSIONS // 8,
}
"""With the width of each in bytes: all rows have the same, so that a source's are made at once."""

_NO_TRIGGERS = "set session_replication_role = replica"  # foreign keys among them
_HEADER, _TRAILER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0), struct.pack(">h", -1)


@dataclass(frozen=True, slots=True)
class Source:
    """Chunk i of it has the vector in row `first + i` of the file of vectors."""

    id: SourceId
    number: int
    first: int
    chunks: int


@dataclass(frozen=True, slots=True)
class Tenant:
    """A user, and rows `first` to `first + chunks` of the file of vectors."""

    number: int
    subject: str
    id: UserId
    first: int
    chunks: int
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Loading:
    """How long it took, in seconds."""

    texts: float
    vectors: float


def tenants(sizes: Sequence[int]) -> list[Tenant]:
    """Users with so many chunks each, in sources of 200."""
    starts = [0, *accumulate(sizes)]
    return [
        Tenant(
            number=number,
            subject=f"bench-{number}",
            id=user_id_of(f"bench-{number}"),
            first=starts[number],
            chunks=size,
            sources=tuple(
                Source(SourceId(new_uuid7()), at, starts[number] + done, min(CHUNKS_OF_A_SOURCE, size - done))
                for at, done in enumerate(range(0, size, CHUNKS_OF_A_SOURCE))
            ),
        )
        for number, size in enumerate(sizes)
    ]


def write_vectors(file: Path, users: Sequence[Tenant], seed: int) -> NDArray[np.float16]:
    """All vectors, in half precision, as the .npy file that ours and every peer are filled from."""
    made = SyntheticVectors(seed)
    total = sum(user.chunks for user in users)
    rows = np.lib.format.open_memmap(file, mode="w+", dtype=np.float16, shape=(total, DIMENSIONS))
    for user in users:
        for source in user.sources:
            rows[source.first : source.first + source.chunks] = made.of_source(
                user.number, source.number, source.chunks
            )
    rows.flush()
    return rows


def fill(url: str, users: Sequence[Tenant], vectors: NDArray[np.float16], seed: int) -> Loading:
    """Write everything but planes, as the superuser, and leave the tables vacuumed and analysed."""
    dealt = _dealt(users, seed)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_NO_TRIGGERS)
        began = time.perf_counter()
        _write_sources(connection, dealt)
        _write_texts(connection, dealt, seed)
        texts = time.perf_counter() - began
        connection.execute("set session_replication_role = origin")
        _copy_binary(connection, f"chunk_vectors ({', '.join(_VECTOR_COLUMNS)})", _vector_rows(dealt, vectors))
        both = time.perf_counter() - began
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")
    return Loading(texts=texts, vectors=both - texts)


def add_planes(url: str, users: Sequence[Tenant], vectors: NDArray[np.float16], seed: int) -> float:
    """Compute and write the planes of all vectors. Seconds."""
    rows = _plane_rows(_dealt(users, seed), vectors)
    with psycopg.connect(url, autocommit=True) as connection:
        began = time.perf_counter()
        _copy_binary(connection, f"chunk_planes ({', '.join(_PLANE_COLUMNS)})", rows)
        seconds = time.perf_counter() - began
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")
    return seconds


def _dealt(users: Sequence[Tenant], seed: int) -> list[tuple[Tenant, Source]]:
    dealt = [(user, source) for user in users for source in user.sources]
    random.Random(seed).shuffle(dealt)
    return dealt


def _write_sources(connection: psycopg.Connection, dealt: Sequence[tuple[Tenant, Source]]) -> None:
    users = {user.id: user.subject for user, _ in dealt}
    with connection.cursor() as cursor:
        with cursor.copy("copy users (user_id, subject, credits, credits_reset_at, created_at) from stdin") as copy:
            for id, subject in users.items():
                copy.write_row((id, subject, 1_000, NOW, NOW))
        with cursor.copy(
            "copy sources (id, user_id, title, kind, status, content_hash, language, access_date, chunk_count, "
            "embedded_chunk_count, created_at) from stdin"
        ) as copy:
            for user, source in dealt:
                made = the_source(source.number)
                named = (made.title, made.kind.name, made.status.name, made.content_hash, made.language)
                copy.write_row((source.id, user.id, *named, NOW, source.chunks, source.chunks, NOW))
        with cursor.copy("copy indexed_sources (user_id, source_id, chunks, model, embedded) from stdin") as copy:
            for user, source in dealt:
                copy.write_row((user.id, source.id, source.chunks, MODEL, source.chunks))


def _write_texts(connection: psycopg.Connection, dealt: Sequence[tuple[Tenant, Source]], seed: int) -> None:
    """Source n of each user has the same text: what is in it is nothing to the others, and it is analysed once."""
    wanted = sorted({(seed, source.number, source.chunks) for _, source in dealt})
    with ProcessPoolExecutor(2, mp_context=get_context("forkserver")) as processes:
        texts = dict(zip(wanted, processes.map(source_texts, wanted, chunksize=4), strict=True))
    with connection.cursor() as cursor:
        for table, columns in (
            (
                "chunks",
                "user_id, source_id, id, position, content, content_hash, token_count, start_offset, end_offset",
            ),
            ("chunk_terms", "user_id, source_id, position, weights"),
            ("postings", "user_id, source_id, term, impacts"),
        ):
            with cursor.copy(f"copy {table} ({columns}) from stdin".encode()) as copy:
                for user, source in dealt:
                    own = f"{user.id}\t{source.id}\t".encode()
                    made = texts[seed, source.number, source.chunks]
                    match table:
                        case "chunks":
                            lines = [own + str(new_uuid7()).encode() + line for line in made.chunks]
                        case "chunk_terms":
                            lines = [own + line for line in made.terms]
                        case _:
                            lines = [own + line for line in made.postings]
                    copy.write(b"".join(lines))
    connection.execute(
        "insert into term_frequencies (user_id, term, chunks) "
        "select user_id, term, sum(cardinality(impacts)) from postings group by 1, 2"
    )


def _copy_binary(connection: psycopg.Connection, target: str, blocks: Iterator[bytes]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"copy {target} from stdin (format binary)".encode()) as copy:
        copy.write(_HEADER)
        for block in blocks:
            copy.write(block)
        copy.write(_TRAILER)


def _vector_rows(dealt: Sequence[tuple[Tenant, Source]], vectors: NDArray[np.float16]) -> Iterator[bytes]:
    for user, source in dealt:
        rows = _rows(_VECTOR_COLUMNS, user, source)
        numbers = vectors[source.first : source.first + source.chunks].astype(">f2")
        rows["embedding"][:, :4] = _octets(struct.pack(">HH", DIMENSIONS, 0))
        rows["embedding"][:, 4:] = numbers.view(np.uint8)
        yield rows.tobytes()


def _plane_rows(dealt: Sequence[tuple[Tenant, Source]], vectors: NDArray[np.float16]) -> Iterator[bytes]:
    for user, source in dealt:
        rows = _rows(_PLANE_COLUMNS, user, source)
        made = sign_planes(list(vectors[source.first : source.first + source.chunks].astype(np.float32)))
        for name, planes in (("first", [one.first for one in made]), ("second", [one.second for one in made])):
            bits = _octets("".join(planes).encode()).reshape(-1, DIMENSIONS) - ord("0")
            rows[name][:, :4] = _octets(struct.pack(">i", DIMENSIONS))
            rows[name][:, 4:] = np.packbits(bits, axis=1)
        yield rows.tobytes()


def _rows(columns: Mapping[str, int], user: Tenant, source: Source) -> Any:
    """Rows of COPY's binary format with their keys filled in; each column stands behind its length."""
    layout: list[Any] = [("columns", ">i2")]
    for name, width in columns.items():
        layout += [(f"{name} length", ">i4"), (name, "u1", width)]
    rows = np.zeros(source.chunks, dtype=layout)
    rows["columns"] = len(columns)
    for name, width in columns.items():
        rows[f"{name} length"] = width
    rows["user_id"] = _octets(user.id.bytes)
    rows["source_id"] = _octets(source.id.bytes)
    rows["model"] = _octets(MODEL.encode())
    rows["position"] = np.arange(source.chunks, dtype=">i4").view(np.uint8).reshape(-1, 4)
    return rows


def _octets(content: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(content, dtype=np.uint8)
