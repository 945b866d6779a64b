"""Source signals within one process."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from application.library.ports import SourceSignals
from domain.shared import SourceId


class MemorySourceSignals(SourceSignals):
    """`reminder` is the longest time between two yields, in seconds."""

    def __init__(self, *, reminder: float = 1.0) -> None:
        self._listeners: dict[SourceId, set[asyncio.Event]] = defaultdict(set)
        self._reminder = reminder

    async def announce(self, source_id: SourceId) -> None:
        for heard in self._listeners.get(source_id, ()):
            heard.set()

    @asynccontextmanager
    async def listen(self, source_id: SourceId) -> AsyncIterator[AsyncGenerator[None, None]]:
        heard = asyncio.Event()
        self._listeners[source_id].add(heard)
        try:
            yield self._moments(heard)
        finally:
            self._listeners[source_id].discard(heard)
            if not self._listeners[source_id]:
                del self._listeners[source_id]

    async def _moments(self, heard: asyncio.Event) -> AsyncGenerator[None, None]:
        while True:
            try:
                async with asyncio.timeout(self._reminder):
                    await heard.wait()
            except TimeoutError:
                yield
                continue
            heard.clear()
            yield
