"""The embedding engine: a process of its own beside each worker process, `python -m entrypoints.worker.engine`.

What an embedder was asked is paid for. A worker may be killed at any moment; the engine then has its answer all the
same, stores it, and ends. So nothing is paid for twice. Its standard input is its tie to the worker: a byte wakes it,
and the end says that the worker is gone.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from contextlib import suppress

import structlog

from application.app import Application
from domain.shared import Unavailable
from entrypoints import bootstrap
from entrypoints.logging import configure_logging
from entrypoints.settings import Settings, load_settings

GRACE = 25.0
"""Seconds for the batch in flight once the end was asked for: an embedder's slowest answer, and storing it."""

_BEYOND = 3.0
"""Seconds for closing connections, which a server that is gone may not answer."""

_LOOK_AT_PARENT = 1.0
_AFTER_A_FAILURE = 10.0
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

_log = structlog.get_logger(__name__)


class Engine:
    """Drains the queue each time that it is woken, one drain at a time, until it is asked to stop."""

    def __init__(self) -> None:
        self._woken, self._stopping = asyncio.Event(), asyncio.Event()
        self._woken.set()  # what was waiting before we were there

    def wake(self) -> None:
        """Look again, at once or after the present drain."""
        self._woken.set()

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopping.set()
        self._woken.set()

    async def pause(self, seconds: float) -> bool:
        """The `Pause` of its drains."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._stopping.wait()
        return not self._stopping.is_set()

    async def run(self, application: Application) -> None:
        """Until it was asked to stop, and the batch in flight is stored or its time is over."""
        draining = asyncio.create_task(self._drain(application))
        await self._stopping.wait()
        _, late = await asyncio.wait([draining], timeout=GRACE)
        if late:
            _log.warning("a batch in flight is given up", seconds=GRACE)
            draining.cancel()
            await asyncio.wait([draining])

    async def _drain(self, application: Application) -> None:
        while not self._stopping.is_set():
            await self._woken.wait()
            self._woken.clear()
            try:
                await application.library.embed_chunks(pause=self.pause)
            except Unavailable as fault:
                _log.warning("embedding put off", reason=fault.message)
            except Exception:  # noqa: BLE001 (the next round may go well)
                _log.warning("embedding failed", exc_info=True)
            else:
                continue
            await self.pause(_AFTER_A_FAILURE)
            self._woken.set()


async def main(settings: Settings) -> None:
    """Run the engine on standard input, until it ends."""
    engine, loop = Engine(), asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, engine.stop)
    await loop.connect_read_pipe(lambda: _Tie(engine), sys.stdin)
    parent = asyncio.create_task(_leave_with_parent(engine))
    async with bootstrap.running(settings, "worker") as application:
        await engine.run(application)
        parent.cancel()
        _end_soon()


class _Tie(asyncio.Protocol):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def data_received(self, data: bytes) -> None:  # noqa: ARG002
        self._engine.wake()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._engine.stop()


async def _leave_with_parent(engine: Engine) -> None:
    """Should some other child of the worker hold the other end of our input, its end is not told."""
    parent = os.getppid()
    while os.getppid() == parent and await engine.pause(_LOOK_AT_PARENT):
        pass
    engine.stop()


def _end_soon() -> None:
    """Whatever hangs while connections are closed."""
    last_word = threading.Timer(_BEYOND, os._exit, [1])
    last_word.daemon = True
    last_word.start()


if __name__ == "__main__":
    _settings = load_settings()
    configure_logging(_settings.log_level)
    asyncio.run(main(_settings))
