"""A worker process: one Application, opened inside its event loop by the first who needs it, closed when it stops."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from multiprocessing import parent_process

from dramatiq import Broker, Worker
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.middleware import Middleware

from adapters.embedded.processes import die_with_parent
from application.app import Application


class RunningApplication:
    """`await running()` is the process's Application. Every job and every periodic task shares it, and one loop."""

    def __init__(self, opener: Callable[[], AbstractAsyncContextManager[Application]]) -> None:
        self._opener = opener
        self._application: Application | None = None
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()

    async def __call__(self) -> Application:
        async with self._opening:
            if self._application is None:
                self._application = await self._stack.enter_async_context(self._opener())
            return self._application

    async def close(self) -> None:
        """Give connections back."""
        await self._stack.aclose()
        self._application = None


class Lifecycle(Middleware):
    """Ends with the master, and closes the Application when the worker stops.

    A worker process would survive its master and go on taking jobs. It is killed instead, at once and without a word:
    what it was doing is given to another, as after any crash.
    """

    def __init__(self, running: RunningApplication) -> None:
        self._running = running

    def after_process_boot(self, broker: Broker) -> None:  # noqa: ARG002
        master = parent_process()
        if master is not None and master.pid is not None:
            die_with_parent(master.pid, signal.SIGKILL)

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002
        loop = get_event_loop_thread()
        if loop is not None:
            loop.run_coroutine(self._running.close())
