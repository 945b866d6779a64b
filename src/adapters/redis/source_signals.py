"""Source signals over publish and subscribe: heard by every process, kept by none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from adapters.redis.client import ANSWER_SECONDS
from application.library.ports import SourceSignals
from domain.shared import SourceId

_log = structlog.get_logger(__name__)


class RedisSourceSignals(SourceSignals):
    """One channel a source. Without Redis nothing is announced, and listeners go on by their reminders.

    `reminder` is the longest time between two yields, in seconds.
    """

    def __init__(self, client: Redis, *, reminder: float = 1.0) -> None:
        self._client = client
        self._reminder = reminder

    async def announce(self, source_id: SourceId) -> None:
        try:
            await self._client.publish(_channel(source_id), b"")
        except (RedisError, OSError) as error:
            _log.warning("signal not sent", source_id=str(source_id), error=str(error))

    @asynccontextmanager
    async def listen(self, source_id: SourceId) -> AsyncIterator[AsyncGenerator[None, None]]:
        pubsub = self._client.pubsub(ignore_subscribe_messages=True)
        try:
            # Before the caller looks at the source: what happens from here on is heard.
            with suppress(RedisError, OSError):
                await _subscribe(pubsub, _channel(source_id))
            yield self._moments(pubsub, _channel(source_id))
        finally:
            with suppress(RedisError, OSError):
                await pubsub.aclose()  # type: ignore[no-untyped-call]

    async def _moments(self, pubsub: PubSub, channel: str) -> AsyncGenerator[None, None]:
        while True:
            try:
                if not pubsub.subscribed:
                    await _subscribe(pubsub, channel)
                await pubsub.get_message(timeout=self._reminder)
            except (RedisError, OSError):
                await asyncio.sleep(self._reminder)
            yield


async def _subscribe(pubsub: PubSub, channel: str) -> None:
    """Return when the server has confirmed it; what is announced from then on is heard."""
    await pubsub.subscribe(channel)
    await pubsub.get_message(timeout=ANSWER_SECONDS)


def _channel(source_id: SourceId) -> str:
    return f"studiolo:source:{source_id}"
