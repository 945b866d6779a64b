"""Which chunks to take when no subject is given: from every source alike, and from all over each."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest

from domain.shared import SourceId


def spread(chunk_counts: Mapping[SourceId, int], limit: int) -> list[tuple[SourceId, int]]:
    """Up to `limit` places (source, position), the sources taking turns; positions count from 0.

    With fewer places than sources, the sources are taken evenly from their order too.
    """
    sources = sorted(source for source, count in chunk_counts.items() if count > 0)
    if limit <= 0 or not sources:
        return []
    if limit < len(sources):
        sources = [sources[index] for index in _evenly(limit, len(sources))]
    shares = dict.fromkeys(sources, 0)
    left, open_sources = limit, list(sources)
    while left and open_sources:
        for source in open_sources[:left]:
            shares[source] += 1
        left -= min(left, len(open_sources))
        open_sources = [source for source in open_sources if shares[source] < chunk_counts[source]]
    taken = [[(source, at) for at in _evenly(shares[source], chunk_counts[source])] for source in sources]
    return [place for turn in zip_longest(*taken) for place in turn if place is not None]


def _evenly(wanted: int, present: int) -> list[int]:
    """`wanted` of the numbers from 0 below `present`, each in the middle of its share."""
    return [(2 * index + 1) * present // (2 * wanted) for index in range(wanted)]
