"""Original files in a folder: whole or not at all, also when the machine stops in the middle."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import ParamSpec, TypeVar

from application.library.ports import FileStore
from domain.shared import NoSuch, Unavailable

P = ParamSpec("P")
T = TypeVar("T")

_KEY = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*(?:/[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)*")


class UnsafeKey(ValueError):
    """A key is made of letters, digits, `-`, `_`, single dots and slashes: it never leads out of the folder."""


class FilesUnavailable(Unavailable):
    """The folder cannot be written or read: the disk is full, or gone."""

    def __init__(self) -> None:
        super().__init__("Files cannot be stored at the moment.", retry_after=30)


class FolderFileStore(FileStore):
    """One file a key under `root`, which is made if it is missing, readable by its owner only."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, key: str, data: bytes) -> None:
        await _in_thread(self._write, self._path(key), data)

    async def get(self, key: str) -> bytes:
        return await _in_thread(_read, self._path(key))

    async def delete(self, key: str) -> None:
        await _in_thread(_delete, self._path(key))

    async def keys(self, *, under: str) -> Sequence[str]:
        return await _in_thread(self._keys, self._path(under))

    async def delete_all(self, *, under: str) -> None:
        await _in_thread(_delete_folder, self._path(under))

    def _keys(self, folder: Path) -> list[str]:
        files = (path.relative_to(self._root).as_posix() for path in folder.rglob("*") if path.is_file())
        return sorted(key for key in files if _KEY.fullmatch(key))

    def _path(self, key: str) -> Path:
        if len(key) > 200 or not _KEY.fullmatch(key):
            raise UnsafeKey(key)
        return self._root / key

    def _write(self, path: Path, data: bytes) -> None:
        """Beside its place first, then renamed: a reader sees the old file or the new one, never half of one."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".partial")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(temporary).unlink()
            raise
        for folder in (path.parent, self._root):
            _sync_folder(folder)


async def _in_thread(work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    try:
        return await asyncio.to_thread(work, *arguments, **named)
    except OSError as error:
        raise FilesUnavailable from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise NoSuch("file") from None


def _delete_folder(folder: Path) -> None:
    with suppress(FileNotFoundError, NotADirectoryError):
        shutil.rmtree(folder)


def _delete(path: Path) -> None:
    with suppress(FileNotFoundError, NotADirectoryError):
        path.unlink()
    with suppress(OSError):  # the owner's folder, when that was the last file in it
        path.parent.rmdir()
