"""Sources and their chunks: what is read, cut and found again."""

from domain.library.chunk import Chunk
from domain.library.chunking import CHUNK_LIMIT, CHUNK_TARGET, chunked
from domain.library.extracted import ExtractedText, Heading, PageSpan, UnreadableSource
from domain.library.naming import plausible_title, title_from_filename, title_from_text
from domain.library.progress import EmbeddingPace, eta_seconds
from domain.library.ranking import (
    Coverage,
    Hit,
    Metric,
    Scored,
    SearchMode,
    Weights,
    coverage_of,
    fuse,
)
from domain.library.sentences import sentence_spans
from domain.library.sniffing import kind_of
from domain.library.source import (
    DuplicateSource,
    Source,
    SourceKind,
    SourceStatus,
    WrongStatus,
)
from domain.library.spread import spread
from domain.library.storable import storable

__all__ = [
    "CHUNK_LIMIT",
    "CHUNK_TARGET",
    "Chunk",
    "Coverage",
    "DuplicateSource",
    "EmbeddingPace",
    "ExtractedText",
    "Heading",
    "Hit",
    "Metric",
    "PageSpan",
    "Scored",
    "SearchMode",
    "Source",
    "SourceKind",
    "SourceStatus",
    "UnreadableSource",
    "Weights",
    "WrongStatus",
    "chunked",
    "coverage_of",
    "eta_seconds",
    "fuse",
    "kind_of",
    "plausible_title",
    "sentence_spans",
    "spread",
    "storable",
    "title_from_filename",
    "title_from_text",
]
