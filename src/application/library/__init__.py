"""Bringing sources in, following them, and finding their passages again."""

from dataclasses import dataclass

from application.library.add_source import AddedSource, AddSource, FileOrigin, Origin, SourceTooLarge, TextOrigin
from application.library.delete_source import DeleteSource
from application.library.embed_chunks import EmbedChunks
from application.library.ingest_source import IngestSource
from application.library.limits import UnsuitableMetadata
from application.library.ports import (
    Candidate,
    Candidates,
    ChunkIndex,
    ChunkReader,
    ChunkRepository,
    Embedder,
    EmbeddingQueue,
    Extractor,
    FileStore,
    Scope,
    SourceFilter,
    SourceReader,
    SourceRepository,
    SourceSignals,
    StuckSources,
    WaitingChunk,
)
from application.library.reingest_source import ReingestSource
from application.library.retrieve import Retrieve
from application.library.search import Search, SearchResult, UnsuitableQuery
from application.library.sweep import Sweep
from application.library.update_source import UpdateSource
from application.library.watch_source import WatchSource
from domain.library import EmbeddingPace

__all__ = [
    "AddSource",
    "AddedSource",
    "Candidate",
    "Candidates",
    "ChunkIndex",
    "ChunkReader",
    "ChunkRepository",
    "DeleteSource",
    "EmbedChunks",
    "Embedder",
    "EmbeddingQueue",
    "Extractor",
    "FileOrigin",
    "FileStore",
    "IngestSource",
    "Library",
    "Origin",
    "ReingestSource",
    "Retrieve",
    "Scope",
    "Search",
    "SearchResult",
    "SourceFilter",
    "SourceReader",
    "SourceRepository",
    "SourceSignals",
    "SourceTooLarge",
    "StuckSources",
    "Sweep",
    "TextOrigin",
    "UnsuitableMetadata",
    "UnsuitableQuery",
    "UpdateSource",
    "WaitingChunk",
    "WatchSource",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What an entrypoint may do with the library. `pace` is the embedder's, for the time that is still to wait."""

    add_source: AddSource
    ingest_source: IngestSource
    embed_chunks: EmbedChunks
    update_source: UpdateSource
    reingest_source: ReingestSource
    delete_source: DeleteSource
    sweep: Sweep
    watch_source: WatchSource
    search: Search
    retrieve: Retrieve
    sources: SourceReader
    chunks: ChunkReader
    pace: EmbeddingPace
