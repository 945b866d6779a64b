"""Vectors: who makes them, and which chunks still have none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from domain.shared import ChunkId, SourceId, StudioloError, UserId


class BatchTooLarge(StudioloError):
    """The provider refuses so many texts, or so many tokens, in one request: fewer may go."""


class TextRefused(StudioloError):
    """The provider refuses what it was given as such (too long a text, its content): no use to send it again.

    Of a batch, it is not known which of its texts is meant.
    """


class Embedder(Protocol):
    """Turns texts into vectors of unit length, `dimensions` numbers each."""

    @property
    def model(self) -> str: ...
    @property
    def dimensions(self) -> int: ...
    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text, in order.

        Errors: RateLimited (`retry_after`), Unavailable, BatchTooLarge, TextRefused.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingChunk:
    """A chunk that has no vector of the present model yet. `text` is what is embedded (title and heading prefixed)."""

    chunk_id: ChunkId
    source_id: SourceId
    owner: UserId
    text: str


class EmbeddingQueue(Protocol):
    """Chunks without a vector, of everybody: the worker's own door, not bound to one user."""

    def claim(self, *, model: str, limit: int) -> AbstractAsyncContextManager[Sequence[WaitingChunk]]:
        """Up to `limit` chunks, taken fairly across users, that no other worker has while the block is open.

        No transaction is held open meanwhile: a claim expires by itself when its worker dies.
        """
        ...

    async def store(self, *, model: str, vectors: Mapping[ChunkId, Sequence[float]]) -> None:
        """Commit these vectors; chunks that were deleted meanwhile are passed over."""
        ...

    async def waiting(self, *, model: str) -> int:
        """How many chunks have no vector of this model."""
        ...
