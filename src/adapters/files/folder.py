"""Original files in a folder: whole or not at all, also when the machine stops in the middle."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterable, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import ParamSpec, TypeVar

from obstore.store import LocalStore, ObjectStore

from adapters.files.keys import safe_key
from adapters.files.objects import FilesUnavailable, ObjectFileStore
from domain.shared import NoSuch

P = ParamSpec("P")
T = TypeVar("T")

_PART_BYTES = 1024 * 1024
_OWNER_ONLY = 0o700


class FolderFileStore(ObjectFileStore):
    """One file a key under `root`, which is made when the first is stored; folders are open to their owner only.

    A file is written beside its place first, then renamed: a reader sees the old one or the new one, never half of one.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._part_bytes = _PART_BYTES
        self._parts_at_once = 1

    @cached_property
    def _opened(self) -> LocalStore:
        return LocalStore(self._root)

    @property
    def _store(self) -> ObjectStore:
        try:
            self._root.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
        except OSError as error:
            raise FilesUnavailable from error
        return self._opened

    async def put(self, key: str, content: AsyncIterable[bytes]) -> None:
        path = self._root / safe_key(key)
        await _in_thread(_make_folders, self._root, path.parent)
        await super().put(key, content)
        # Renamed is not yet written down: only what is synchronised outlives a power cut.
        await _in_thread(_synchronise, path, self._root)

    def local(self, key: str) -> AbstractAsyncContextManager[Path]:
        return self._in_place(self._root / safe_key(key))

    @asynccontextmanager
    async def _in_place(self, path: Path) -> AsyncIterator[Path]:
        if not await _in_thread(path.is_file):
            raise NoSuch("file")
        yield path

    async def delete(self, key: str) -> None:
        await _in_thread(_delete_file, self._root / safe_key(key), self._root)

    async def delete_all(self, *, under: str) -> None:
        await _in_thread(_delete_folder, self._root / safe_key(under), self._root)


async def _in_thread(work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    try:
        return await asyncio.to_thread(work, *arguments, **named)
    except OSError as error:
        raise FilesUnavailable from error


def _make_folders(root: Path, folder: Path) -> None:
    root.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
    for ancestor in reversed(_up_to(root, folder)):
        with suppress(FileNotFoundError):  # emptied and removed meanwhile: the store will make it
            ancestor.mkdir(mode=_OWNER_ONLY, exist_ok=True)


def _synchronise(path: Path, root: Path) -> None:
    with suppress(FileNotFoundError):  # deleted meanwhile
        for place in (path, *_up_to(root, path.parent), root):
            descriptor = os.open(place, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _delete_file(path: Path, root: Path) -> None:
    with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
        path.unlink()
    _delete_empty(path.parent, root)


def _delete_folder(folder: Path, root: Path) -> None:
    with suppress(FileNotFoundError, NotADirectoryError):
        shutil.rmtree(folder)
    _delete_empty(folder.parent, root)


def _delete_empty(folder: Path, root: Path) -> None:
    for ancestor in _up_to(root, folder):
        with suppress(OSError):  # something else is in it
            ancestor.rmdir()


def _up_to(root: Path, folder: Path) -> list[Path]:
    """The folder and those around it, the innermost first, without the root."""
    return [place for place in (folder, *folder.parents) if place.is_relative_to(root) and place != root]
