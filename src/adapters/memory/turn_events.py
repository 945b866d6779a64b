"""Turn events in memory: one process, and nothing kept."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from application.chat.ports import TurnEvents
from domain.chat import ChatEvent
from domain.shared import TurnId


class MemoryTurnEvents(TurnEvents):
    """`reminder` is the longest time between two looks, in seconds."""

    def __init__(self, *, reminder: float = 1.0) -> None:
        self._reminder = reminder
        self._logs: dict[TurnId, dict[int, ChatEvent]] = defaultdict(dict)
        self._grown: dict[TurnId, set[asyncio.Event]] = defaultdict(set)
        self._running: set[TurnId] = set()
        self._stopped: dict[TurnId, asyncio.Event] = defaultdict(asyncio.Event)

    async def append(self, turn_id: TurnId, events: Sequence[ChatEvent]) -> None:
        log = self._logs[turn_id]
        for event in events:
            if event.seq > max(log, default=0):
                log[event.seq] = event
        for woken in self._grown[turn_id]:
            woken.set()

    async def told(self, turn_id: TurnId, *, after_seq: int) -> tuple[ChatEvent, ...]:
        return tuple(event for seq, event in self._logs[turn_id].items() if seq > after_seq)

    @asynccontextmanager
    async def news(self, turn_id: TurnId) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        woken = asyncio.Event()
        self._grown[turn_id].add(woken)

        async def wait() -> None:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._reminder):
                    await woken.wait()
            woken.clear()

        try:
            yield wait
        finally:
            self._grown[turn_id].discard(woken)

    @asynccontextmanager
    async def running(self, turn_id: TurnId) -> AsyncIterator[None]:
        self._running.add(turn_id)
        try:
            yield
        finally:
            self._running.discard(turn_id)

    async def is_running(self, turn_id: TurnId) -> bool:
        return turn_id in self._running

    async def cancel(self, turn_id: TurnId) -> None:
        self._stopped[turn_id].set()

    async def cancelled(self, turn_id: TurnId) -> None:
        await self._stopped[turn_id].wait()
