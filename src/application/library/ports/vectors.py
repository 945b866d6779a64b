"""Vectors, wherever they are kept: in the database, or in a store of their own.

Which chunks exist, whose they are, and which of them have a vector is known in the database alone (`VectorArchive`).
A store is told the owner in every call, and is asked about sources by id: what a document or metadata means is resolved
before.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from domain.library import Metric, Neighbour, SourceKind
from domain.shared import ChunkId, InvalidInput, SourceId, UserId

LARGEST_NEAREST = 10_000
"""So many neighbours at most are found at once."""


class UnsuitableLimit(InvalidInput):
    """From 0 to 10,000 neighbours can be asked for."""

    def __init__(self, actual: int) -> None:
        super().__init__(
            f"`limit` is between 0 and {LARGEST_NEAREST:,}.", field="limit", limit=LARGEST_NEAREST, actual=actual
        )

    @classmethod
    def check(cls, limit: int) -> None:
        """Errors: UnsuitableLimit."""
        if not 0 <= limit <= LARGEST_NEAREST:
            raise cls(limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkRecord:
    """What a store keeps beside a vector, so that what it holds can be read without our database.

    `kind` is the source's, `created_at` is when the source was added.
    """

    chunk_id: ChunkId
    source_id: SourceId
    position: int
    kind: SourceKind
    created_at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkVector:
    """A chunk's vector, of any length but 0: the store keeps its direction."""

    record: ChunkRecord
    numbers: Sequence[float] = field(repr=False)


class StoredVector(NamedTuple):
    """That a store has a vector of this model for this chunk."""

    model: str
    chunk_id: ChunkId


class VectorStore(Protocol):
    """Vectors by owner, model and chunk. Vectors of two owners or of two models never meet.

    A chunk's id is derived from its source and content: when a source is read again, the vectors of what stayed stay
    where they are. A store may take a while until it shows what was written. Every method raises Unavailable when it
    is down and RateLimited (`retry_after`) when it is asked too much; every one may be repeated.
    """

    async def put(self, *, owner: UserId, model: str, vectors: Sequence[ChunkVector]) -> None:
        """All of these, in place of those that the same chunks had; any number. When it raises, some may be there.

        Errors: InvalidInput for a vector of another size than the store's, of zeros, or of no numbers.
        """
        ...

    async def nearest(
        self,
        *,
        owner: UserId,
        model: str,
        vector: Sequence[float],
        sources: Sequence[SourceId] | None,
        limit: int,
        metric: Metric = Metric.COSINE,
        threshold: float | None = None,
    ) -> list[Neighbour]:
        """The nearest chunks of these sources (None: of all), nearest first; equally near ones in the order of ids.

        Which of equally near ones come last before the limit is the store's choice. A source that is not the owner's
        has nothing here. Errors: InvalidInput (vector, limit, or a threshold that is not on the metric's scale).
        """
        ...

    async def similarities(
        self, *, owner: UserId, model: str, vector: Sequence[float], chunks: Sequence[ChunkId]
    ) -> dict[ChunkId, float]:
        """The exact cosine to each of these chunks; those without a vector are absent. Errors: InvalidInput."""
        ...

    async def delete(self, *, owner: UserId, model: str, chunks: Sequence[ChunkId]) -> None:
        """These chunks' vectors of this model. What is not there is passed over."""
        ...

    async def delete_source(self, *, owner: UserId, source_id: SourceId) -> None:
        """All of a source, of every model."""
        ...

    async def delete_owner(self, *, owner: UserId) -> None:
        """All of a user, of every model."""
        ...

    def ids(self, *, owner: UserId) -> AsyncGenerator[Sequence[StoredVector], None]:
        """What there is of a user, of every model, piece by piece. Whoever reads it closes it."""
        ...

    def owners(self) -> AsyncGenerator[Sequence[UserId], None]:
        """Those of whom there may be something, piece by piece. Whoever reads it closes it."""
        ...

    async def keep_alive(self) -> None:
        """Ask it something: a store that nobody asks for weeks may be put to sleep."""
        ...


class VectorArchive(Protocol):
    """The database's own copy of every vector: it has them all, wherever searches go, and knows whose they are.

    So a store of its own can be filled again at any time, and nothing is embedded twice for its sake. The worker's own
    door, not bound to one user. Every method raises Unavailable when the database is down.
    """

    async def chunks(self, *, owner: UserId) -> Mapping[ChunkId, frozenset[str]]:
        """All chunks of a user, with the models that each has a vector of."""
        ...

    async def vectors(self, *, owner: UserId, model: str, chunks: Sequence[ChunkId]) -> Sequence[ChunkVector]:
        """Those of these chunks that have a vector of this model, in the order of their places."""
        ...

    async def sharing(self, *, chunks: Sequence[ChunkId]) -> Mapping[UserId, Sequence[ChunkId]]:
        """By owner, these chunks and the owner's others with the same content: one vector serves them all."""
        ...

    def owners(self) -> AsyncGenerator[Sequence[UserId], None]:
        """Those who have chunks, piece by piece. Whoever reads it closes it."""
        ...
