"""How good an order is: recall, reciprocal rank, discounted gain, and how often there is none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import log2
from statistics import fmean

MEASURES = ("r@1", "r@5", "r@10", "mrr@10", "ndcg@10", "empty")

_DEPTH = 10


def measures(found: Sequence[Sequence[str]], gold: Sequence[Collection[str]]) -> dict[str, float]:
    """Means over all questions of what was found, best first, against what answers them.

    r@k: one that answers is among the first k. mrr@10: 1 through the place of the first one. ndcg@10: all of them
    count, by 1 / log2(1 + place), against the best order there is. empty: nothing was found at all.
    """
    hits = [[id in right for id in ids[:_DEPTH]] for ids, right in zip(found, gold, strict=True)]
    return {
        **{f"r@{k}": fmean(any(row[:k]) for row in hits) for k in (1, 5, 10)},
        "mrr@10": fmean(next((1 / place for place, hit in enumerate(row, 1) if hit), 0.0) for row in hits),
        "ndcg@10": fmean(_gain(row) / _gain([True] * len(right)) for row, right in zip(hits, gold, strict=True)),
        "empty": fmean(not ids for ids in found),
    }


def shortfall(results: Mapping[str, Mapping[str, float]]) -> str | None:
    """In words how fused is worse than the better leg by nDCG@10; None where it is not."""
    better = max("lexical", "dense", key=lambda leg: results[leg]["ndcg@10"])
    best, fused = results[better]["ndcg@10"], results["fused"]["ndcg@10"]
    if fused >= best:
        return None
    return f"retrieval: fused is worse than the {better} leg by itself: nDCG@10 {fused:.4f} against {best:.4f}"


def _gain(row: Sequence[bool]) -> float:
    return sum(1 / log2(1 + place) for place, hit in enumerate(row[:_DEPTH], 1) if hit)
