"""Putting what two legs found into one order: words (BM25) and meaning (similarity of vectors).

Each leg's exact score is known for every candidate, so scores are added, not ranks: divided by the leg's best,
weighted, summed. Reciprocal rank fusion was measured and always lost where one leg is stronger: it takes a near tie and
a clear win for the same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.library.chunk import Chunk
from domain.library.metric import Metric


class SearchMode(StrEnum):
    """Which legs decide the order."""

    HYBRID = "HYBRID"
    LEXICAL = "LEXICAL"
    SEMANTIC = "SEMANTIC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each leg counts for in a fused score. They belong to an embedder: measured, not guessed."""

    lexical: float
    semantic: float

    def __post_init__(self) -> None:
        if self.lexical < 0 or self.semantic < 0 or self.lexical + self.semantic <= 0:
            raise ValueError("weights are not negative, and one of them is more than nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A candidate with the exact scores of both legs.

    `lexical_score` is None where no word matched; `similarity` (the cosine) is None where there is no vector.
    """

    chunk: Chunk
    language: str
    lexical_score: float | None
    similarity: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A found chunk, with what explains its place: ranks count from 1, and are None where a leg did not find it.

    `score` orders the hits of one search, at most 1, and means nothing between two searches. `similarity` is on the
    scale of the search's metric.
    """

    chunk: Chunk
    language: str
    score: float
    similarity: float | None
    semantic_rank: int | None
    lexical_rank: int | None
    lexical_score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What share of the chunks in scope each leg could see, 0 to 1, and in words why a leg is missing if one is."""

    lexical: float
    semantic: float
    degraded: str | None = None


def coverage_of(*, chunks: int, lexical: int, embedded: int, degraded: str | None = None, unread: int = 0) -> Coverage:
    """Coverage from numbers of chunks. Of no chunks at all everything was seen, unless there are `unread` sources."""
    of_none = 0.0 if unread else 1.0
    return Coverage(
        lexical=min(1.0, lexical / chunks) if chunks else of_none,
        semantic=min(1.0, embedded / chunks) if chunks else of_none,
        degraded=degraded,
    )


def fuse(
    candidates: Sequence[Scored],
    *,
    weights: Weights,
    mode: SearchMode = SearchMode.HYBRID,
    metric: Metric = Metric.COSINE,
    threshold: float | None = None,
) -> tuple[Hit, ...]:
    """All hits, best first; equal ones in the order of source, position and id, so that the order is always the same.

    A leg that found nothing is not fused. Beside chunks whose words match, one that has no word of the query and a
    vector at a right angle to it, or worse, is no hit. The threshold bounds the semantic leg: what is less near is not
    found by it, and stays only where its words matched. A candidate that has no vector yet counts as the least
    similar one.
    """
    lexical = _ranks(candidates, lambda one: one.lexical_score)
    semantic = _ranks(
        candidates,
        lambda one: one.similarity if one.similarity is not None and metric.admits(one.similarity, threshold) else None,
    )
    legs = {
        SearchMode.HYBRID: set(lexical) | {index for index in semantic if not lexical or _is_near(candidates[index])},
        SearchMode.LEXICAL: set(lexical),
        SearchMode.SEMANTIC: set(semantic),
    }
    found = sorted(legs[mode])
    word_share = weights.lexical if lexical and mode is not SearchMode.SEMANTIC else 0.0
    meaning_share = weights.semantic if semantic and mode is not SearchMode.LEXICAL else 0.0
    if word_share + meaning_share <= 0:  # the only leg that found anything has no weight of its own
        word_share, meaning_share = (1.0, 0.0) if mode is not SearchMode.SEMANTIC and lexical else (0.0, 1.0)
    words = _scaled([candidates[index].lexical_score for index in found], missing=0.0)
    meanings = _scaled([candidates[index].similarity for index in found], missing=None)
    hits = [
        Hit(
            chunk=candidates[index].chunk,
            language=candidates[index].language,
            score=(word_share * word + meaning_share * meaning) / (word_share + meaning_share),
            similarity=_on_scale(candidates[index].similarity, metric),
            semantic_rank=semantic.get(index),
            lexical_rank=lexical.get(index),
            lexical_score=candidates[index].lexical_score,
        )
        for index, word, meaning in zip(found, words, meanings, strict=True)
    ]
    return tuple(sorted(hits, key=lambda hit: (-hit.score, *_place(hit.chunk))))


def _is_near(candidate: Scored) -> bool:
    return candidate.similarity is not None and candidate.similarity > 0


def _ranks(candidates: Sequence[Scored], score_of: Callable[[Scored], float | None]) -> dict[int, int]:
    """The rank, from 1, of each candidate (by index) that this leg found."""
    scored = [(index, score) for index, one in enumerate(candidates) if (score := score_of(one)) is not None]
    ordered = sorted(scored, key=lambda pair: (-pair[1], *_place(candidates[pair[0]].chunk)))
    return {index: rank for rank, (index, _) in enumerate(ordered, start=1)}


def _scaled(scores: Sequence[float | None], *, missing: float | None) -> list[float]:
    """Scores divided by the best; `missing=None` fills in the least one.

    Where even the best is not positive, a quotient would turn the order round: there scores are taken from the best.
    """
    known = [score for score in scores if score is not None]
    if not known:
        return [0.0] * len(scores)
    best = max(known)
    fill = min(known) if missing is None else missing
    filled = [fill if score is None else score for score in scores]
    return [score / best for score in filled] if best > 0 else [score - best for score in filled]


def _on_scale(cosine: float | None, metric: Metric) -> float | None:
    return None if cosine is None else metric.of_cosine(cosine)


def _place(chunk: Chunk) -> tuple[int, int, int]:
    return chunk.source_id.int, chunk.position, chunk.id.int
