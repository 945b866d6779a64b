"""What is stored of chunks in memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from adapters.lexical import DocumentTerms
from adapters.memory.database import Table, Tables
from domain.library import Chunk
from domain.shared import ChunkId, SourceId, UserId

Vector: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk with its lexical index."""

    owner: UserId
    chunk: Chunk
    terms: DocumentTerms


class VectorKey(NamedTuple):
    """A vector belongs to what was embedded, and to the model that did it."""

    source_id: SourceId
    content_hash: str
    model: str


class ClaimKey(NamedTuple):
    """A text of a user's: the same content is the same text, in whatever source it stands."""

    owner: UserId
    content_hash: str
    model: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's word that it is embedding a text, good until it expires."""

    holder: UUID
    expires_at: datetime


CHUNKS: Table[ChunkId, StoredChunk] = Table("chunks")
VECTORS: Table[VectorKey, Vector] = Table("chunk_vectors")
CLAIMS: Table[ClaimKey, Claim] = Table("embedding_claims")
REFUSALS: Table[VectorKey, str] = Table("embedding_refusals")
TURNS: Table[UserId, int] = Table("embedding_turns")


def key_of(chunk: Chunk, model: str) -> VectorKey:
    return VectorKey(chunk.source_id, chunk.content_hash, model)


def count_embedded(tables: Tables, source_id: SourceId, model: str) -> int:
    """How many of a source's chunks have a vector of this model."""
    vectors = tables[VECTORS]
    rows = tables[CHUNKS].values()
    return sum(row.chunk.source_id == source_id and key_of(row.chunk, model) in vectors for row in rows)


def count_refused(tables: Tables, source_id: SourceId, model: str) -> int:
    """How many of a source's chunks this model's provider refuses."""
    refusals = tables[REFUSALS]
    rows = tables[CHUNKS].values()
    return sum(row.chunk.source_id == source_id and key_of(row.chunk, model) in refusals for row in rows)


def half_precision(vector: object) -> Vector:
    """Rounded as the database stores it, so that both rank alike."""
    return np.asarray(vector, dtype=np.float16).astype(np.float32)


def forget_chunks(tables: Tables, source_id: SourceId) -> None:
    """All that hangs on a source's chunks goes with it."""
    for id in [id for id, row in tables[CHUNKS].items() if row.chunk.source_id == source_id]:
        del tables[CHUNKS][id]
    for keyed in (tables[VECTORS], tables[REFUSALS]):
        for key in [key for key in keyed if key.source_id == source_id]:
            keyed.pop(key)
