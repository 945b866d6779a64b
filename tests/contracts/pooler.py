"""Carries bytes to PostgreSQL as a pooler does: to its clients it names a process that is none of the server's."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import make_url

_KEY = b"K\x00\x00\x00\x0c"
_NOBODY = struct.pack("!i", 4_000_000)


@asynccontextmanager
async def a_pooler(url: str) -> AsyncIterator[str]:
    """The address of a pooler in front of the server at `url`."""
    parts = make_url(url)

    carrying: set[asyncio.Task[None] | None] = set()

    async def carry(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        carrying.add(asyncio.current_task())
        server, to_server = await asyncio.open_connection(parts.host, parts.port)
        await asyncio.gather(_copy(client, to_server), _copy(server, to_client))

    async with await asyncio.start_server(carry, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        yield parts.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        await asyncio.gather(*filter(None, carrying))


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Until the source says no more; its other direction ends in turn."""
    with suppress(ConnectionError):
        while piece := await source.read(65_536):
            place = piece.find(_KEY)
            if place >= 0:
                start = place + len(_KEY)
                piece = piece[:start] + _NOBODY + piece[start + len(_NOBODY) :]
            target.write(piece)
            await target.drain()
    target.close()
    with suppress(ConnectionError):
        await target.wait_closed()
