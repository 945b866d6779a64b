"""Files of the data folder: made private, written whole, with room checked first."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

from adapters.embedded.errors import DiskFull, FolderUnusable

ROOM_NEEDED = 200_000_000
"""Bytes that must be free before a server is started: a fresh cluster, its log, and something to work with."""


SYSTEM_FOLDER = Path("/var/lib/studiolo")
"""Root's own: the default data folder, and the place of what the servers' system user must reach."""


def data_folder(path: Path) -> Path:
    """The data folder, made if it is missing: private, but others may walk through root's.

    Errors: FolderUnusable.
    """
    return make_folder(path, mode=0o711 if path == SYSTEM_FOLDER else 0o700)


def make_folder(path: Path, *, mode: int = 0o700) -> Path:
    """The folder, made with its parents if it is missing; one that exists is left as it is. Errors: FolderUnusable."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=mode, exist_ok=True)
    except OSError as error:
        raise FolderUnusable(path, (error.strerror or str(error)).lower()) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise FolderUnusable(path, "permission denied")
    return path


def require_room(folder: Path, *, required: int = ROOM_NEEDED, free: Callable[[Path], int] | None = None) -> None:
    """Errors: DiskFull when fewer than `required` bytes are free on the folder's disk."""
    left = shutil.disk_usage(folder).free if free is None else free(folder)
    if left < required:
        raise DiskFull(folder, free=left, required=required)


def write_private(path: Path, text: str) -> None:
    """Replace the file's content in one step, readable by us alone."""
    side = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(side, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    side.replace(path)


def kept_port(file: Path, *, host: str = "127.0.0.1") -> int:
    """The port in `file` if nobody listens there now, else a free one, which is written to the file for next time."""
    try:
        port = int(file.read_text())
    except (FileNotFoundError, ValueError):
        port = 0
    if not port or not is_free(host, port):
        port = free_port(host)
        write_private(file, str(port))
    return port


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
