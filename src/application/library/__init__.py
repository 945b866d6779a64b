"""Bringing sources in, following them, and finding their passages again."""

from dataclasses import dataclass

from application.library.add_source import (
    AddedSource,
    AddSource,
    FileOrigin,
    Origin,
    SourceTooLarge,
    TextOrigin,
    UrlOrigin,
)
from application.library.delete_source import DeleteSource
from application.library.embed_chunks import EmbedChunks, Gathering
from application.library.ingest_source import IngestSource
from application.library.keep_vectors_alive import KEEP_VECTORS_ALIVE, KeepVectorsAlive
from application.library.limits import UnsuitableMetadata
from application.library.originals import Content, file_key, in_pieces
from application.library.ports import (
    Candidate,
    Candidates,
    ChunkIndex,
    ChunkReader,
    ChunkRepository,
    DeletedSources,
    Embedder,
    EmbeddingOutlookReader,
    EmbeddingQueue,
    Extractor,
    FetchedPage,
    FileStore,
    PageFetcher,
    PageSources,
    Scope,
    SearchShortcuts,
    SourceFilter,
    SourceReader,
    SourceRepository,
    SourceSignals,
    StuckSources,
    WaitingChunk,
)
from application.library.recheck_pages import RECHECK, RecheckPages, day_start
from application.library.reconcile_vectors import RECONCILE_VECTORS, ReconcileVectors, Reconciliation
from application.library.reindex_source import REINDEX, ReindexSource
from application.library.reingest_source import ReingestSource
from application.library.remove_source import REMOVE, RemoveSource
from application.library.retire_models import RetireModels
from application.library.retrieve import Retrieve
from application.library.search import Search, SearchResult, UnsuitableQuery
from application.library.sweep import Sweep
from application.library.update_source import UpdateSource
from application.library.watch_source import WatchSource

__all__ = [
    "KEEP_VECTORS_ALIVE",
    "RECHECK",
    "RECONCILE_VECTORS",
    "REINDEX",
    "REMOVE",
    "AddSource",
    "AddedSource",
    "Candidate",
    "Candidates",
    "ChunkIndex",
    "ChunkReader",
    "ChunkRepository",
    "Content",
    "DeleteSource",
    "DeletedSources",
    "EmbedChunks",
    "Embedder",
    "EmbeddingOutlookReader",
    "EmbeddingQueue",
    "Extractor",
    "FetchedPage",
    "FileOrigin",
    "FileStore",
    "Gathering",
    "IngestSource",
    "KeepVectorsAlive",
    "Library",
    "Origin",
    "PageFetcher",
    "PageSources",
    "RecheckPages",
    "ReconcileVectors",
    "Reconciliation",
    "ReindexSource",
    "ReingestSource",
    "RemoveSource",
    "RetireModels",
    "Retrieve",
    "Scope",
    "Search",
    "SearchResult",
    "SearchShortcuts",
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
    "UrlOrigin",
    "WaitingChunk",
    "WatchSource",
    "day_start",
    "file_key",
    "in_pieces",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What an entrypoint may do with the library. `outlook` tells the time that is still to wait."""

    add_source: AddSource
    ingest_source: IngestSource
    embed_chunks: EmbedChunks
    update_source: UpdateSource
    reindex_source: ReindexSource
    reingest_source: ReingestSource
    delete_source: DeleteSource
    remove_source: RemoveSource
    sweep: Sweep
    retire_models: RetireModels
    reconcile_vectors: ReconcileVectors
    keep_vectors_alive: KeepVectorsAlive
    recheck_pages: RecheckPages
    watch_source: WatchSource
    search: Search
    retrieve: Retrieve
    sources: SourceReader
    chunks: ChunkReader
    outlook: EmbeddingOutlookReader
    shortcuts: SearchShortcuts
