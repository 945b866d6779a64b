"""How well questions find their passages: each leg, both fused, and beside them bm25s and PostgreSQL's own `ts_rank`.

    .venv/bin/python -m benchmarks.retrieval --corpus FILE --queries FILE [--language LANGUAGE] [--json]

Both files are JSON lines, gzipped or not. A corpus line has `id` and `text`, and may have `article` or `title`; a query
line has `q` and `gold`, the ids that answer it. Each corpus line becomes a source and goes the product's own way: cut,
indexed, queued, embedded, searched. Exit status 1 when fused is worse than the better leg, by nDCG@10.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

from adapters.embedded.postgres import EmbeddedPostgres
from adapters.memory.chunks import MemoryChunkIndex, MemoryEmbeddingQueue
from adapters.memory.database import MemoryDatabase
from adapters.memory.signals import MemorySourceSignals
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from adapters.offline import FUSION_WEIGHTS, OfflineEmbedder
from adapters.postgres import migrations
from adapters.postgres.chunk_index import PostgresChunkIndex
from adapters.postgres.embedding_queue import PostgresEmbeddingQueue
from adapters.postgres.engine import API_ROLE, WORKER_ROLE, Transactions, create_engine
from adapters.postgres.unit_of_work import OpenPostgresUnitOfWork
from adapters.system import chance, new_uuid7, utc_now
from adapters.unlimited_budget import UnlimitedBudget
from application.library import ChunkIndex, EmbedChunks, EmbeddingQueue, Gathering, Search
from application.library.search import QUERY_LIMIT
from benchmarks._evaluation_data import development_set
from benchmarks._ranking_measures import MEASURES, measures, shortfall
from benchmarks._word_peers import Document, Found, PeerMissing, bm25s, ts_rank
from domain.accounts import User, opening
from domain.library import ExtractedText, SearchMode, Source, SourceKind, SourceStatus, Weights, chunked, storable
from domain.shared import SourceId, UserId, user_id_of

DEPTH = 10
UNTITLED = "—"  # no word, so that it neither helps nor hurts
SWEEP = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    gold: frozenset[str]


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the corpus goes; `owner_url` is None in memory."""

    uow: Any
    index: ChunkIndex
    queue: EmbeddingQueue
    owner_url: str | None = None


def main() -> None:
    options = _options()
    if options.corpus is None or options.queries is None:
        print("retrieval: left out, the evaluation data is not on this machine; name --corpus and --queries")
        return
    corpus = [_document(line) for line in _lines(options.corpus)]
    asked = [_question(line) for line in _lines(options.queries)]
    questions = [question for question in asked if options.half in (None, _half(question))]
    results = asyncio.run(_run(corpus, questions, options))
    if options.json:
        json.dump({leg: {name: row[name] for name in MEASURES} for leg, row in results.items()}, sys.stdout)
        print()
    else:
        _print(results, corpus, questions)
    short = shortfall(results)
    if short is not None:
        sys.exit(short)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retrieval", description=(__doc__ or "").split("\n")[0])
    corpus, queries = development_set("retrieval_it.corpus.jsonl.gz"), development_set("retrieval_it.queries.jsonl.gz")
    parser.add_argument(
        "--corpus", type=Path, default=corpus, help="JSON lines: id, text, and perhaps article or title"
    )
    parser.add_argument("--queries", type=Path, default=queries, help="JSON lines: q, gold")
    parser.add_argument("--language", default="it", help="of the corpus, as a code (default: it)")
    parser.add_argument("--index", choices=["postgres", "memory"], default="postgres", help="default: postgres")
    parser.add_argument("--sweep", action="store_true", help="fuse with other weights of the dense leg as well")
    parser.add_argument("--half", type=int, choices=[0, 1], help="of the questions only, to hold out the other")
    parser.add_argument("--json", action="store_true", help="print one object and nothing else")
    return parser.parse_args()


async def _run(
    corpus: Sequence[Document], questions: Sequence[Question], options: argparse.Namespace
) -> dict[str, dict[str, float]]:
    say: Callable[[str], None] = (lambda _: None) if options.json else (lambda line: print(line, file=sys.stderr))
    results: dict[str, dict[str, float]] = {}
    async with _stores(options.index) as stores:
        owner = await _sign_up(stores)
        began = time.perf_counter()
        ids = await _ingest(stores, owner, corpus, options.language)
        embedder = OfflineEmbedder()
        await _embed(stores.queue, embedder)
        say(f"{len(corpus)} documents read and embedded in {time.perf_counter() - began:.1f} s")

        async def leg(mode: SearchMode, weights: Weights = FUSION_WEIGHTS) -> dict[str, float]:
            search = Search(index=stores.index, embedder=embedder, weights=weights)
            found, times = [], []
            for question in questions:
                started = time.perf_counter()
                result = await search(owner=owner, query=question.text, limit=5 * DEPTH, mode=mode)
                times.append(1000 * (time.perf_counter() - started))
                found.append(_distinct(ids[hit.chunk.source_id] for hit in result.hits))
            return judged(Found(found, times))

        def judged(found: Found) -> dict[str, float]:
            return measures(found.documents, [question.gold for question in questions]) | _latency(found.times)

        results["lexical"] = await leg(SearchMode.LEXICAL)
        results["dense"] = await leg(SearchMode.SEMANTIC)
        results["fused"] = await leg(SearchMode.HYBRID)
        for weight in SWEEP if options.sweep else ():
            results[f"fused {weight}"] = await leg(SearchMode.HYBRID, Weights(lexical=1 - weight, semantic=weight))
        asked = [question.text for question in questions]
        try:
            results["bm25s"] = judged(bm25s(corpus, asked, language=options.language, depth=DEPTH))
        except PeerMissing as error:
            print(f"bm25s: left out, {error}", file=sys.stderr)
        if stores.owner_url is not None:
            found = await ts_rank(stores.owner_url, corpus, asked, language=options.language, depth=DEPTH)
            results["ts_rank"] = judged(found)
    return results


async def _embed(queue: EmbeddingQueue, embedder: OfflineEmbedder) -> None:
    async def at_once(_: float) -> bool:
        return True

    await EmbedChunks(
        queue=queue,
        embedder=embedder,
        budget=UnlimitedBudget(),
        signals=MemorySourceSignals(),
        clock=utc_now,
        chance=chance,
        batch_size=128,
        gathering=Gathering(quiet=timedelta(), at_most=timedelta()),
    )(pause=at_once)


@asynccontextmanager
async def _stores(kind: str) -> AsyncIterator[Stores]:
    """A database of its own, thrown away at the end."""
    if kind == "memory":
        database = MemoryDatabase()
        yield Stores(OpenMemoryUnitOfWork(database), MemoryChunkIndex(database), MemoryEmbeddingQueue(database))
        return
    with tempfile.TemporaryDirectory(prefix="studiolo-benchmark-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder), fast=True)
        server.start()
        try:
            await asyncio.to_thread(migrations.upgrade, server.url("owner"))
            engines = [create_engine(server.url("api")), create_engine(server.url("worker"))]
            api, worker = Transactions(engines[0], role=API_ROLE), Transactions(engines[1], role=WORKER_ROLE)
            yield Stores(
                OpenPostgresUnitOfWork(api),
                PostgresChunkIndex(api),
                PostgresEmbeddingQueue(worker),
                owner_url=server.url("owner"),
            )
            for engine in engines:
                await engine.dispose()
        finally:
            server.stop()


async def _sign_up(stores: Stores) -> UserId:
    user = User(id=user_id_of("benchmark"), subject="benchmark", created_at=utc_now())
    account, grant = opening(user.id, allowance=0, at=utc_now())
    async with stores.uow(user.id) as uow:
        await uow.users.open(user, account, grant)
        await uow.commit()
    return user.id


async def _ingest(stores: Stores, owner: UserId, corpus: Sequence[Document], language: str) -> dict[SourceId, str]:
    """The corpus id of each source."""
    ids: dict[SourceId, str] = {}
    for document in corpus:
        now = utc_now()
        source = Source(
            id=SourceId(new_uuid7()),
            owner=owner,
            title=document.title,
            kind=SourceKind.TEXT,
            status=SourceStatus.READY,
            content_hash=hashlib.sha256(document.id.encode()).hexdigest(),
            language=language,
            access_date=now,
            created_at=now,
        )
        extracted = ExtractedText(text=document.text, language=language)
        chunks = chunked(extracted, source_id=source.id)
        async with stores.uow(owner) as uow:
            await uow.sources.add(source)
            await uow.chunks.replace(owner=owner, source=source, text=extracted, chunks=chunks)
            await uow.commit()
        ids[source.id] = document.id
    return ids


def _latency(times: Sequence[float]) -> dict[str, float]:
    cuts = quantiles(times, n=20) if len(times) > 1 else [times[0]] * 19
    return {"p50_ms": round(cuts[9], 2), "p95_ms": round(cuts[18], 2)}


def _distinct(ids: Iterable[str]) -> list[str]:
    """A document counts once, where its best chunk stands."""
    return list(dict.fromkeys(ids))[:DEPTH]


def _lines(path: Path) -> list[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def _document(line: Mapping[str, Any]) -> Document:
    title = line.get("title") or line.get("article") or UNTITLED
    return Document(str(line["id"]), storable(title), storable(line["text"]))


def _question(line: Mapping[str, Any]) -> Question:
    """Cut to what a search takes; the others are asked the same."""
    return Question(storable(line["q"]).strip()[:QUERY_LIMIT], frozenset(map(str, line["gold"])))


def _half(question: Question) -> int:
    return hashlib.sha256(question.text.encode()).digest()[-1] % 2


def _print(results: dict[str, dict[str, float]], corpus: Sequence[Document], questions: Sequence[Question]) -> None:
    names = list(results["lexical"])
    print(f"{len(questions)} questions to {len(corpus)} documents")
    print(f"{'':12}" + "".join(f"{name:>9}" for name in names))
    for label, row in results.items():
        print(f"{label:12}" + "".join(f"{row[name]:>9.2f}" if "ms" in name else f"{row[name]:>9.4f}" for name in names))


if __name__ == "__main__":
    main()
