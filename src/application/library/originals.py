"""Originals: the bytes that a source was made of, where they are kept, and how they are carried."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import TypeAlias

from domain.library import Source
from domain.shared import SourceId, UserId

Content: TypeAlias = Callable[[], AsyncGenerator[bytes, None]]
"""Bytes that can be read more than once, from the beginning each time, piece by piece."""

_PIECE = 256 * 1024


def files_of(owner: UserId, source_id: SourceId) -> str:
    """Where everything of a source is kept. No two sources share it: deleting one never takes from another."""
    return f"{owner}/{source_id}"


def file_key(source: Source) -> str:
    """Where the original of a source is kept: under the hash of its bytes."""
    place = files_of(source.owner, source.id)
    return place if source.file_hash is None else f"{place}/{source.file_hash}"


def in_pieces(data: bytes) -> Content:
    """Bytes that are in memory already."""

    async def pieces() -> AsyncGenerator[bytes, None]:
        for start in range(0, len(data), _PIECE):
            yield data[start : start + _PIECE]

    return pieces


def pieces_of(path: Path) -> Content:
    """The bytes of a local file."""

    async def pieces() -> AsyncGenerator[bytes, None]:
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, _PIECE):
                yield piece

    return pieces
