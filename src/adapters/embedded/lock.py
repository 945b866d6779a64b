"""One starter for each data folder: a lock that the kernel drops when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from adapters.embedded.errors import AlreadyRunning
from adapters.embedded.folders import data_folder


class StarterLock:
    """`with StarterLock(folder): ...` holds the data folder. Errors: AlreadyRunning, FolderUnusable."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        data_folder(self._folder)
        descriptor = os.open(_file(self._folder), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise AlreadyRunning(self._folder, holder_of(self._folder)) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def holder_of(folder: Path) -> int | None:
    """The process that holds the folder's lock now; None when nobody does. The file alone proves nothing."""
    try:
        descriptor = os.open(_file(folder), os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return int(os.read(descriptor, 20) or b"0") or None
    else:
        return None
    finally:
        os.close(descriptor)


def _file(folder: Path) -> Path:
    return folder / "lock"
