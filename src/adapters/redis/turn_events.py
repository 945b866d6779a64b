"""Turn events in Redis: a stream for each turn, its entries called by their numbers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from adapters.redis.channels import RedisChannels
from adapters.redis.client import RedisUnavailable
from adapters.turn_event_text import event_in, text_of
from application.chat.ports import TurnEvents
from domain.chat import ChatEvent
from domain.shared import TurnId, Unavailable

KEPT_SECONDS = 3_600
"""After the last event. Then a turn is told from the database."""
LEASE_SECONDS = 10
_RENEWED_EVERY = 2.0
_AT_ONCE = 200
_TRIES_BEFORE = (0.1, 0.4, 1.0)
"""Seconds of patience with a server that is being restarted, before an event is left for later."""


class RedisTurnEvents(TurnEvents):
    """`reminder` is the longest time between two looks, in seconds: what was published may have been lost."""

    def __init__(self, client: Redis, channels: RedisChannels, *, reminder: float = 1.0) -> None:
        self._reminder = reminder
        self._client = client
        self._channels = channels

    async def append(self, turn_id: TurnId, events: Sequence[ChatEvent]) -> None:
        for pause in (*_TRIES_BEFORE, None):
            try:
                await self._append(turn_id, events)
            except (RedisError, OSError) as error:
                if pause is None:
                    raise RedisUnavailable from error
                await asyncio.sleep(pause)
            else:
                return

    async def _append(self, turn_id: TurnId, events: Sequence[ChatEvent]) -> None:
        stream = _stream(turn_id)
        async with self._client.pipeline(transaction=False) as pipeline:
            for event in events:
                kind, text = text_of(event)
                pipeline.xadd(stream, {"kind": kind, "event": text}, id=f"{event.seq}-0")
            pipeline.expire(stream, KEPT_SECONDS)
            pipeline.publish(stream, b"")
            answers = await pipeline.execute(raise_on_error=False)
        for answer in answers:
            # A number that is not greater than the last one is there already.
            if isinstance(answer, Exception) and not (
                isinstance(answer, ResponseError) and "equal or smaller" in str(answer)
            ):
                raise answer

    async def told(self, turn_id: TurnId, *, after_seq: int) -> tuple[ChatEvent, ...]:
        try:
            entries: Any = await self._client.xrange(_stream(turn_id), min=f"({after_seq}-0", count=_AT_ONCE)
        except (RedisError, OSError) as error:
            raise RedisUnavailable from error
        return tuple(event_in(fields[b"kind"].decode(), fields[b"event"]) for _, fields in entries)

    @asynccontextmanager
    async def news(self, turn_id: TurnId) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        async with self._channels.listen(_stream(turn_id)) as woken:

            async def wait() -> None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._reminder):
                        await woken.wait()
                woken.clear()

            yield wait

    @asynccontextmanager
    async def running(self, turn_id: TurnId) -> AsyncIterator[None]:
        try:
            await self._client.set(_lease(turn_id), b"", ex=LEASE_SECONDS)
        except (RedisError, OSError) as error:
            raise RedisUnavailable from error
        renewing = asyncio.create_task(self._renew(turn_id))
        try:
            yield
        finally:
            renewing.cancel()
            with suppress(RedisError, OSError):
                await asyncio.shield(self._client.delete(_lease(turn_id), _stop(turn_id)))

    async def _renew(self, turn_id: TurnId) -> None:
        while True:
            await asyncio.sleep(_RENEWED_EVERY)
            with suppress(RedisError, OSError):
                await self._client.set(_lease(turn_id), b"", ex=LEASE_SECONDS)

    async def is_running(self, turn_id: TurnId) -> bool:
        return await self._exists(_lease(turn_id))

    async def cancel(self, turn_id: TurnId) -> None:
        try:
            async with self._client.pipeline(transaction=False) as pipeline:
                pipeline.set(_stop(turn_id), b"", ex=KEPT_SECONDS)
                pipeline.publish(_stop(turn_id), b"")
                await pipeline.execute()
        except (RedisError, OSError) as error:
            raise RedisUnavailable from error

    async def cancelled(self, turn_id: TurnId) -> None:
        async with self._channels.listen(_stop(turn_id)) as woken:
            while True:
                with suppress(Unavailable):
                    if await self._exists(_stop(turn_id)):
                        return
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._reminder):
                        await woken.wait()
                woken.clear()

    async def _exists(self, key: str) -> bool:
        try:
            found: Any = await self._client.exists(key)
        except (RedisError, OSError) as error:
            raise RedisUnavailable from error
        return bool(found)


def _stream(turn_id: TurnId) -> str:
    """The stream, and the channel where it is told that it has grown."""
    return f"studiolo:turn:{turn_id}"


def _lease(turn_id: TurnId) -> str:
    return f"studiolo:turn:{turn_id}:running"


def _stop(turn_id: TurnId) -> str:
    """The wish, and the channel where it is told."""
    return f"studiolo:turn:{turn_id}:stop"
