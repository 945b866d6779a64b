"""Finding chunks again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from domain.library import Chunk
from domain.shared import DocumentId, SourceId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which of the owner's chunks a search may see. None does not restrict; `metadata` is matched by containment."""

    source_ids: tuple[SourceId, ...] | None = None
    document_id: DocumentId | None = None
    metadata: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A chunk that a leg found, with the exact score of both legs: None where the leg knows nothing of it."""

    chunk: Chunk
    language: str
    lexical_score: float | None
    similarity: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What both legs found, and how many chunks in scope each could see.

    `degraded` says in words why the semantic leg is missing although it was asked for, when it is.
    `refused_chunks` may be behind what the model's provider has refused: then it is less.
    `unread_sources` are those that the scope names and that have no text yet: still being read, or FAILED.
    """

    items: tuple[Candidate, ...]
    chunks_in_scope: int
    lexical_chunks: int
    embedded_chunks: int
    degraded: str | None = None
    refused_chunks: int = 0
    unread_sources: int = 0

    @property
    def is_settled(self) -> bool:
        """Whether every chunk in scope has been through the model: no other can know more of them."""
        return self.embedded_chunks + self.refused_chunks >= self.chunks_in_scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How many chunks in scope have a vector of a model, and how many its provider refused."""

    embedded: int = 0
    refused: int = 0

    @property
    def done(self) -> int:
        """Chunks that will never have more of this model than they have now."""
        return self.embedded + self.refused


class ChunkIndex(Protocol):
    """Finds chunks by words and by vector, of one owner only, in one round trip."""

    async def reach(self, *, owner: UserId, scope: Scope) -> Mapping[str, Reach]:
        """By model. What is not the owner's counts for nothing. Errors: Unavailable when the store is down."""
        ...

    async def candidates(
        self, *, owner: UserId, query: str, vector: Sequence[float] | None, model: str, scope: Scope, depth: int
    ) -> Candidates:
        """The union of the `depth` best of each leg. `vector` is unit length, None to search by words alone.

        Only vectors of `model` are compared. Similarity is the cosine. Errors: NotYours for a foreign source or
        document in scope, NoSuch for one that does not exist, Unavailable when the store is down.
        """
        ...


class SearchShortcuts(Protocol):
    """What makes searches of large scopes fast, and may be missing: every search is right without, and slower."""

    async def build(self, *, limit: int) -> int:
        """Make up to `limit` that are missing, whoever's; how many were. What others are busy with is left out.

        Errors: Unavailable.
        """
        ...
