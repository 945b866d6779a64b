"""What the library needs from outside."""

from application.library.ports.budget import (
    EmbeddingOutlookReader,
    ObservedLimits,
    PaceMeter,
    ProviderBudget,
    Reservation,
)
from application.library.ports.checking import PageSources
from application.library.ports.embedding import (
    BatchTooLarge,
    Embedder,
    EmbeddingQueue,
    FormerEmbedders,
    FormerVectors,
    TextRefused,
    WaitingChunk,
    WeighedEmbedder,
)
from application.library.ports.fetching import FetchedPage, PageFetcher
from application.library.ports.ingestion import DeletedSources, Extractor, FileStore, SourceSignals, StuckSources
from application.library.ports.reading import ChunkReader, SourceFilter, SourceReader
from application.library.ports.retrieval import Candidate, Candidates, ChunkIndex, Reach, Scope, SearchShortcuts
from application.library.ports.stores import ChunkRepository, OpenUnitOfWork, SourceRepository, UnitOfWork

__all__ = [
    "BatchTooLarge",
    "Candidate",
    "Candidates",
    "ChunkIndex",
    "ChunkReader",
    "ChunkRepository",
    "DeletedSources",
    "Embedder",
    "EmbeddingOutlookReader",
    "EmbeddingQueue",
    "Extractor",
    "FetchedPage",
    "FileStore",
    "FormerEmbedders",
    "FormerVectors",
    "ObservedLimits",
    "OpenUnitOfWork",
    "PaceMeter",
    "PageFetcher",
    "PageSources",
    "ProviderBudget",
    "Reach",
    "Reservation",
    "Scope",
    "SearchShortcuts",
    "SourceFilter",
    "SourceReader",
    "SourceRepository",
    "SourceSignals",
    "StuckSources",
    "TextRefused",
    "UnitOfWork",
    "WaitingChunk",
    "WeighedEmbedder",
]
