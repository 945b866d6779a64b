"""What a client sees of its turns when the API that runs them is killed again and again.

    .venv/bin/python -m benchmarks.turn_kills [--kills 100] [--clients 5] [--seed N] [--json]

Two API processes stand side by side on the same stores, with a model that takes two seconds for an answer. Clients
ask one of them, over WebSockets, and read. At a random moment that process gets SIGKILL; its clients go on at the other
one, with `resumeTurn` from the last event that they saw, or with their turn key where they saw none. Then the dead one
is started again, and the next kill is the other's.

Every client must have seen the events of its turn once and in order, 1, 2, 3 and so on, to TurnCompleted or to a
TurnFailed that says LOST; the words of a completed one must be its message. In the end nothing may be held, the ledger
must have what the clients were told that they paid, and only completed turns may have cost anything.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from websockets.exceptions import WebSocketException

from adapters.embedded.folders import free_port
from benchmarks._stack import Stack
from entrypoints.cli.client import OperationFailed

_EVENTS = """
    __typename turnId seq
    ... on TextDelta { text }
    ... on TurnCompleted { message { content } creditsCharged }
    ... on TurnFailed { code creditsCharged }
"""
_CHAT = f"subscription ($input: ChatInput!) {{ chat(input: $input) {{ {_EVENTS} }} }}"
_RESUME = f"subscription ($id: ID!, $after: Int!) {{ resumeTurn(turnId: $id, afterSeq: $after) {{ {_EVENTS} }} }}"
_FINAL = ("TurnCompleted", "TurnFailed")
_WORDS, _PAUSE = 100, 0.02
_PATIENCE = 90.0


@dataclass
class Reader:
    """One client, one turn."""

    user: str
    port: int
    key: str = field(default_factory=lambda: uuid4().hex)
    events: list[dict[str, Any]] = field(default_factory=list)
    resumed: int = 0

    @property
    def is_done(self) -> bool:
        return bool(self.events) and self.events[-1]["__typename"] in _FINAL

    async def read(self, stack: Stack, ports: list[int]) -> None:
        """To the end, at whichever API answers."""
        deadline = time.monotonic() + _PATIENCE
        while not self.is_done and time.monotonic() < deadline:
            with suppress(WebSocketException, OSError, httpx2.HTTPError):
                try:
                    await self._follow(stack)
                except OperationFailed as refused:
                    if "SERVICE_UNAVAILABLE" not in str(refused):
                        raise
            if not self.is_done:
                self.resumed += 1
                self.port = next(port for port in ports if port != self.port)
                await asyncio.sleep(0.1)

    async def _follow(self, stack: Stack) -> None:
        async with stack.client(self.user, port=self.port) as client:
            if self.events:
                asked = {"id": self.events[0]["turnId"], "after": self.events[-1]["seq"]}
                events = client.events(_RESUME, asked, "resumeTurn")
            else:
                events = client.events(_CHAT, {"input": {"message": self.key, "turnKey": self.key}}, "chat")
            async with aclosing(events):
                async for event in events:
                    self.events.append(event)

    def fault(self) -> str | None:
        """What is wrong with what it saw."""
        if not self.is_done:
            return f"no end after {_PATIENCE:.0f} s: {self.events[-1:]}"
        numbers = [event["seq"] for event in self.events]
        if numbers != list(range(1, len(numbers) + 1)):
            return f"not once and in order: {numbers}"
        last = self.events[-1]
        if last["__typename"] == "TurnFailed":
            return None if (last["code"], last["creditsCharged"]) == ("LOST", 0) else str(last)
        words = "".join(event.get("text", "") for event in self.events)
        return None if words == last["message"]["content"] else "the words are not the message"


def main() -> None:
    options = _options()
    seed = random.randrange(2**32) if options.seed is None else options.seed
    if not options.json:
        print(f"seed {seed}", flush=True)
    with Stack() as stack:
        results = asyncio.run(_run(stack, options, random.Random(seed)))
    results["seed"] = seed
    if options.json:
        json.dump(results, sys.stdout)
        print()
    else:
        _print(results)
    sys.exit(0 if results["ok"] else 1)


async def _run(stack: Stack, options: argparse.Namespace, chance: random.Random) -> dict[str, Any]:
    began = time.monotonic()
    api = Path(__file__).with_name("_unhurried_api.py")
    command = [sys.executable, str(api), str(_WORDS), str(_PAUSE)]
    ports = [free_port(), free_port()]
    apis = {port: await asyncio.to_thread(stack.start_api, port=port, command=command) for port in ports}
    readers: list[Reader] = []
    reading: list[asyncio.Task[None]] = []
    for kill in range(options.kills):
        doomed = ports[kill % 2]
        fresh = [Reader(user=f"bench-{chance.randrange(50)}-{kill}-{at}", port=doomed) for at in range(options.clients)]
        readers += fresh
        reading += [asyncio.create_task(reader.read(stack, ports)) for reader in fresh]
        await asyncio.sleep(chance.uniform(0.0, _WORDS * _PAUSE * 1.3))
        await asyncio.to_thread(stack.kill, apis[doomed])
        apis[doomed] = await asyncio.to_thread(stack.start_api, port=doomed, command=command)
        if options.verbose and kill % 10 == 9:
            print(f"{kill + 1} kills, {sum(reader.is_done for reader in readers)} turns ended", file=sys.stderr)
    await asyncio.gather(*reading)
    faults = [fault for reader in readers if (fault := reader.fault())]
    ends = Counter(reader.events[-1]["__typename"] if reader.is_done else "none" for reader in readers)
    charged = sum(reader.events[-1]["creditsCharged"] for reader in readers if reader.is_done)
    in_ledger = int(stack.one("select coalesce(sum(cost), 0) from credit_logs where operation = 'CHAT'"))
    held = int(stack.one("select coalesce(sum(amount), 0) from credit_holds where status = 'ACTIVE'"))
    running = int(stack.one("select count(*) from turns where status = 'RUNNING'"))
    return {
        "ok": not faults and charged == in_ledger and held == 0 and running == 0,
        "kills": options.kills,
        "turns": len(readers),
        "resumed": sum(reader.resumed > 0 for reader in readers),
        "completed": ends["TurnCompleted"],
        "lost": ends["TurnFailed"],
        "events": sum(len(reader.events) for reader in readers),
        "charged": charged,
        "in_ledger": in_ledger,
        "held": held,
        "running": running,
        "faults": faults[:10],
        "seconds": round(time.monotonic() - began, 1),
    }


def _print(results: Mapping[str, Any]) -> None:
    names = ("kills", "turns", "resumed", "completed", "lost", "events", "charged", "in_ledger", "held", "seconds")
    print("|", " | ".join(name.replace("_", " ") for name in names), "|")
    print("|", " | ".join("---" for _ in names), "|")
    print("|", " | ".join(str(results[name]) for name in names), "|")
    for fault in results["faults"]:
        print(fault)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.turn_kills", description=(__doc__ or "").split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--kills", type=int, default=100, help="default: 100")
    parser.add_argument("--clients", type=int, default=5, help="turns that each kill cuts short (default: 5)")
    parser.add_argument("--seed", type=int, default=None, help="of the moments; default: by chance")
    parser.add_argument("--verbose", action="store_true", help="say how it goes")
    parser.add_argument("--json", action="store_true", help="print one object and nothing else")
    return parser.parse_args()


if __name__ == "__main__":
    main()
