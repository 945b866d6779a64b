"""Source signals over publish and subscribe: heard by every process, kept by none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from adapters.redis.channels import RedisChannels
from application.library.ports import SourceSignals
from domain.shared import SourceId

_log = structlog.get_logger(__name__)


class RedisSourceSignals(SourceSignals):
    """One channel a source. Without Redis nothing is announced, and listeners go on by their reminders.

    `reminder` is the longest time between two yields, in seconds.
    """

    def __init__(self, client: Redis, channels: RedisChannels, *, reminder: float = 1.0) -> None:
        self._client = client
        self._channels = channels
        self._reminder = reminder

    async def announce(self, source_id: SourceId) -> None:
        try:
            await self._client.publish(_channel(source_id), b"")
        except (RedisError, OSError) as error:
            _log.warning("signal not sent", source_id=str(source_id), error=str(error))

    @asynccontextmanager
    async def listen(self, source_id: SourceId) -> AsyncIterator[AsyncGenerator[None, None]]:
        async with self._channels.listen(_channel(source_id)) as woken:
            yield self._moments(woken)

    async def _moments(self, woken: asyncio.Event) -> AsyncGenerator[None, None]:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._reminder):
                    await woken.wait()
            woken.clear()
            yield


def _channel(source_id: SourceId) -> str:
    return f"studiolo:source:{source_id}"
