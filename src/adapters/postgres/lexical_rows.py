"""The rows of the lexical index: postings that find chunks, sparse vectors that order them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.lexical import HASH_SPACE, IMPACT_UNIT, terms_by_chunk
from domain.library import Chunk, Source
from domain.shared import UserId

_ROWS_AT_ONCE = 2_000

_FORGET = (
    text("delete from postings where user_id = :owner and source_id = :source"),
    text("delete from chunk_terms where user_id = :owner and source_id = :source"),
)
_ADD_POSTINGS = text(
    """
    insert into postings (user_id, source_id, term, impacts)
    select :owner, :source, one.term, cast(one.impacts as integer[])
    from unnest(cast(:terms as integer[]), cast(:impacts as text[])) as one (term, impacts)
    """
)
_ADD_TERMS = text(
    """
    insert into chunk_terms (user_id, source_id, position, weights)
    select :owner, :source, one.position, cast(one.weights as sparsevec)
    from unnest(cast(:positions as integer[]), cast(:weights as text[])) as one (position, weights)
    """
)


@dataclass(frozen=True, slots=True)
class LexicalRows:
    """Literals of PostgreSQL: `weights` of sparse vectors by position, `impacts` of integer arrays by term."""

    weights: Mapping[int, str]
    impacts: Mapping[int, str]


async def write_lexical_rows(
    connection: AsyncConnection, *, owner: UserId, source: Source, chunks: Sequence[Chunk]
) -> None:
    """The index of these chunks in place of what the source had. Document frequencies follow by triggers."""
    rows = await asyncio.to_thread(lexical_rows, source, chunks)
    place = {"owner": owner, "source": source.id}
    for statement in _FORGET:
        await connection.execute(statement, place)
    for part in _parts(rows.weights):
        await connection.execute(_ADD_TERMS, {**place, "positions": list(part), "weights": list(part.values())})
    for part in _parts(rows.impacts):
        await connection.execute(_ADD_POSTINGS, {**place, "terms": list(part), "impacts": list(part.values())})


def lexical_rows(source: Source, chunks: Sequence[Chunk]) -> LexicalRows:
    """Of all the chunks of a source, in their order."""
    weights: dict[int, str] = {}
    postings: dict[int, list[int]] = {}
    for chunk, terms in terms_by_chunk(source, chunks):
        weights[chunk.position] = sparse_vector(terms.weights)
        for term, impact in terms.impacts.items():
            postings.setdefault(term, []).append(_packed(chunk.position, impact))
    return LexicalRows(
        weights, {term: f"{{{','.join(map(str, packed))}}}" for term, packed in sorted(postings.items())}
    )


def sparse_vector(weights: Mapping[int, float]) -> str:
    """A literal of `sparsevec`, whose indices count from 1."""
    return f"{{{','.join(f'{term + 1}:{weight:.7g}' for term, weight in sorted(weights.items()))}}}/{HASH_SPACE}"


def _packed(position: int, impact: float) -> int:
    """16 bits of position, 16 bits of impact, as the signed integer that has these bits."""
    bits = position << 16 | round(impact * IMPACT_UNIT)
    return bits - (1 << 32) if bits >= 1 << 31 else bits


def _parts(rows: Mapping[int, str]) -> list[dict[int, str]]:
    items = list(rows.items())
    return [dict(items[start : start + _ROWS_AT_ONCE]) for start in range(0, len(items), _ROWS_AT_ONCE)]
