"""Zip files from strangers: their table of contents is checked before anything is unpacked."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from domain.library import UnreadableSource

_FILES = 5_000
_UNPACKED = 300 * 2**20
_PART = 64 * 2**20
_RATIO = 200
"""Text packs to a tenth, repeated styles to a fiftieth."""
_FREE = 2**20
"""Up to here a part may pack as well as it likes."""
_ENCRYPTED = 0x1


class Archive:
    """The parts of a zip by name, each read whole and of bounded size."""

    def __init__(self, packed: ZipFile, what: str) -> None:
        self._packed = packed
        self._what = what
        self.names = frozenset(packed.namelist())

    def read(self, name: str) -> bytes:
        """The bytes of a part, empty when there is none. Errors: UnreadableSource."""
        if name not in self.names:
            return b""
        try:
            with self._packed.open(name) as part:
                return part.read(_PART)
        except (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
            raise damaged(self._what) from error


@contextmanager
def opened(file: Path, what: str) -> Iterator[Archive]:
    """A zip whose parts are few and small enough, as far as it says itself; reading a part stops at what it said.

    Errors: UnreadableSource.
    """
    try:
        packed = ZipFile(file)
    except (BadZipFile, ValueError, OSError, NotImplementedError, UnicodeDecodeError) as error:
        raise damaged(what) from error
    with packed:
        _check(packed.infolist(), what)
        yield Archive(packed, what)


def damaged(what: str) -> UnreadableSource:
    return UnreadableSource(f"This {what} is damaged and could not be opened. Export or download it again.")


def _check(parts: list[ZipInfo], what: str) -> None:
    if len(parts) > _FILES:
        raise UnreadableSource(f"This {what} has more than {_FILES:,} files in it: it is too large, or made to be.")
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise UnreadableSource(f"This {what} needs a password. Save a copy without a password, and upload that.")
    unpacked = sum(part.file_size for part in parts)
    bombs = (part for part in parts if part.file_size > max(_FREE, _RATIO * part.compress_size))
    if unpacked > _UNPACKED or any(part.file_size > _PART for part in parts) or any(bombs):
        raise UnreadableSource(f"This {what} unpacks to far more than it should: it is too large, or made to be.")
    places = sorted(parts, key=lambda part: part.header_offset)
    for before, after in pairwise(places):
        if before.header_offset + before.compress_size >= after.header_offset:
            raise UnreadableSource(f"This {what} has files that lie over one another: it is damaged, or made to be.")
