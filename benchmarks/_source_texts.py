"""The texts of sources, cut and indexed: rows as COPY reads them, made by the product's own code."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from uuid import UUID

from adapters.postgres.lexical_rows import lexical_rows
from benchmarks._italian_like import ItalianLike
from domain.library import Chunk, Source, SourceKind, SourceStatus
from domain.shared import ChunkId, SourceId, UserId

NOW = datetime(2031, 3, 1, tzinfo=UTC)
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class SourceTexts:
    """The rows of a source in three tables, as COPY reads them, without the ids of source and user."""

    chunks: tuple[bytes, ...]
    terms: tuple[bytes, ...]
    postings: tuple[bytes, ...]


def source_texts(asked: tuple[int, int, int]) -> SourceTexts:
    """Asked for by seed, number of the source and number of its chunks."""
    seed, number, count = asked
    chunks = _chunks(seed, number, count)
    indexed = lexical_rows(the_source(number), chunks)
    return SourceTexts(
        chunks=tuple(
            f"\t{one.position}\t{one.content}\t\\\\x{one.content_hash}\t{one.token_count}\t{one.start}\t{one.end}\n".encode()
            for one in chunks
        ),
        terms=tuple(f"{position}\t{weights}\n".encode() for position, weights in indexed.weights.items()),
        postings=tuple(f"{term}\t{impacts}\n".encode() for term, impacts in indexed.impacts.items()),
    )


def _chunks(seed: int, number: int, count: int) -> list[Chunk]:
    chunks: list[Chunk] = []
    for position, passage in enumerate(_words(seed).passages(number, count)):
        start = chunks[-1].end + 1 if chunks else 0
        chunks.append(
            Chunk(
                id=ChunkId(_NOBODY),
                source_id=SourceId(_NOBODY),
                position=position,
                content=passage.text,
                content_hash=hashlib.sha256(passage.text.encode()).hexdigest(),
                token_count=len(passage.text) // 4,
                start=start,
                end=start + len(passage.text),
            )
        )
    return chunks


def the_source(number: int) -> Source:
    """Everybody's source of this number: its ids are put in later."""
    return Source(
        id=SourceId(_NOBODY),
        owner=UserId(_NOBODY),
        title=f"Fonte {number + 1}",
        kind=SourceKind.TEXT,
        status=SourceStatus.READY,
        content_hash=str(number),
        language="it",
        access_date=NOW,
        created_at=NOW,
    )


@cache
def _words(seed: int) -> ItalianLike:
    return ItalianLike(seed)
