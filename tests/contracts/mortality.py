"""Processes that die: at a drawn call of a port (the opening of a transaction, a read, a write, a commit).

Just before the call or just after it. A process that died makes no further call: what it would have tidied up is left
as it is, as after a power cut.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from domain.shared import UserId


class Killed(BaseException):
    """The process is gone. Not an Exception: nothing may catch it and go on."""


@dataclass
class Process:
    """Counts the calls of ports, and dies at the one that was drawn: even moments are before a call, odd ones after."""

    dies_at: int | None = None
    moment: int = -1
    dead: bool = False
    commits: int = 0

    def step(self) -> None:
        self.moment += 1
        if self.dead or self.moment == self.dies_at:
            self.dead = True
            raise Killed

    async def call(self, awaited: Awaitable[Any]) -> Any:
        try:
            self.step()
        except Killed:
            if asyncio.iscoroutine(awaited):
                awaited.close()
            raise
        answer = await awaited
        self.step()
        return answer


class Mortal:
    """A port whose every call may be the last."""

    def __init__(self, port: Any, process: Process) -> None:
        self._port, self._process = port, process

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        return lambda *args, **kwargs: self._process.call(method(*args, **kwargs))


class MortalUnit:
    """A unit of work of a process that may die; a transaction that was not committed dies with it."""

    def __init__(self, unit: Any, process: Process) -> None:
        self.users = Mortal(unit.users, process)
        self.credits = Mortal(unit.credits, process)
        self._unit, self._process = unit, process

    async def commit(self) -> None:
        self._process.step()
        await self._unit.commit()
        self._process.commits += 1
        self._process.step()


def mortal(opener: Any, process: Process) -> Any:
    @asynccontextmanager
    async def opened(owner: UserId) -> AsyncIterator[Any]:
        process.step()
        async with opener(owner) as unit:
            yield MortalUnit(unit, process)

    return opened


@dataclass
class Statistics:
    """What a run did: steps by name, and how many of them were killed, refused or found done before."""

    steps: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    machines: int = 0
    lines: int = 0

    def __str__(self) -> str:
        steps = ", ".join(f"{name} {number}" for name, number in sorted(self.steps.items()))
        ends = ", ".join(f"{name} {number}" for name, number in sorted(self.outcomes.items()))
        return (
            f"{self.machines} runs, {self.steps.total()} steps ({steps}); {ends}; "
            f"{self.lines} lines of the ledger checked"
        )
