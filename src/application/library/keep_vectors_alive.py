"""Ask the vector store something every day: a free index that nobody asks for weeks is put to sleep."""

from __future__ import annotations

from dataclasses import dataclass

from application.library.ports.vectors import VectorStore
from application.library.recheck_pages import day_start
from application.shared import Clock, Ticks

KEEP_VECTORS_ALIVE = "library.keep_vectors_alive"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepVectorsAlive:
    """A job, asked for by the schedule until it went well once a day."""

    store: VectorStore
    ticks: Ticks
    clock: Clock

    async def __call__(self) -> None:
        """Errors: Unavailable, RateLimited."""
        began = self.clock()
        await self.store.keep_alive()
        await self.ticks.finish(job=KEEP_VECTORS_ALIVE, tick=day_start(began), at=self.clock())
