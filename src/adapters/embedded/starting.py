"""What every server's start has in common: nobody left over from before, then watch the child until it answers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from adapters.embedded.errors import CannotStart, DiskFull, ServerFailed
from adapters.embedded.folders import ROOM_NEEDED, is_free, kept_port
from adapters.embedded.processes import living_in, telling_line_of

HOST = "127.0.0.1"
_STEP = 0.02
_NO_ROOM = "No space left on device"


def wait_for_leftovers(folder: Path, program: str, *, patience: float = 15.0) -> None:
    """Let what a killed supervisor left in `folder` end by itself, and end it after `patience` seconds."""
    deadline = time.monotonic() + patience
    while left := list(living_in(folder, program)):
        if time.monotonic() > deadline:
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(_STEP)


def serve_on_kept_port(file: Path, port: int | None, serve: Callable[[int], None]) -> int:
    """Serve on `port`, or without one on the port kept in `file`; the port that was used.

    A server that is restarted keeps its port, for its clients know it. Errors: those of `serve`.
    """
    if port is not None:
        serve(port)
        return port
    port = kept_port(file)
    try:
        serve(port)
    except ServerFailed:
        if is_free(HOST, port):
            raise
        # Somebody took it between our look and the server's.
        port = kept_port(file)
        serve(port)
    return port


def wait_until_ready(
    name: str, process: subprocess.Popen[bytes], is_ready: Callable[[], bool], *, log: Path, since: int, patience: float
) -> None:
    """Return when the server answers. Errors: ServerFailed or DiskFull when it ended or stayed silent instead.

    `since` is the size that the log had before: what came later says why.
    """
    deadline = time.monotonic() + patience
    while not is_ready():
        if process.poll() is not None:
            raise failure(name, telling_line_of(log, since=since), folder=log.parent, log=log)
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise ServerFailed(name, f"it was not ready within {patience:.0f} seconds", log)
        time.sleep(_STEP)


def failure(name: str, said: str, *, folder: Path, log: Path | None = None) -> CannotStart:
    """The error for what a server said last."""
    if _NO_ROOM in said:
        return DiskFull(folder, free=shutil.disk_usage(folder).free, required=ROOM_NEEDED)
    return ServerFailed(name, said, log)


def size_of(log: Path) -> int:
    """Bytes written to it so far; 0 when it is not there."""
    return log.stat().st_size if log.exists() else 0
