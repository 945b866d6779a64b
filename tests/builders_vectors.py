"""Vectors as an embedding model gives them, always the same ones, and tables filled with them by COPY."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import numpy as np
import psycopg
from numpy.typing import NDArray

from adapters.postgres.sign_planes import DIMENSIONS, SECOND, SignPlanes, sign_planes
from adapters.system import new_uuid7
from domain.shared import SourceId, UserId, user_id_of
from tests.builders import NOON

Floats = NDArray[np.float32]

SUBJECTS = 30


def some_vectors(count: int, *, seed: int) -> Floats:
    """`count` rows of unit length about 30 subjects; the later a number stands the smaller it is."""
    chance = np.random.default_rng([seed, count])
    subjects = _spread(np.random.default_rng([seed]), SUBJECTS)
    mean = _spread(np.random.default_rng([0]), 1)
    rows = 0.53 * mean + 0.65 * subjects[chance.integers(0, SUBJECTS, count)] + 0.55 * _spread(chance, count)
    return _unit(rows)


def questions_near(vectors: Floats) -> Floats:
    """One for each of these vectors: near it, not the same."""
    return _unit(0.75 * vectors + 0.66 * _unit(_spread(np.random.default_rng([99]), len(vectors))))


def found_by_planes(vectors: Floats, question: Floats, *, candidates: int) -> set[int]:
    """The rows that the planes alone take for the nearest, computed as the database does."""
    stored, (asked,) = sign_planes(vectors.tolist()), sign_planes([question.tolist()])
    first, second = _bits([one.first for one in stored]), _bits([one.second for one in stored])
    asked_first, asked_second = _bits([asked.first])[0], _bits([asked.second])[0]
    distances = (
        (first != asked_first).sum(1)
        + SECOND * (second != asked_first).sum(1)
        + asked.ratio * (first != asked_second).sum(1)
        + SECOND * asked.ratio * (second != asked_second).sum(1)
    )
    return set(np.argsort(distances, kind="stable")[:candidates].tolist())


@dataclass(frozen=True)
class Shelf:
    """A user whose sources have these vectors, in order; each source says in its metadata which it is."""

    owner: UserId
    sources: tuple[SourceId, ...]
    vectors: Floats


def write_shelf(
    connection: psycopg.Connection, vectors: Floats, *, model: str, sources: int = 1, planes: bool = True
) -> Shelf:
    """As the superuser. The chunks have no words, so that vectors alone decide; triggers count what is written."""
    subject = f"shelf-{new_uuid7()}"
    shelf = Shelf(user_id_of(subject), tuple(SourceId(new_uuid7()) for _ in range(sources)), vectors)
    users = [(shelf.owner, subject, 0, NOON, NOON)]
    _copy(connection, "users (user_id, subject, credits, credits_reset_at, created_at)", users)
    of_sources = [
        (id, shelf.owner, "-", "TEXT", "READY", str(id), "it", NOON, NOON, f'{{"number": {number}}}')
        for number, id in enumerate(shelf.sources)
    ]
    _copy(
        connection,
        "sources (id, user_id, title, kind, status, content_hash, language, access_date, created_at, metadata)",
        of_sources,
    )
    places = [
        (shelf.owner, source, position)
        for source, part in zip(shelf.sources, np.array_split(vectors, sources), strict=True)
        for position in range(len(part))
    ]
    _copy(
        connection,
        "chunks (user_id, source_id, position, id, content, content_hash, token_count, start_offset, end_offset)",
        [(*place, new_uuid7(), "-", f"\\x{_hash(place[1:])}", 1, 0, 1) for place in places],
    )
    _copy(connection, "chunk_terms (user_id, source_id, position, weights)", [(*at, "{}/1000000000") for at in places])
    _copy(
        connection,
        "chunk_vectors (user_id, source_id, position, model, content_hash, embedding)",
        [
            (*place, model, f"\\x{_hash(place[1:])}", f"[{','.join(map(str, row))}]")
            for place, row in zip(places, vectors.astype(np.float16).tolist(), strict=True)
        ],
    )
    if planes:
        _copy(
            connection, "chunk_planes (user_id, source_id, position, model, first, second)", _rows(places, shelf, model)
        )
    _copy(
        connection,
        "indexed_sources (user_id, source_id, chunks, model, embedded)",
        [
            (shelf.owner, source, len(part), model, len(part))
            for source, part in zip(shelf.sources, np.array_split(vectors, sources), strict=True)
        ],
    )
    return shelf


def _rows(places: Sequence[tuple[UserId, SourceId, int]], shelf: Shelf, model: str) -> list[tuple[object, ...]]:
    made: list[SignPlanes] = sign_planes(shelf.vectors.astype(np.float16).tolist())
    return [(*place, model, one.first, one.second) for place, one in zip(places, made, strict=True)]


def _copy(connection: psycopg.Connection, target: str, rows: Sequence[Sequence[object]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"copy {target} from stdin".encode()) as copy:
        for row in rows:
            copy.write_row(row)


def _hash(place: tuple[UUID, int]) -> str:
    return sha256(str(place).encode()).hexdigest()


def _bits(texts: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("".join(texts).encode(), dtype=np.uint8).reshape(len(texts), DIMENSIONS)


def _spread(chance: np.random.Generator, count: int) -> Floats:
    """Random numbers: the less, the later their axis, which is what the planes' own turn has to even out."""
    falling = np.arange(1, DIMENSIONS + 1, dtype=np.float32) ** -np.float32(0.45)
    return chance.standard_normal((count, DIMENSIONS), dtype=np.float32) * (falling / np.linalg.norm(falling))


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)
