"""What is paid twice, and what is lost, when the worker is killed again and again.

    .venv/bin/python -m benchmarks.kills [--kills 200] [--sources 50] [--seed N] [--json]

Sources are uploaded and ingested by two workers. At random moments the whole process group of one of them, whichever
it is and whatever it is doing, gets SIGKILL; another is started in its place at once. The embedding server counts how
often each text was asked for. In the end the workers are left alone until all is embedded. Nothing may have been
embedded twice, nothing may be lost, and the requests should be hardly more than if every batch had been full.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks._arrivals import arrival, is_done, progress, upload_all
from benchmarks._stack import Stack, served_by, waited
from tests.wire.embedding_server import EmbeddingServer

_UNLIMITED = 60_000
_TOLERANCE = 1.05
_BATCH = 16


def main() -> None:
    options = _options()
    seed = random.randrange(2**32) if options.seed is None else options.seed
    if not options.json:
        print(f"seed {seed}", flush=True)
    with EmbeddingServer(dialect="openai") as server:
        server.delay = options.delay
        settings = served_by(server, requests_per_minute=_UNLIMITED, EMBEDDING_BATCH_SIZE=str(_BATCH))
        with Stack(settings) as stack:
            results = asyncio.run(_run(stack, server, options, random.Random(seed)))
            if options.logs:
                for log in stack.logs.values():
                    (options.logs / log.name).write_bytes(log.read_bytes())
                (options.logs / "requests.jsonl").write_text(_lines(server))
    results["seed"] = seed
    if options.json:
        json.dump(results, sys.stdout)
        print()
    else:
        _print(results)
    sys.exit(0 if results["ok"] else 1)


async def _run(
    stack: Stack, server: EmbeddingServer, options: argparse.Namespace, chance: random.Random
) -> dict[str, Any]:
    began = time.monotonic()
    async with stack.client() as client:
        uploading = asyncio.create_task(upload_all(client, count=options.sources, size=options.size, seed=options.text))
        met = await _kill_again_and_again(stack, server, options, chance)
        await uploading
    killing = time.monotonic() - began
    done = await asyncio.to_thread(waited, lambda: is_done(stack, options.sources), seconds=options.patience)
    found = arrival(stack, server)
    fewest = found.fewest_requests(_BATCH)
    ok = done and not found.twice and not found.lost and not found.faults and found.requests <= fewest * _TOLERANCE
    return {
        "ok": ok,
        "kills": options.kills,
        **met,
        "sources": found.sources,
        "chunks": found.chunks,
        "texts_embedded": found.texts,
        "embedded_twice": found.twice,
        "lost": found.lost,
        "requests": found.requests,
        "fewest_requests": fewest,
        "killing_seconds": round(killing, 1),
        "seconds": round(time.monotonic() - began, 1),
        "done": done,
        "most_attempts": int(stack.one("select max(attempts) from sources")),
        "faults": list(found.faults),
        "complaints": server.complaints[:5],
    }


async def _kill_again_and_again(
    stack: Stack, server: EmbeddingServer, options: argparse.Namespace, chance: random.Random
) -> dict[str, int]:
    """How many of the kills came while there was something to do, and while the embedder was being asked."""
    at_work = in_flight = 0
    workers = [stack.start_worker() for _ in range(options.workers)]
    for number in range(options.kills):
        await asyncio.sleep(chance.uniform(0.0, 2 * options.every))
        reading, chunks, vectors = await asyncio.to_thread(progress, stack)
        at_work += bool(reading or chunks > vectors)
        in_flight += bool(server.in_flight)
        doomed = chance.randrange(len(workers))
        await asyncio.to_thread(stack.kill, workers[doomed])
        workers[doomed] = stack.start_worker()
        if options.verbose and number % 10 == 9:
            told = f"{number + 1} kills, {in_flight} of them while the embedder was asked"
            print(f"{told}: {reading} being read, {vectors} of {chunks} embedded", file=sys.stderr)
    return {"kills_at_work": at_work, "kills_in_flight": in_flight}


def _lines(server: EmbeddingServer) -> str:
    told = ({"at": one.at, "status": one.status, "count": len(one.texts)} for one in server.requests)
    return "".join(f"{json.dumps(line)}\n" for line in told)


def _print(results: Mapping[str, Any]) -> None:
    titles = (
        "kills | while at work | while asking | sources | chunks | embedded twice | lost | requests | if all were full"
    )
    print(f"| {titles} | s |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    names = ("kills", "kills_at_work", "kills_in_flight", "sources", "chunks", "embedded_twice", "lost", "requests")
    print("|", " | ".join(str(results[name]) for name in (*names, "fewest_requests", "seconds")), "|")
    for fault in results["faults"]:
        print(fault)
    if not results["done"]:
        print("not everything was embedded in time")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kills", description=(__doc__ or "").split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--kills", type=int, default=200, help="default: 200")
    parser.add_argument("--sources", type=int, default=50, help="default: 50")
    parser.add_argument("--size", type=int, default=100, help="paragraphs of each source (default: 100)")
    parser.add_argument("--delay", type=float, default=0.7, help="seconds of each embedding request (default: 0.7)")
    parser.add_argument("--workers", type=int, default=2, help="default: 2")
    parser.add_argument("--every", type=float, default=2.5, help="mean seconds between two kills (default: 2.5)")
    parser.add_argument("--patience", type=float, default=600.0, help="seconds after the last kill (default: 600)")
    parser.add_argument("--seed", type=int, default=None, help="of the moments; default: by chance")
    parser.add_argument("--text", type=int, default=1_000, help="seed of the texts (default: 1000)")
    parser.add_argument("--logs", type=Path, default=None, help="folder for the processes' logs")
    parser.add_argument("--verbose", action="store_true", help="say how it goes")
    parser.add_argument("--json", action="store_true", help="print one object and nothing else")
    return parser.parse_args()


if __name__ == "__main__":
    main()
