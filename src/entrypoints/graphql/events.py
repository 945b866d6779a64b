"""Server-sent events (graphql-sse, distinct connections): one response, one operation, `next` ... `complete`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

from starlette.types import Receive, Scope, Send

from entrypoints.graphql.negotiation import EVENTS, answer_of, encode

HEARTBEAT = 15.0
"""Seconds between comments on a quiet stream, so that nothing in between takes it for dead."""


class EventStream:
    """Sends the results as they come. When the client goes away the operation's generator is closed at once."""

    def __init__(self, results: AsyncGenerator[Any, None]) -> None:
        self._results = results

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        headers = {
            "content-type": f"{EVENTS}; charset=utf-8",
            "cache-control": "no-cache, no-transform",
            "x-accel-buffering": "no",
        }
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        tasks = [asyncio.create_task(work) for work in (self._send(send), _heartbeat(send), _until_gone(receive))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in tasks:
            with suppress(OSError, asyncio.CancelledError):  # the client is gone, or this work is no longer wanted
                task.result()

    async def _send(self, send: Send) -> None:
        async with aclosing(self._results):
            async for result in self._results:
                await send(_chunk(b"event: next\ndata: " + encode(answer_of(result)) + b"\n\n"))
        await send(_chunk(b"event: complete\ndata: \n\n", more=False))


async def _heartbeat(send: Send) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT)
        await send(_chunk(b": ping\n\n"))


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _chunk(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}
