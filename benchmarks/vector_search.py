"""How fast and how exactly a user's nearest chunks are found, in a table of many users, beside other vector stores.

    .venv/bin/python -m benchmarks.vector_search [--users N] [--chunks N ...] [--json]

One user has each size of --chunks. The others have 1,000 chunks each until the table has 200,000; with --users they are
that many in all, and the others have the smallest size. Our side is the product: its composition, on an embedded
PostgreSQL with its own settings, as the API's role under row-level security. Only the rows are written directly (see
`_filled_table`) and the questions' vectors are given. `dense` is a whole search by vector alone, from call to hits;
`fused` is a hybrid search of a question of six words: its one statement inside the database (EXPLAIN ANALYZE), as long
as the API waits for it, and the whole GraphQL request in this process.

HNSW is pgvector's, over everybody's vectors in the same table; faiss-flat, LanceDB and Chroma have the same vectors in
a process of their own (benchmarks/peers/vectors.py says how each is set up). All answer the same question one after the
other, filtered by the user. recall@10 is the share of the ten truly nearest chunks that is among the ten found; half of
the questions are about the user's chunks ("on topic"), half about somebody else's, and the figure is that of the worse
half. Vectors are synthetic (`_vectors`), and so is the text (`_italian_like`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, quantiles
from subprocess import CalledProcessError
from typing import Any

import numpy as np

from adapters.embedded.postgres import EmbeddedPostgres
from adapters.postgres import migrations
from benchmarks._filled_database import filled_table, hnsw_index
from benchmarks._filled_table import Tenant
from benchmarks._product_search import KnownEmbedder, Product, product
from benchmarks._vector_peers import NAMES, PeerFailed, VectorPeers
from benchmarks._vector_questions import NEAREST, Question, questions_to
from benchmarks._vector_tables import print_tables

SIZES = (1_000, 5_000, 20_000, 100_000)
TABLE = 200_000
OTHERS = 1_000
WARM_UP = 6  # a statement is prepared the fifth time


@dataclass(frozen=True, slots=True)
class Answer:
    """How long in seconds, and the share of the nearest that was found."""

    seconds: float
    recall: float
    on_topic: bool


Answers = dict[str, list[Answer]]


def main() -> None:
    options = _options()
    with ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="studiolo-benchmark-")))
        folder.mkdir(parents=True, exist_ok=True)
        results = _run(folder, options)
    if options.json:
        json.dump(results, sys.stdout)
        print()
    else:
        print_tables(results)


def _run(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    server = EmbeddedPostgres(folder / "postgres")
    server.start()
    try:
        migrations.upgrade(server.url("owner"))
        filled = filled_table(folder, server, sizes=_dealt(options), seed=options.seed, say=_say)
        asked = filled.users[: len(options.chunks)]
        questions = questions_to(asked, filled.users, filled.vectors, seed=options.seed, each=options.questions)
        np.save(folder / "questions.npy", np.asarray([question.vector for question in questions], dtype=np.float32))
        built: dict[str, dict[str, float]] = {}
        with ExitStack() as stack:
            peers = None
            if not options.no_peers:
                seconds, size = hnsw_index(folder, server)
                built["hnsw"] = {"build_s": round(seconds, 1), "mb": round(size / 1e6)}
                peers = _peers(stack, folder, filled.users, asked, built)
            load = os.getloadavg()[0]
            rows, peer_rows = asyncio.run(_measured(server, folder, filled.users, questions, peers, options))
    finally:
        server.stop()
    for row in rows.values():
        row |= {
            "table_chunks": len(filled.vectors),
            "users": len(filled.users),
            "build_s": None if filled.planes_seconds is None else round(filled.planes_seconds, 1),
            "vectors_mb": round(filled.vector_bytes / 1e6),
            "planes_mb": round(filled.plane_bytes / 1e6),
            "load_before": round(load, 2),
        }
    return {**rows, "peers": {name: told | peer_rows.get(name, {}) for name, told in built.items()}}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _dealt(options: argparse.Namespace) -> list[int]:
    """How many chunks each user has; those who are asked come first."""
    sizes: list[int] = options.chunks
    if options.users is not None:
        return [*sizes, *[min(sizes)] * (options.users - len(sizes))]
    return [*sizes, *[OTHERS] * max(1, (TABLE - sum(sizes)) // OTHERS)]


def _peers(
    stack: ExitStack,
    folder: Path,
    users: Sequence[Tenant],
    asked: Sequence[Tenant],
    built: dict[str, dict[str, float]],
) -> VectorPeers | None:
    """Those that could be built are in `built` afterwards."""
    told = {
        "vectors": str(folder / "vectors.npy"),
        "questions": str(folder / "questions.npy"),
        "users": [(user.first, user.chunks) for user in users],
        "asked_for": [user.number for user in asked],
        "folder": str(folder),
    }
    try:
        peers = stack.enter_context(VectorPeers(told))
    except (CalledProcessError, PeerFailed):
        _say("left out: faiss-flat, lancedb and chroma, which could not be installed")
        return None
    for name in NAMES:
        try:
            made = peers.build(name)
        except PeerFailed as failure:
            _say(f"left out: {name} ({failure})")
        else:
            _say(f"{name} built in {made.seconds:.0f} s")
            built[name] = {"build_s": round(made.seconds, 1), "mb": round(made.bytes / 1e6)}
    return peers


async def _measured(
    server: EmbeddedPostgres,
    folder: Path,
    users: Sequence[Tenant],
    questions: Sequence[Question],
    peers: VectorPeers | None,
    options: argparse.Namespace,
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Ours by size, and each peer's by size."""
    rows: dict[str, Any] = {}
    peer_rows: dict[str, dict[str, Any]] = defaultdict(dict)
    known = KnownEmbedder({question.text: question.vector for question in questions})
    async with product(server, folder, users, known, options.path) as ours:
        for user in users[: len(options.chunks)]:
            own = [question for question in questions if question.user is user]
            for question in own[:WARM_UP]:
                await _ask(ours, peers, question, with_hnsw=not options.no_peers)
            answers: Answers = defaultdict(list)
            for question in own:
                for name, answer in (await _ask(ours, peers, question, with_hnsw=not options.no_peers)).items():
                    answers[name].append(answer)
            size = str(user.chunks)
            rows[size] = {
                "path": await ours.path(server, user, own[0].vector),
                **_told(answers.pop("dense")),
                "dense_statement": _latency(answers.pop("dense statement")),
                "fused_statement": _latency(answers.pop("fused statement")),
                "fused_inside": _latency(answers.pop("fused inside")),
                "graphql": _latency(answers.pop("graphql")),
            }
            for name, given in answers.items():
                peer_rows[name][size] = _told(given)
            _say(f"{user.chunks} chunks: {json.dumps(rows[size])}")
    return rows, peer_rows


async def _ask(ours: Product, peers: VectorPeers | None, question: Question, *, with_hnsw: bool) -> dict[str, Answer]:
    """Everybody, one after the other."""
    dense = await ours.dense(question.user, question.vector, count=NEAREST)
    fused = await ours.graphql(question.user, question.text, count=NEAREST)
    answers = {
        "dense": _answer(question, dense.seconds, dense.rows),
        "dense statement": _answer(question, dense.statement),
        "fused statement": _answer(question, fused.statement),
        "fused inside": _answer(question, await ours.inside(question.user)),
        "graphql": _answer(question, fused.seconds),
    }
    if with_hnsw:
        hnsw = await ours.hnsw(question.user, question.vector, count=NEAREST)
        answers["hnsw"] = _answer(question, hnsw.seconds, hnsw.rows)
    if peers is not None:
        theirs = peers.nearest(user=question.user.number, question=question.number, count=NEAREST)
        answers |= {name: _answer(question, found.seconds, found.rows) for name, found in theirs.items()}
    return answers


def _answer(question: Question, seconds: float, rows: frozenset[int] = frozenset()) -> Answer:
    return Answer(seconds, len(rows & question.nearest) / len(question.nearest), question.on_topic)


def _told(answers: Sequence[Answer]) -> dict[str, Any]:
    """Over all questions; recall is that of the kind of questions that fared worse."""
    kinds = {
        kind: [answer for answer in answers if answer.on_topic is on_topic]
        for kind, on_topic in (("on_topic", True), ("off_topic", False))
    }
    each = {
        kind: {**_latency(some), "recall@10": round(mean(answer.recall for answer in some), 4)}
        for kind, some in kinds.items()
    }
    return {**_latency(answers), "recall@10": min(one["recall@10"] for one in each.values()), **each}


def _latency(answers: Sequence[Answer]) -> dict[str, float]:
    times = [1_000 * answer.seconds for answer in answers]
    cuts = quantiles(times, n=20, method="inclusive") if len(times) > 1 else times * 19
    return {"p50_ms": round(cuts[9], 2), "p95_ms": round(cuts[18], 2)}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.vector_search", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--users", type=int, help="in the table (default: as many as make 200,000 chunks)")
    parser.add_argument(
        "--chunks", type=int, nargs="+", default=list(SIZES), metavar="N", help="of one user each; default: %(default)s"
    )
    parser.add_argument("--questions", type=int, default=50, help="of each kind, to each user (default: 50)")
    parser.add_argument(
        "--path", choices=["auto", "exact", "hnsw"], default="auto", help="VECTOR_SEARCH (default: auto)"
    )
    parser.add_argument("--no-peers", action="store_true", help="measure only ours")
    parser.add_argument("--seed", type=int, default=1, help="of vectors, texts and questions (default: 1)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave what was filled here, and use it again")
    parser.add_argument("--json", action="store_true", help="print one object and nothing else")
    options = parser.parse_args()
    if options.users is not None and options.users < len(options.chunks) + 1:
        parser.error("--users: one for each size of --chunks, and at least one more")
    if min(options.chunks) < NEAREST:
        parser.error(f"--chunks: at least {NEAREST}")
    return options


if __name__ == "__main__":
    main()
