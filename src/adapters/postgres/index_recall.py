"""How much of the exact answer each path of vector search finds, and how fast: measured on stored vectors.

No text is read, and no embedder is asked: a question is a chunk's own vector with noise (on topic: its neighbours are
in the scope), or a vector of another user (off topic: nothing near is there, which is where graphs lose their way).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from time import perf_counter
from typing import Literal, TypeAlias

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.chunk_index import HnswSearch, PostgresChunkIndex, VectorPath, VectorSearch
from adapters.postgres.engine import Transactions
from domain.shared import UserId

RECALL_AT = 10
_DEPTH = 50
"""So many a search asks each leg for."""
_NOISE = 0.5
"""Length of the noise beside a vector of length one: their cosine is .89."""
_SAME = 1e-5
"""Distances this near are of twins: either may be found."""

Topic: TypeAlias = Literal["on", "off"]
Path: TypeAlias = Literal["exact", "planes", "hnsw"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """All vectors of one model that a user has."""

    owner: UserId
    model: str
    vectors: int
    complete: bool
    """Whether all of them have their planes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """`queries` of each topic; HNSW is walked as `hnsw` says, with each of `ef_search` in turn if any."""

    queries: int
    seed: int
    hnsw: HnswSearch
    ef_search: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """Of one path: the mean and the worst share of the exact ten, and milliseconds with the round trip."""

    path: Path
    topic: Topic
    queries: int
    recall: float
    worst: float
    p50_ms: float
    p95_ms: float
    ef_search: int | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    scope: Scope
    topic: Topic
    vector: Sequence[float]


_DRAWN = text(
    """
    select cast(v.embedding as text) as vector from chunk_vectors v
    where v.user_id = :owner and v.source_id = :source and v.model = :model
    order by v.position offset :skip limit 1
    """
)
_SOURCES = text(
    "select source_id, vectors from vector_counts where user_id = :owner and model = :model order by source_id"
)


async def measured(
    engine: AsyncEngine, *, scopes: Sequence[Scope], others: Sequence[Scope], graph: bool, sampling: Sampling
) -> list[Recall]:
    """The exact scan, the planes of scopes that have them all, and with `graph` HNSW, on questions to `scopes`.

    `others` lend their vectors for questions off topic.
    """
    draw = random.Random(sampling.seed)  # noqa: S311  a sample, not a secret
    questions = await _questions(engine, scopes, others, sampling, draw)
    truths = [(await _answer(_along("exact", engine, sampling.hnsw), question))[0] for question in questions]
    runs: list[tuple[Path, HnswSearch]] = [("exact", sampling.hnsw), ("planes", sampling.hnsw)]
    runs += [
        ("hnsw", replace(sampling.hnsw, ef_search=ef_search))
        for ef_search in sampling.ef_search or (sampling.hnsw.ef_search,)
        if graph
    ]
    found = []
    for path, hnsw in runs:
        index = _along(path, engine, hnsw)
        answered: dict[Topic, list[tuple[float, float]]] = {"on": [], "off": []}
        for question, truth in zip(questions, truths, strict=True):
            if path != "planes" or question.scope.complete:
                distances, milliseconds = await _answer(index, question)
                answered[question.topic].append((_share(distances, truth), milliseconds))
        ef_search = hnsw.ef_search if path == "hnsw" else None
        found += [_recall(path, topic, ef_search, answers) for topic, answers in answered.items() if answers]
    return found


def _along(path: Path, engine: AsyncEngine, hnsw: HnswSearch) -> PostgresChunkIndex:
    """The search's own index, which takes this path for any size of scope; as the login that we are."""
    setting: VectorPath = "auto" if path == "planes" else path
    return PostgresChunkIndex(Transactions(engine, role="none"), VectorSearch(path=setting, crossover=0, hnsw=hnsw))


async def _answer(index: PostgresChunkIndex, question: _Question) -> tuple[list[float], float]:
    """The distances found, nearest first, and how many milliseconds it took."""
    began = perf_counter()
    distances = await index.nearest(
        owner=question.scope.owner, vector=question.vector, model=question.scope.model, depth=_DEPTH
    )
    return distances, 1000 * (perf_counter() - began)


async def _questions(
    engine: AsyncEngine, scopes: Sequence[Scope], others: Sequence[Scope], sampling: Sampling, draw: random.Random
) -> list[_Question]:
    noise = np.random.default_rng(sampling.seed)
    questions = []
    for number in range(sampling.queries):
        scope = scopes[number % len(scopes)]
        own = await _vector(engine, scope, draw)
        if own is not None:
            questions.append(_Question(scope, "on", _shaken(own, noise)))
        strangers = [other for other in others if other.model == scope.model and other.owner != scope.owner]
        foreign = await _vector(engine, draw.choice(strangers), draw) if strangers else None
        if foreign is not None:
            questions.append(_Question(scope, "off", foreign))
    return questions


async def _vector(engine: AsyncEngine, scope: Scope, draw: random.Random) -> Sequence[float] | None:
    """One of a scope's vectors, each as likely as another; None where it went away meanwhile."""
    of = {"owner": scope.owner, "model": scope.model}
    async with engine.connect() as connection:
        sources = (await connection.execute(_SOURCES, of)).all()
        if not sources:
            return None
        (source,) = draw.choices(sources, weights=[row.vectors for row in sources])
        chosen = {**of, "source": source.source_id, "skip": draw.randrange(source.vectors)}
        drawn = (await connection.execute(_DRAWN, chosen)).scalar_one_or_none()
    return None if drawn is None else [float(number) for number in drawn.strip("[]").split(",")]


def _shaken(vector: Sequence[float], noise: np.random.Generator) -> list[float]:
    """The vector and some noise beside it, of length one."""
    numbers = np.asarray(vector)
    shift = noise.standard_normal(numbers.size)
    moved = numbers + _NOISE * shift / np.linalg.norm(shift)
    return [float(number) for number in moved / np.linalg.norm(moved)]


def _share(found: Sequence[float], truth: Sequence[float]) -> float:
    best = truth[:RECALL_AT]
    if not best:
        return 1.0
    return sum(distance <= best[-1] + _SAME for distance in found[: len(best)]) / len(best)


def _recall(path: Path, topic: Topic, ef_search: int | None, answers: Sequence[tuple[float, float]]) -> Recall:
    shares = [share for share, _ in answers]
    times = np.percentile([milliseconds for _, milliseconds in answers], [50, 95])
    return Recall(
        path=path,
        topic=topic,
        ef_search=ef_search,
        queries=len(answers),
        recall=round(fmean(shares), 4),
        worst=round(min(shares), 4),
        p50_ms=round(float(times[0]), 2),
        p95_ms=round(float(times[1]), 2),
    )
