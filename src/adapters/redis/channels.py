"""Publish and subscribe over one connection for each event loop, however many listen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from weakref import WeakKeyDictionary

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

_log = structlog.get_logger(__name__)

_KEPT_OPEN = "studiolo:open"
"""Nobody publishes here. A connection with no subscription at all cannot be listened on."""
_CONFIRMED_WITHIN = 1.0
_TRY_AGAIN = 0.5


class RedisChannels:
    """Listeners are woken, and look for themselves what is new: a message that was lost costs them time only."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, _Line] = WeakKeyDictionary()

    @asynccontextmanager
    async def listen(self, channel: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever something is published there. Clear it before looking."""
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None:
            line = self._lines[loop] = _Line(self._client)
        async with line.listen(channel) as woken:
            yield woken

    async def aclose(self) -> None:
        """Close what the running event loop opened."""
        line = self._lines.pop(asyncio.get_running_loop(), None)
        if line is not None:
            await line.aclose()


class _Line:
    """The connection of one event loop."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._pubsub: PubSub = client.pubsub()
        self._listeners: dict[str, set[asyncio.Event]] = {}
        self._confirmed: dict[str, asyncio.Event] = {}
        self._listening: asyncio.Task[None] | None = None
        self._opened = asyncio.Event()

    @asynccontextmanager
    async def listen(self, channel: str) -> AsyncIterator[asyncio.Event]:
        woken = asyncio.Event()
        self._listeners.setdefault(channel, set()).add(woken)
        try:
            if self._listening is None or self._listening.done():
                self._listening = asyncio.create_task(self._listen())
            # What is published from here on is heard; with Redis down, nothing is, and nothing is published either.
            with suppress(TimeoutError, RedisError, OSError):
                async with asyncio.timeout(_CONFIRMED_WITHIN):
                    await self._subscribe(channel)
            yield woken
        finally:
            self._listeners[channel].discard(woken)
            if not self._listeners[channel]:
                del self._listeners[channel]
                self._confirmed.pop(channel, None)
                if self._opened.is_set():
                    with suppress(RedisError, OSError):
                        await self._pubsub.unsubscribe(channel)

    async def _subscribe(self, channel: str) -> None:
        confirmed = self._confirmed.get(channel)
        if confirmed is None:
            confirmed = self._confirmed[channel] = asyncio.Event()
            await self._opened.wait()
            await self._pubsub.subscribe(channel)
        await confirmed.wait()

    async def _listen(self) -> None:
        while True:
            try:
                if not self._pubsub.subscribed:
                    await self._pubsub.subscribe(_KEPT_OPEN, *self._listeners)
                message = await self._pubsub.get_message(timeout=None)
            except (RedisError, OSError, AttributeError) as error:
                # The driver raises an AttributeError where a server that has just come back answers out of turn.
                _log.warning("listening failed", error=str(error))
                await self._begin_anew()
                continue
            self._opened.set()
            if message is not None:
                self._hear(message["type"], message["channel"].decode())

    async def _begin_anew(self) -> None:
        """With another connection, after a pause. Nobody else uses the line meanwhile; all look what they missed."""
        self._opened.clear()
        with suppress(RedisError, OSError, AttributeError):
            await self._pubsub.aclose()  # type: ignore[no-untyped-call]
        self._pubsub = self._client.pubsub()
        await asyncio.sleep(_TRY_AGAIN)
        self._wake_all()

    def _hear(self, kind: str, channel: str) -> None:
        confirmed = self._confirmed.get(channel)
        if kind == "subscribe" and confirmed is not None and not confirmed.is_set():
            confirmed.set()
            return
        # A second confirmation means that the line was lost, and what was published meanwhile with it.
        for woken in self._listeners.get(channel, ()):
            woken.set()

    def _wake_all(self) -> None:
        """After a gap everybody looks."""
        for listeners in self._listeners.values():
            for woken in listeners:
                woken.set()

    async def aclose(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
        with suppress(RedisError, OSError):
            await self._pubsub.aclose()  # type: ignore[no-untyped-call]
