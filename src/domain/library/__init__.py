"""Sources and their chunks: what is read, cut and found again."""

from domain.library.chunk import Chunk
from domain.library.chunking import CHUNK_LIMIT, CHUNK_TARGET, chunked
from domain.library.extracted import ExtractedText, Heading, PageSpan, UnreadableSource
from domain.library.metric import Metric, Neighbour, neighbours, unit_vector
from domain.library.naming import plausible_title, title_from_filename, title_from_text
from domain.library.progress import (
    EmbeddingOutlook,
    EmbeddingPace,
    chunks_ahead,
    eta_seconds,
    limited_pace,
)
from domain.library.provider_limits import DEFAULT_LIMIT, ProviderStanding, allowed_requests
from domain.library.public_addresses import is_public_address
from domain.library.ranking import (
    Coverage,
    Hit,
    Scored,
    SearchMode,
    Weights,
    coverage_of,
    fuse,
)
from domain.library.sentences import sentence_spans
from domain.library.sniffing import is_web_page, kind_of
from domain.library.source import (
    MOST_ATTEMPTS,
    MOST_BREAKS,
    DuplicateSource,
    FieldOrigin,
    Source,
    SourceKind,
    SourceStatus,
    WrongStatus,
)
from domain.library.spread import spread
from domain.library.storable import storable
from domain.library.web_address import NotFetched, web_address

__all__ = [
    "CHUNK_LIMIT",
    "CHUNK_TARGET",
    "DEFAULT_LIMIT",
    "MOST_ATTEMPTS",
    "MOST_BREAKS",
    "Chunk",
    "Coverage",
    "DuplicateSource",
    "EmbeddingOutlook",
    "EmbeddingPace",
    "ExtractedText",
    "FieldOrigin",
    "Heading",
    "Hit",
    "Metric",
    "Neighbour",
    "NotFetched",
    "PageSpan",
    "ProviderStanding",
    "Scored",
    "SearchMode",
    "Source",
    "SourceKind",
    "SourceStatus",
    "UnreadableSource",
    "Weights",
    "WrongStatus",
    "allowed_requests",
    "chunked",
    "chunks_ahead",
    "coverage_of",
    "eta_seconds",
    "fuse",
    "is_public_address",
    "is_web_page",
    "kind_of",
    "limited_pace",
    "neighbours",
    "plausible_title",
    "sentence_spans",
    "spread",
    "storable",
    "title_from_filename",
    "title_from_text",
    "unit_vector",
    "web_address",
]
