"""When the last vector of a source will be there, by the pace that the provider allows."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from domain.library.source import Source, SourceStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingPace:
    """What the embedder is asked at most: texts in one request, and requests a minute."""

    texts_per_request: int
    requests_per_minute: float


def eta_seconds(source: Source, *, queued: int, pace: EmbeddingPace) -> int | None:
    """Seconds until every chunk of the source has its vector; None when that is so, or when nothing is coming.

    `queued` counts the chunks of everybody that wait for a vector. The queue is served fairly, so at worst all of them
    go first. A source that is still being read is not cut yet: what is known is that it will take one request more.
    """
    if source.is_settled:
        return None
    missing = source.chunk_count - source.embedded_chunk_count
    requests = ceil(max(queued, missing, 1) / pace.texts_per_request)
    if source.status is not SourceStatus.READY:
        requests += 1
    return ceil(requests * 60 / pace.requests_per_minute)
