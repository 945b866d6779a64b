"""The worker's side of the embedding engine: starts it, wakes it, starts it again when it ended, lets it end first."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

import structlog
from dramatiq import Broker, Worker
from dramatiq.middleware import Middleware

COMMAND = (sys.executable, "-m", "entrypoints.worker.engine")

_SETTLED = 3.0
"""Seconds after which it is started when nobody wakes it earlier: the worker and the API start first."""

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_HEALTHY_AFTER = 60.0

_PATIENCE = 8.0
"""Seconds that a worker which stops waits for it. Whoever waits for the worker waits ten."""

_log = structlog.get_logger(__name__)


class EngineProcess(Middleware):
    """Runs with the worker, in a session of its own: a signal to the worker's group, or its death, does not cut it off.

    It then finds the end of its input, and ends when the batch in flight is stored.
    """

    def __init__(self, command: Sequence[str] = COMMAND, *, settled: float = _SETTLED) -> None:
        self._command = command
        self._settled = settled
        self._lock = threading.Lock()
        self._wanted, self._stopping = threading.Event(), threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._asked_to_stop_at = 0.0

    def wake(self) -> None:
        """Something waits for a vector. One that is being started looks anyway."""
        self._wanted.set()
        with self._lock:
            self._tell(b".")

    def after_worker_boot(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002
        threading.Thread(target=self._keep, name="embedding engine", daemon=True).start()

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002
        self._asked_to_stop_at = time.monotonic()
        self._stopping.set()
        self._wanted.set()
        with self._lock:
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.close()

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002
        process = self._process
        if process is None:
            return
        left = self._asked_to_stop_at + _PATIENCE - time.monotonic()
        try:
            process.wait(max(0.1, left))
        except subprocess.TimeoutExpired:
            _log.warning("the embedding engine is left to end by itself", pid=process.pid)

    def _keep(self) -> None:
        self._wanted.wait(self._settled)
        failures = 0
        while (process := self._start()) is not None:
            began = time.monotonic()
            status = process.wait()
            if self._stopping.is_set():
                return
            failures = 0 if time.monotonic() - began > _HEALTHY_AFTER else failures + 1
            pause = min(_FIRST_PAUSE * 2 ** max(0, failures - 1), _LONGEST_PAUSE)
            _log.warning("the embedding engine ended", status=status, again_in=pause)
            self._stopping.wait(pause)

    def _start(self) -> subprocess.Popen[bytes] | None:
        """None when the worker stops."""
        with self._lock:
            if self._stopping.is_set():
                return None
            # Not bound to us by a signal at our death: that is the point of it.
            self._process = subprocess.Popen(  # noqa: S603
                self._command, stdin=subprocess.PIPE, start_new_session=True
            )
            assert self._process.stdin is not None
            os.set_blocking(self._process.stdin.fileno(), False)
            return self._process

    def _tell(self, message: bytes) -> None:
        """What does not arrive is not needed: a full pipe has wakes enough, and one that died looks when it is back."""
        if self._process is None or self._process.stdin is None or self._process.stdin.closed:
            return
        try:
            os.write(self._process.stdin.fileno(), message)
        except (BlockingIOError, BrokenPipeError):
            return
