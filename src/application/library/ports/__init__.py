"""What the library needs from outside."""

from application.library.ports.budget import ObservedLimits, ProviderBudget, Reservation
from application.library.ports.embedding import BatchTooLarge, Embedder, EmbeddingQueue, TextRefused, WaitingChunk
from application.library.ports.fetching import FetchedPage, PageFetcher
from application.library.ports.ingestion import Extractor, FileStore, SourceSignals, StuckSources
from application.library.ports.reading import ChunkReader, SourceFilter, SourceReader
from application.library.ports.retrieval import Candidate, Candidates, ChunkIndex, Scope
from application.library.ports.stores import ChunkRepository, OpenUnitOfWork, SourceRepository, UnitOfWork

__all__ = [
    "BatchTooLarge",
    "Candidate",
    "Candidates",
    "ChunkIndex",
    "ChunkReader",
    "ChunkRepository",
    "Embedder",
    "EmbeddingQueue",
    "Extractor",
    "FetchedPage",
    "FileStore",
    "ObservedLimits",
    "OpenUnitOfWork",
    "PageFetcher",
    "ProviderBudget",
    "Reservation",
    "Scope",
    "SourceFilter",
    "SourceReader",
    "SourceRepository",
    "SourceSignals",
    "StuckSources",
    "TextRefused",
    "UnitOfWork",
    "WaitingChunk",
]
