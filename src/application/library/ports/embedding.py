"""Vectors: who makes them, and which chunks still have none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.library import Weights
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
    @property
    def tokens_used(self) -> int:
        """So far, by this object, as the provider counts them; 0 where nobody counts."""
        return 0

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text, in order.

        Errors: RateLimited (`retry_after`), Unavailable, BatchTooLarge, TextRefused.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedEmbedder:
    """An embedder, and what each leg of a search counts for with its vectors."""

    embedder: Embedder
    weights: Weights


class FormerEmbedders(Protocol):
    """Embedders of models that are not the present one, for as long as chunks have only their vectors."""

    def of(self, model: str) -> WeighedEmbedder | None:
        """None where none can be built from what the deployment knows. It may still turn out to be unavailable."""
        ...


class FormerVectors(Protocol):
    """Vectors of models that were the present one once: the worker's own door, not bound to one user."""

    async def declare(self, *, model: str, at: datetime) -> None:
        """This is the present model of somebody who is running. Errors: Unavailable."""
        ...

    async def retire(self, *, model: str, unused_since: datetime, limit: int) -> int:
        """Delete up to `limit` vectors that nobody needs any more; how many there were. Errors: Unavailable.

        Those are of another model than `model`, that nobody has declared since `unused_since`, and of a user all of
        whose chunks `model` is done with: they have its vector, or were refused.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingChunk:
    """A chunk that has no vector of the present model yet. `text` is what is embedded (title and heading prefixed).

    `since` is when its source was read to the end.
    """

    chunk_id: ChunkId
    source_id: SourceId
    owner: UserId
    text: str
    since: datetime


class EmbeddingQueue(Protocol):
    """Chunks without a vector, of everybody: the worker's own door, not bound to one user.

    The same content of one owner is one text, in however many chunks of however many sources it stands: it is claimed
    once, and its vector serves them all. What another owner has is never looked at.
    """

    def claim(self, *, model: str, limit: int) -> AbstractAsyncContextManager[Sequence[WaitingChunk]]:
        """Up to `limit` texts, a chunk for each, that no other worker has while the block is open.

        Users take turns, who was served longest ago begins; of one user, the source that has the least left to embed
        goes first. No transaction is held open meanwhile: the claim is a lease, which is renewed while the block is
        open and expires by itself when its worker dies. Errors: Unavailable.
        """
        ...

    async def store(self, *, model: str, vectors: Mapping[ChunkId, Sequence[float]]) -> Sequence[SourceId]:
        """Commit these vectors; the sources that moved on. Chunks that were deleted meanwhile are passed over.

        A chunk that has a vector already keeps it. Errors: Unavailable.
        """
        ...

    async def refuse(self, *, model: str, chunk_id: ChunkId, message: str) -> Sequence[SourceId]:
        """The chunk, and those with the same content, wait no more; the sources that moved on. Errors: Unavailable.

        Until the source is read again, or for another model.
        """
        ...

    async def more_to_come(self) -> bool:
        """Whether a source is being read now, of whomever: its chunks will be here soon. Errors: Unavailable."""
        ...

    async def waiting(self, *, model: str) -> int:
        """How many chunks have no vector of this model, and may get one. Errors: Unavailable."""
        ...
