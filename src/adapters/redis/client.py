"""Connections to Redis that give up soon: a broker that is down must not hold up those who can do without it."""

from __future__ import annotations

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from application.shared import Dependency
from domain.shared import Unavailable

CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 3.0
MOST_CONNECTIONS = 100
"""Of one client. Who finds all of them in use waits, and is refused only after ANSWER_SECONDS."""


class RedisUnavailable(Unavailable):
    """Redis does not answer."""

    def __init__(self) -> None:
        super().__init__("The message broker is not available at the moment.", retry_after=2)


def connect(url: str) -> Redis:
    """A client that connects when it is first used, in the event loop that uses it. Close it with `aclose`."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=MOST_CONNECTIONS,
        timeout=ANSWER_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        # Once more, for a pooled connection that a restart of the server has cut.
        retry=Retry(NoBackoff(), 1),
        health_check_interval=30,
    )
    return Redis.from_pool(pool)


class RedisDependency(Dependency):
    """Is the broker there?"""

    name = "broker"

    def __init__(self, client: Redis) -> None:
        self._client = client

    async def check(self) -> None:
        try:
            await self._client.ping()
        except (RedisError, OSError) as error:
            raise RedisUnavailable from error
