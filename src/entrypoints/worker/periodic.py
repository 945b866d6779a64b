"""What a worker does every few seconds, beside its jobs: look for work that was lost.

Every worker process does it, so what is repeated here must be harmless when two do it at once. (What must happen once
for all workers claims its tick in the database first.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from dramatiq import Broker, Worker
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.middleware import Middleware

from application.app import Application
from domain.shared import Unavailable

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodic:
    """`work`, again and again with `every` seconds between an end and the next beginning."""

    name: str
    every: float
    work: Callable[[Application], Awaitable[object]]


class PeriodicWork(Middleware):
    """Runs them in the worker's event loop from its boot until it stops taking jobs."""

    def __init__(self, tasks: Sequence[Periodic], running: Callable[[], Awaitable[Application]]) -> None:
        self._tasks = tasks
        self._running = running
        self._started: list[asyncio.Task[None]] = []

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002
        _in_loop(self._start())

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002
        _in_loop(self._stop())

    async def _start(self) -> None:
        self._started = [asyncio.create_task(self._repeat(task), name=task.name) for task in self._tasks]

    async def _stop(self) -> None:
        for started in self._started:
            started.cancel()
        await asyncio.gather(*self._started, return_exceptions=True)

    async def _repeat(self, task: Periodic) -> None:
        while True:
            try:
                await task.work(await self._running())
            except Unavailable as fault:
                _log.warning("periodic work put off", work=task.name, reason=fault.message)
            except Exception:  # noqa: BLE001 (the next round may go well)
                _log.warning("periodic work failed", work=task.name, exc_info=True)
            await asyncio.sleep(task.every)


def _in_loop(work: Awaitable[None]) -> None:
    thread = get_event_loop_thread()
    assert thread is not None, "the event loop's middleware stands before this one"
    thread.run_coroutine(work)
