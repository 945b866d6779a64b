"""From an upload's end to the first correct answer, and how honest the time is that a user is told to wait.

    .venv/bin/python -m benchmarks.first_search [--runs 20] [--pages 100] [--per-minute 20] [--json]

A stack of its own with one worker. Each run uploads a book of 100 pages that nobody has seen, over GraphQL, and asks
for a sentence of one of its pages until that page is found. Time counts from the answer to the upload, and also from
the moment before its first byte was sent. Then books are uploaded and followed over `sourceProgress`, once with the
offline embedder and once with an embedding server that is asked at most so many times a minute; each `etaSeconds` after
the first batch is compared with the time that it really took.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from benchmarks._made_text import a_book
from benchmarks._stack import Stack, served_by
from entrypoints.cli import demo_operations as operations
from entrypoints.cli.client import StudioloClient
from tests.wire.embedding_server import EmbeddingServer

_PAUSE = 0.02
_PATIENCE = 60.0
_ROUNDING = 1.0
"""Seconds: what is told is whole."""
_MARGIN = 0.2
_CITIES = ("Aquileia", "Bobbio", "Cefalonia", "Dervio", "Eraclea", "Fiesole", "Gubbio", "Ivrea", "Loreto", "Matera")


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What was told `remaining` seconds before the end, when so many chunks were embedded."""

    eta: float
    remaining: float
    embedded: int

    @property
    def is_honest(self) -> bool:
        return abs(self.eta - self.remaining) <= max(_MARGIN * self.remaining, _ROUNDING)


def main() -> None:
    options = _options()
    results: dict[str, Any] = {"pages": options.pages, "runs": options.runs}
    with Stack() as stack:
        stack.start_worker()
        results["first_search"] = asyncio.run(_searches(stack, options))
        results["eta_offline"] = asyncio.run(_promises(stack, options, seeds=range(900, 900 + options.promises)))
    with EmbeddingServer(dialect="openai") as server:
        server.delay = 0.3
        with Stack(served_by(server, requests_per_minute=options.per_minute)) as stack:
            stack.start_worker()
            seeds = range(800, 800 + options.promises)
            results["eta_limited"] = asyncio.run(_promises(stack, options, seeds=seeds))
            results["eta_limited"]["per_minute"] = options.per_minute
            results["eta_limited"]["most_in_a_minute"] = server.most_within(60)
    if options.json:
        json.dump(results, sys.stdout)
        print()
    else:
        _print(results)


async def _searches(stack: Stack, options: argparse.Namespace) -> dict[str, Any]:
    answered, whole = [], []
    async with stack.client() as client:
        for run in range(options.runs + 1):
            page = 1 + (37 * run) % options.pages
            city = _CITIES[run % len(_CITIES)]
            sentence = f"Il tesoro numero {run} della cattedrale di {city} venne sepolto accanto al vecchio mulino."
            book = a_book(run, options.pages, at=page, sentence=sentence)
            began = time.perf_counter()
            source_id = await _upload(client, f"libro-{run}.pdf", book)
            uploaded = time.perf_counter()
            query = f"dove venne sepolto il tesoro numero {run} della cattedrale di {city}?"
            await _until_found(client, query, page=page, words=f"tesoro numero {run} della cattedrale di {city}")
            found = time.perf_counter()
            if run:  # the first one meets a worker that has just booted, and is not counted
                answered.append(found - uploaded)
                whole.append(found - began)
            await _settled(client, source_id)
    return {"after_upload": _spread(answered), "with_upload": _spread(whole), "library": options.runs + 1}


async def _until_found(client: StudioloClient, query: str, *, page: int, words: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        found = (await client.run(operations.SEARCH, {"input": {"query": query, "limit": 5}}))["search"]
        for hit in found["hits"]:
            chunk = hit["chunk"]
            if words in " ".join(chunk["content"].split()) and chunk["page"] in (page, page - 1):
                return  # a chunk that begins on the page before may hold it, too
        await asyncio.sleep(_PAUSE)
    raise TimeoutError(f"{query!r} found nothing within {_PATIENCE:g} s")


async def _settled(client: StudioloClient, source_id: str) -> list[tuple[float, dict[str, Any]]]:
    """Everything that `sourceProgress` says until its end, with the moment at which it came."""
    async with aclosing(client.events(operations.SOURCE_PROGRESS, {"id": source_id}, "sourceProgress")) as events:
        told = [(time.monotonic(), event) async for event in events]
    if told[-1][1]["status"] != "READY":
        raise RuntimeError(f"the source was not read: {told[-1][1]['errorMessage']}")
    return told


async def _promises(stack: Stack, options: argparse.Namespace, *, seeds: range) -> dict[str, Any]:
    promises: list[Promise] = []
    took = []
    async with stack.client() as client:
        for seed in seeds:
            source_id = await _upload(client, f"libro-{seed}.pdf", a_book(seed, options.pages))
            told = await _settled(client, source_id)
            end = told[-1][0]
            took.append(end - told[0][0])
            promises += [
                Promise(eta=event["etaSeconds"], remaining=end - at, embedded=event["embeddedChunkCount"])
                for at, event in told
                if event["embeddedChunkCount"] and event["etaSeconds"] is not None
            ]
    honest = sum(promise.is_honest for promise in promises)
    off = [abs(one.eta - one.remaining) / one.remaining for one in promises if one.remaining > 5]
    return {
        "sources": len(took),
        "seconds": [round(each, 1) for each in took],
        "told": len(promises),
        "honest": round(honest / len(promises), 3) if promises else None,
        "median_error": round(sorted(off)[len(off) // 2], 3) if off else None,
        "worst_error": round(max(off), 3) if off else None,
        "promises": [[one.eta, round(one.remaining, 1), one.embedded] for one in promises],
    }


async def _upload(client: StudioloClient, name: str, content: bytes) -> str:
    data = await client.upload(
        operations.ADD_SOURCE,
        {"input": {"origin": {"file": None}}},
        at="variables.input.origin.file",
        filename=name,
        content=content,
    )
    assert not data["addSource"]["duplicate"]
    source_id: str = data["addSource"]["source"]["id"]
    return source_id


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    cuts = quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else [seconds[0]] * 19
    spread = {"p50": cuts[9], "p95": cuts[18], "max": max(seconds)}
    return {name: round(value, 2) for name, value in spread.items()}


def _print(results: Mapping[str, Any]) -> None:
    found = results["first_search"]
    print(f"{results['runs']} books of {results['pages']} pages, each searched for while it is read")
    print()
    print("| until the first correct answer, s | p50 | p95 | max |")
    print("| --- | --- | --- | --- |")
    for name, title in (("after_upload", "from the upload's end"), ("with_upload", "from its beginning")):
        print(f"| {title} | {found[name]['p50']} | {found[name]['p95']} | {found[name]['max']} |")
    print()
    print(
        "| time to wait, as told | sources | s each | told | within 20% or 1 s | median error | worst (over 5 s left) |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, title in (("eta_offline", "offline embedder"), ("eta_limited", "limited server")):
        told = results[name]
        seconds = f"{min(told['seconds'])}-{max(told['seconds'])}"
        errors = f"{told['median_error']} | {told['worst_error']}"
        print(f"| {title} | {told['sources']} | {seconds} | {told['told']} | {told['honest']} | {errors} |")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.first_search", description=(__doc__ or "").split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--runs", type=int, default=20, help="searches (default: 20)")
    parser.add_argument("--pages", type=int, default=100, help="of each book (default: 100)")
    parser.add_argument("--promises", type=int, default=3, help="books whose progress is followed (default: 3)")
    parser.add_argument("--per-minute", type=int, default=20, help="requests of the limited server (default: 20)")
    parser.add_argument("--json", action="store_true", help="print one object and nothing else")
    return parser.parse_args()


if __name__ == "__main__":
    main()
