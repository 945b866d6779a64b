"""Keeps services running: starts them in order, restarts what ends, stops all in the opposite order."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Protocol, Self

from adapters.embedded.errors import CannotStart
from adapters.embedded.processes import spawn, stop
from adapters.embedded.starting import size_of, wait_until_ready

_LOOK_EVERY = 0.2
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_HEALTHY_AFTER = 60.0
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Service(Protocol):
    """Something that runs beside us: an embedded server, or a command of ours."""

    @property
    def name(self) -> str: ...
    def start(self) -> None:
        """Return when it works. Errors: CannotStart."""
        ...

    def is_running(self) -> bool: ...
    def stop(self) -> None: ...


class Command:
    """One of our own commands as a child, in a session of its own, with its log in a file.

    `is_ready` is asked until it says yes; without it the command counts as ready at once.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        is_ready: Callable[[], bool] | None = None,
        patience: float = 10.0,
    ) -> None:
        self.name = name
        self._arguments = arguments
        self._environment = environment
        self._log = log
        self._is_ready = is_ready or (lambda: True)
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def line(*arguments: str) -> list[str]:
        """How a command of ours is run as a process."""
        return [sys.executable, "-m", "entrypoints.cli", *arguments]

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        since = size_of(self._log)
        self._process = spawn(
            self.line(*self._arguments),
            folder=Path.cwd(),
            # Whatever it was doing is safe to lose; that its port is free at once is worth more than a last word.
            death_signal=signal.SIGKILL,
            log=self._log,
            environment=self._environment,
        )
        wait_until_ready(self.name, self._process, self._is_ready, log=self._log, since=since, patience=60.0)

    def ask_to_stop(self) -> None:
        """Do not wait: others can be asked meanwhile. Only the command itself is told; its own children are its own."""
        if self._process is not None and self.is_running():
            self._process.terminate()

    def stop(self) -> None:
        if self._process is not None:
            stop(self._process, signals=[(signal.SIGTERM, self._patience)])
            self._process = None


@dataclass(slots=True)
class _Watched:
    service: Service
    started_at: float
    failures: int = 0
    due_at: float | None = None


@dataclass(slots=True)
class Supervisor:
    """`with Supervisor(tell) as supervisor:` stops everything at the end. `tell` is given lines for a person."""

    tell: Callable[[str], None]
    _watched: list[_Watched] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, service: Service) -> None:
        """Start it and watch it from now on. Errors: CannotStart, when the first start fails."""
        # Watched before it is started: an interrupt in the middle of its start must stop it too.
        watched = _Watched(service, started_at=time.monotonic())
        self._watched.append(watched)
        service.start()
        watched.started_at = time.monotonic()

    def watch(self) -> None:
        """Restart what ends, until a signal interrupts (`Interrupted`)."""
        while True:
            for watched in self._watched:
                self._look_after(watched)
            time.sleep(_LOOK_EVERY)

    def stop(self) -> None:
        """The commands together, then the servers that they need, last started first stopped."""
        for watched in self._watched:
            if isinstance(watched.service, Command):
                watched.service.ask_to_stop()
        for watched in reversed(self._watched):
            watched.service.stop()
        self._watched.clear()

    def _look_after(self, watched: _Watched) -> None:
        now = time.monotonic()
        if watched.due_at is None:
            if watched.service.is_running():
                return
            if now - watched.started_at > _HEALTHY_AFTER:
                watched.failures = 0
            pause = min(_FIRST_PAUSE * 2**watched.failures, _LONGEST_PAUSE)
            watched.due_at = now + pause
            self.tell(f"{watched.service.name} ended; it is started again in {pause:g} s.")
        elif now >= watched.due_at:
            watched.due_at = None
            watched.failures += 1
            try:
                watched.service.start()
            except CannotStart as error:
                self.tell(str(error))
            else:
                self.tell(f"{watched.service.name} is up again.")
            watched.started_at = time.monotonic()


class Interrupted(BaseException):
    """A signal asks us to stop."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal end the block with `Interrupted`, once: while we stop they are ignored."""

    def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        for each in _STOP_SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted

    for each in _STOP_SIGNALS:
        # Who started us with `nohup` wants us to outlive the terminal.
        if each is not signal.SIGHUP or signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, interrupt)
    yield
