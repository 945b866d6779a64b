"""What the product's streams cost beside a bare Strawberry subscription: latency, events per second, memory.

    .venv/bin/python -m benchmarks.streaming [--sockets 1000] [--turns 100] [--seconds 20] [--rounds 2] [--json]

Two servers, one process each, stream the same scripted words over graphql-transport-ws: the product's API (a token, a
conversation, credits, a turn in a log that outlives its client) and a bare one (Strawberry, Starlette, uvicorn, `async
for` over a generator). Both are measured with the same client, by turns in the same run.

First event: one turn at a time. The script takes a moment before its first word, and the word says when the script was
asked and when it spoke; what the client waited beyond that is what the server added. It is split in "before" (from the
request to asking the model: store the question, hold credits, look into the sources) and "after" (from the model's
first word to the client). The product is asked by a user without sources and by one who has the sample book.

Many sockets: in each round both servers are started afresh. "idle" is what a signed-in socket without operation adds to
the resident memory of the process; "active" is what a subscription adds to that, with the turn that it follows, which
runs in the same process. Events per second per core are those that clients received, over the processor seconds that
the API process took meanwhile; PostgreSQL and Valkey work in processes of their own and are not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from statistics import mean, quantiles
from typing import Any

from benchmarks._scripted_stream import Script, own_time
from benchmarks._sockets import Socket
from benchmarks._stack import Stack
from benchmarks._streaming_servers import SOCKETS_OF_ONE_USER, Server, bare, product, python_path
from entrypoints.cli import demo_operations as operations
from entrypoints.cli.client import StudioloClient
from entrypoints.cli.sample_library import SAMPLE

_QUESTION = Script(wait=0.05, words=2, pause=0.05)
_WARM_UP = 5
_AT_ONCE = 20
"""Sockets opened, and turns begun, at a time."""
_SETTLING = 2.0


def main() -> None:
    options = _options()
    with Stack({"PYTHONPATH": python_path(), "CHAT_ANSWER_SECONDS": "3600"}) as stack:
        results = asyncio.run(_run(stack, options))
    if options.json:
        json.dump(results, sys.stdout)
        print()
    else:
        _print(results)


async def _run(stack: Stack, options: argparse.Namespace) -> dict[str, Any]:
    load = os.getloadavg()[0]
    reader = "bench-reader"
    worker = await asyncio.to_thread(stack.start_worker)
    async with stack.client(reader) as client:
        await _read_sample(client)
    await asyncio.to_thread(stack.kill, worker)
    async with product(stack, ["bench-asker"]) as asker, bare(stack) as other:
        with_book = Server(name="product", port=asker.port, process=asker.process, tokens=[stack.token(reader)])
        servers = {"product": asker, "product, one book": with_book, "bare": other}
        latencies = await _latencies(servers, options.turns)
    rounds: dict[str, list[dict[str, float]]] = {"product": [], "bare": []}
    users = [f"bench-{number}" for number in range(-(-options.sockets // SOCKETS_OF_ONE_USER))]
    for _ in range(options.rounds):
        async with product(stack, users) as server:
            rounds["product"].append(await _crowd(server, options))
        async with bare(stack) as server:
            rounds["bare"].append(await _crowd(server, options))
    return {
        "load": round(load, 1),
        "sockets": options.sockets,
        "turns": options.turns,
        "first_event_ms": latencies,
        "crowd": rounds,
    }


async def _latencies(servers: Mapping[str, Server], turns: int) -> dict[str, Any]:
    """Milliseconds: of each server in turn, one turn each time."""
    waits: dict[str, list[tuple[float, float]]] = {name: [] for name in servers}
    sockets = {name: await server.socket() for name, server in servers.items()}
    for turn in range(_WARM_UP + turns):
        for name, server in servers.items():
            wait = await _first_word(server, sockets[name])
            if turn >= _WARM_UP:
                waits[name].append(wait)
    for socket in sockets.values():
        await socket.close()
    return {
        name: {
            "before": _spread([before for before, _ in each]),
            "after": _spread([after for _, after in each]),
            "added": _spread([before + after for before, after in each]),
        }
        for name, each in waits.items()
    }


async def _first_word(server: Server, socket: Socket) -> tuple[float, float]:
    """Milliseconds from the request to asking the model, and from its first word to the client; then the rest."""
    sent = await server.ask(socket, _QUESTION)
    waits: tuple[float, float] | None = None
    async for came, text in socket.words():
        if waits is None:
            asked, given = own_time(text)
            waits = ((asked - sent) / 1e6, (came - given) / 1e6)
    if waits is None:
        raise RuntimeError("there were no words")
    return waits


async def _crowd(server: Server, options: argparse.Namespace) -> dict[str, float]:
    """One round with many sockets."""
    script = Script(wait=0.05, words=100_000, pause=options.pause)
    warming = await server.socket()
    for _ in range(_WARM_UP):
        await _first_word(server, warming)
    await asyncio.sleep(_SETTLING)
    alone = server.memory()
    doors = asyncio.Semaphore(_AT_ONCE)
    sockets = await asyncio.gather(*(_through(doors, server.socket(number)) for number in range(options.sockets)))
    await asyncio.sleep(_SETTLING)
    idle = server.memory()
    reading = [asyncio.create_task(_keep_reading(server, socket, script, doors)) for socket in sockets]
    try:
        while not all(socket.received for socket in sockets):
            _check(reading)
            await asyncio.sleep(0.1)
        await asyncio.sleep(_SETTLING)
        began, events, spent = time.monotonic(), sum(socket.received for socket in sockets), server.processor_seconds()
        await asyncio.sleep(options.seconds)
        spent = server.processor_seconds() - spent
        events = sum(socket.received for socket in sockets) - events
        seconds = time.monotonic() - began
        active = server.memory()
        _check(reading)
    finally:
        for each in reading:
            each.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
    return {
        "process_mb": round(alone / 1e6, 1),
        "idle_kb": round((idle - alone) / 1e3 / options.sockets, 1),
        "active_kb": round((active - idle) / 1e3 / options.sockets, 1),
        "events_per_second": round(events / seconds, 1),
        "events_per_core_second": round(events / spent, 1),
        "cores": round(spent / seconds, 2),
    }


def _check(reading: Sequence[asyncio.Task[None]]) -> None:
    """No stream ended: that would be a fault, which is raised."""
    for each in reading:
        if each.done():
            each.result()
            raise RuntimeError("a stream ended before its time")


async def _through(doors: asyncio.Semaphore, opening: Any) -> Any:
    async with doors:
        return await opening


async def _keep_reading(server: Server, socket: Socket, script: Script, doors: asyncio.Semaphore) -> None:
    async with doors:
        await server.ask(socket, script)
        words = socket.words()
        await anext(words)
    async with aclosing(words):
        async for _ in words:
            pass


async def _read_sample(client: StudioloClient) -> None:
    added = await client.upload(
        operations.ADD_SOURCE,
        {"input": {"origin": {"file": None}}},
        at="variables.input.origin.file",
        filename="lo_studiolo.pdf",
        content=SAMPLE.read_bytes(),
    )
    source_id = added["addSource"]["source"]["id"]
    async with aclosing(client.events(operations.SOURCE_PROGRESS, {"id": source_id}, "sourceProgress")) as events:
        async for _ in events:
            pass


def _spread(milliseconds: Sequence[float]) -> dict[str, float]:
    cuts = quantiles(milliseconds, n=20, method="inclusive")
    return {"p50": round(cuts[9], 1), "p95": round(cuts[18], 1)}


def _print(results: Mapping[str, Any]) -> None:
    print(f"first event of {results['turns']} turns each, ms p50 / p95 (load {results['load']})")
    print()
    print("| server | before the model | after it | added in all |")
    print("| --- | --- | --- | --- |")
    for name, parts in results["first_event_ms"].items():
        shown = (f"{parts[part]['p50']} / {parts[part]['p95']}" for part in ("before", "after", "added"))
        print(f"| {name} | {' | '.join(shown)} |")
    print()
    names = ("process_mb", "idle_kb", "active_kb", "events_per_second", "cores", "events_per_core_second")
    print(f"{results['sockets']} sockets, mean (and least to most) of {len(results['crowd']['bare'])} rounds")
    print()
    print("| server | process MB | kB an idle socket | kB more active | events/s | cores | events/s per core |")
    print("|", " | ".join("---" for _ in range(len(names) + 1)), "|")
    for name, rounds in results["crowd"].items():
        print(f"| {name} | {' | '.join(_ranged([each[value] for each in rounds]) for value in names)} |")


def _ranged(values: Sequence[float]) -> str:
    return f"{mean(values):.4g} ({min(values):.4g}-{max(values):.4g})" if len(values) > 1 else f"{values[0]:.4g}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.streaming", description=(__doc__ or "").split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--sockets", type=int, default=1_000, help="at the same time (default: 1000)")
    parser.add_argument("--turns", type=int, default=100, help="whose first event is timed (default: 100)")
    parser.add_argument("--pause", type=float, default=5.0, help="seconds between words of a socket (default: 5)")
    parser.add_argument("--seconds", type=float, default=20.0, help="for which events are counted (default: 20)")
    parser.add_argument("--rounds", type=int, default=2, help="with many sockets (default: 2)")
    parser.add_argument("--json", action="store_true", help="print one object and nothing else")
    return parser.parse_args()


if __name__ == "__main__":
    main()
