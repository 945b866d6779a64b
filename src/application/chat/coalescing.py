"""Pieces of a stream, gathered into frames: a fast model must not mean a thousand frames a second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import TypeVar

T = TypeVar("T")

_MOST_WAITING = 1_000
"""Pieces; a model that is faster than whoever reads waits for it."""


async def coalesced(pieces: AsyncGenerator[T, None], frame: float) -> AsyncGenerator[list[T], None]:
    """What has come, at most once in `frame` seconds; the first piece at once.

    It ends or fails as the stream does, after all that came before was given. Closing it closes the stream.
    """
    arrived: asyncio.Queue[T | None] = asyncio.Queue(_MOST_WAITING)
    loop = asyncio.get_running_loop()

    async def pump() -> None:
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    await arrived.put(piece)
        finally:
            # Who waits for a piece is woken; where the queue is full nobody waits.
            with suppress(asyncio.QueueFull):
                arrived.put_nowait(None)

    pumping = asyncio.create_task(pump())
    try:
        while True:
            first = await arrived.get()
            gathered = [] if first is None else [first]
            while not arrived.empty():
                if (piece := arrived.get_nowait()) is not None:
                    gathered.append(piece)
            if gathered:
                given = loop.time()
                yield gathered
                if not pumping.done():
                    await asyncio.sleep(max(0.0, frame - (loop.time() - given)))
            if pumping.done() and arrived.empty():
                break
        await pumping
    finally:
        pumping.cancel()
        await asyncio.wait([pumping])
        if not pumping.cancelled():
            pumping.exception()  # looked at: of a stream that nobody reads any more a failure is no news
