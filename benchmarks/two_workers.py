"""Whether several workers on one budget keep to it together, counted by the embedding server itself.

    .venv/bin/python -m benchmarks.two_workers [--per-minute 6] [--minutes 3] [--workers 2] [--json]

The server does not refuse anything: it only counts. What it counts is the most requests in any sliding minute, which
may never be more than the budget, and how much of the budget was used.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from typing import Any

from benchmarks._arrivals import arrival, upload_all
from benchmarks._stack import Stack, served_by
from tests.wire.embedding_server import EmbeddingServer

_BATCH = 16


def main() -> None:
    options = _options()
    with EmbeddingServer(dialect="openai") as server:
        server.delay = 0.3
        settings = served_by(server, requests_per_minute=options.per_minute, EMBEDDING_BATCH_SIZE=str(_BATCH))
        with Stack(settings) as stack:
            results = asyncio.run(_run(stack, server, options))
    if options.json:
        json.dump(results, sys.stdout)
        print()
    else:
        print("| workers | requests a minute | s | most in a sliding minute | requests | embedded twice |")
        print("| --- | --- | --- | --- | --- | --- |")
        names = ("workers", "per_minute", "seconds", "most_in_a_minute", "requests", "embedded_twice")
        print("|", " | ".join(str(results[name]) for name in names), "|")
    sys.exit(0 if results["ok"] else 1)


async def _run(stack: Stack, server: EmbeddingServer, options: argparse.Namespace) -> dict[str, Any]:
    needed = int(options.per_minute * (options.minutes + 2)) * _BATCH
    for _ in range(options.workers):
        stack.start_worker()
    async with stack.client() as client:
        await upload_all(client, count=10, size=needed // 10, seed=5_000)
        began = time.monotonic()
        await asyncio.sleep(options.minutes * 60)
    found = arrival(stack, server)
    most = server.most_within(60)
    return {
        "ok": 0 < most <= options.per_minute and not found.twice,
        "workers": options.workers,
        "per_minute": options.per_minute,
        "seconds": round(time.monotonic() - began),
        "most_in_a_minute": most,
        "requests": found.requests,
        "at": [round(request.at - server.requests[0].at, 1) for request in server.requests],
        "sizes": [len(request.texts) for request in server.requests],
        "embedded_twice": found.twice,
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.two_workers", description=(__doc__ or "").split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--per-minute", type=int, default=6, help="requests a minute (default: 6)")
    parser.add_argument("--minutes", type=float, default=3, help="default: 3")
    parser.add_argument("--workers", type=int, default=2, help="default: 2")
    parser.add_argument("--json", action="store_true", help="print one object and nothing else")
    return parser.parse_args()


if __name__ == "__main__":
    main()
