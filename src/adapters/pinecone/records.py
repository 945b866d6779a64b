"""What a vector is called and described as in Pinecone, and how large it is on the way there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID

import orjson

from application.library.ports.vectors import ChunkVector, StoredVector
from domain.shared import ChunkId, SourceId, UserId

LARGEST_UPSERT = 1_000
LARGEST_REQUEST = 2_000_000
"""Vectors, and bytes."""

_FRAME = 1_000
"""Bytes of a request that are not vectors: the namespace and the brackets."""

_LARGEST_TEXT = 30_000
"""Bytes of a text as it is sent. Metadata has 40 kB for all its fields; a chunk is far shorter."""

_SEPARATOR = "#"


def vector_id(model: str, chunk_id: ChunkId) -> str:
    """A name of ASCII characters without a space, whatever the model is called; it begins with the model."""
    return f"{quote(model, safe='')}{_SEPARATOR}{chunk_id}"


def stored_vector(id: str) -> StoredVector | None:
    """What `vector_id` named; None for a name that is not of our making."""
    model, separator, chunk_id = id.rpartition(_SEPARATOR)
    try:
        return StoredVector(unquote(model), ChunkId(UUID(chunk_id))) if separator else None
    except ValueError:
        return None


def namespace_of(owner: UserId) -> str:
    """Every user has one, whichever models their vectors are of."""
    return str(owner)


def owner_of(namespace: str) -> UserId | None:
    """Whose it is; None for a namespace that is not of our making."""
    try:
        return UserId(UUID(namespace))
    except ValueError:
        return None


def record_of(owner: UserId, model: str, vector: ChunkVector, numbers: Sequence[float]) -> dict[str, Any]:
    """As it is sent. Seven digits are what Pinecone keeps, and half as many bytes as all of them."""
    record = vector.record
    return {
        "id": vector_id(model, record.chunk_id),
        "values": [float(f"{number:.7g}") for number in numbers],
        "metadata": {
            "user": str(owner),
            "model": model,
            "source": str(record.source_id),
            "position": record.position,
            "kind": record.kind.value,
            "created_at": int(record.created_at.timestamp()),
            "text": _shortened(record.text),
        },
    }


def batch_size(records: Sequence[Mapping[str, Any]]) -> int:
    """How many of these, the largest taken for all, keep within both limits of a request."""
    largest = max(len(orjson.dumps(record)) for record in records) + 1
    return max(1, min(LARGEST_UPSERT, (LARGEST_REQUEST - _FRAME) // largest))


def of_model(model: str) -> dict[str, Any]:
    """The filter that keeps models apart within a namespace."""
    return {"model": {"$eq": model}}


def of_sources(sources: Sequence[SourceId]) -> dict[str, Any]:
    """Any of these."""
    return {"source": {"$in": [str(source) for source in sources]}}


def _shortened(text: str) -> str:
    """As much of it as metadata holds; a quotation mark or a line's end counts for two, a control character for six."""
    if len(orjson.dumps(text)) <= _LARGEST_TEXT:
        return text
    kept, size = 0, 0
    for character in text:
        size += len(orjson.dumps(character)) - 2
        if size > _LARGEST_TEXT:
            break
        kept += 1
    return text[:kept]
