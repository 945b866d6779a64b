"""What the library needs from outside."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from application.accounts import ports as accounts
from application.shared import Page, Window
from domain.library import Chunk, ExtractedText, Source, SourceKind, SourceStatus
from domain.shared import ChunkId, DocumentId, SourceId, UserId, checked_text

# --- stores -----------------------------------------------------------------------------------------------------------


class SourceRepository(Protocol):
    """Sources inside a transaction. Every method raises NotYours where the source is another user's."""

    async def add(self, source: Source) -> None:
        """A new source. Errors: DuplicateSource when the owner already has the same content."""
        ...

    async def get(self, *, owner: UserId, id: UUID) -> Source:
        """Errors: NoSuch, NotYours."""
        ...

    async def lock(self, *, owner: UserId, id: UUID) -> Source:
        """As `get`, and nobody else changes the source until the transaction ends."""
        ...

    async def with_content(self, *, owner: UserId, content_hash: str) -> Source | None:
        """The owner's source made from these very bytes, if there is one."""
        ...

    async def save(self, source: Source) -> None:
        """All of it but the counts that the chunk store keeps. Errors: NoSuch, NotYours."""
        ...

    async def delete(self, *, owner: UserId, id: UUID) -> None:
        """The source and all that hangs on it. Errors: NoSuch, NotYours."""
        ...


class ChunkRepository(Protocol):
    """Chunks inside a transaction, with their lexical index: both or neither."""

    async def replace(self, *, owner: UserId, source: Source, text: ExtractedText, chunks: Sequence[Chunk]) -> None:
        """These chunks, and the extracted text they point into, instead of all that the source had.

        Afterwards they answer lexical search, and are in the queue of the embedding engine. A chunk whose content the
        source already had keeps its vector. Title and heading are indexed with the content.
        """
        ...

    async def get(self, *, owner: UserId, id: UUID) -> Chunk:
        """Errors: NoSuch, NotYours."""
        ...

    async def many(self, *, owner: UserId, ids: Sequence[ChunkId]) -> dict[ChunkId, Chunk]:
        """Those of the owner; the others are absent."""
        ...


class UnitOfWork(accounts.UnitOfWork, Protocol):
    @property
    def sources(self) -> SourceRepository: ...
    @property
    def chunks(self) -> ChunkRepository: ...


OpenUnitOfWork: TypeAlias = Callable[[UserId], AbstractAsyncContextManager[UnitOfWork]]


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFilter:
    """What is None does not restrict. `text` is looked for in title, author and file name, accents and case ignored.

    Errors: UnstorableText.
    """

    status: SourceStatus | None = None
    kind: SourceKind | None = None
    document_id: DocumentId | None = None
    text: str | None = None

    def __post_init__(self) -> None:
        if self.text is not None:
            checked_text(self.text, field="text")


class SourceReader(Protocol):
    """Sources to show: newest first."""

    async def get(self, *, owner: UserId, id: UUID) -> Source:
        """Errors: NoSuch, NotYours."""
        ...

    async def many(self, *, owner: UserId, ids: Sequence[SourceId]) -> dict[SourceId, Source]: ...
    async def page(self, *, owner: UserId, window: Window, where: SourceFilter) -> Page[Source]: ...
    async def count(self, *, owner: UserId, where: SourceFilter) -> int: ...
    async def text(self, *, owner: UserId, id: UUID) -> str:
        """The extracted text that offsets point into; empty until the source was read. Errors: NoSuch, NotYours."""
        ...


class ChunkReader(Protocol):
    """Chunks to show: in the order of the source."""

    async def get(self, *, owner: UserId, id: UUID) -> Chunk:
        """Errors: NoSuch, NotYours."""
        ...

    async def many(self, *, owner: UserId, ids: Sequence[ChunkId]) -> dict[ChunkId, Chunk]: ...
    async def page(self, *, owner: UserId, source_id: SourceId, window: Window) -> Page[Chunk]: ...
    async def count(self, *, owner: UserId, source_id: SourceId) -> int: ...
    async def spread(self, *, owner: UserId, source_ids: Sequence[SourceId] | None, limit: int) -> list[Chunk]:
        """Up to `limit` chunks, spread evenly over the sources and over each source (for exercises without a topic)."""
        ...


# --- retrieval --------------------------------------------------------------------------------------------------------


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
    """What both legs found, and how many chunks in scope each could see."""

    items: tuple[Candidate, ...]
    chunks_in_scope: int
    lexical_chunks: int
    embedded_chunks: int


class ChunkIndex(Protocol):
    """Finds chunks by words and by vector, of one owner only, in one round trip."""

    async def candidates(
        self, *, owner: UserId, query: str, vector: Sequence[float] | None, model: str, scope: Scope, depth: int
    ) -> Candidates:
        """The union of the `depth` best of each leg. `vector` is unit length, None to search by words alone.

        Only vectors of `model` are compared. Similarity is the cosine. Errors: NotYours for a foreign source or
        document in scope, NoSuch for one that does not exist, Unavailable when the store is down.
        """
        ...


class Embedder(Protocol):
    """Turns texts into vectors of unit length, `dimensions` numbers each."""

    @property
    def model(self) -> str: ...
    @property
    def dimensions(self) -> int: ...
    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text, in order. Errors: Unavailable, RateLimited (`retry_after`)."""
        ...


# --- ingestion --------------------------------------------------------------------------------------------------------


class FileStore(Protocol):
    """Original files by key. Keys are made by us (`<owner>/<source>`), never from a file name."""

    async def put(self, key: str, data: bytes) -> None: ...
    async def get(self, key: str) -> bytes:
        """Errors: NoSuch."""
        ...

    async def delete(self, key: str) -> None:
        """Nothing happens when it is not there."""
        ...

    async def keys(self, *, under: str) -> Sequence[str]:
        """The keys that begin with `<under>/`, in order."""
        ...

    async def delete_all(self, *, under: str) -> None:
        """Everything whose key begins with `<under>/`, and what was left there of writing that never ended."""
        ...


class Extractor(Protocol):
    """Reads original bytes into storable text with its places. Hostile input fails alone and with a sentence."""

    async def extract(self, data: bytes, *, kind: SourceKind, filename: str | None = None) -> ExtractedText:
        """Errors: UnreadableSource, with the sentence that the user is shown."""
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


class StuckSources(Protocol):
    """Sources whose work was lost: the sweeper's own door, not bound to one user."""

    async def take(self, *, since_before: datetime, at: datetime, limit: int) -> Sequence[tuple[UserId, SourceId]]:
        """Those PROCESSING since before a moment, oldest first; from now on they are PROCESSING since `at`.

        So each is taken once, by one sweeper, and again only when this time, too, nothing came of it.
        """
        ...


class SourceSignals(Protocol):
    """Says that a source moved on, to whoever looks, on any machine. A signal may be missed: re-read at leisure."""

    async def announce(self, source_id: SourceId) -> None: ...
    def listen(self, source_id: SourceId) -> AbstractAsyncContextManager[AsyncGenerator[None, None]]:
        """Yields once for each announcement, and now and then without one. Whoever reads it closes it."""
        ...
