"""The broker as a publisher (the API) and as a worker sees it."""

from __future__ import annotations

import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit, Callbacks, Middleware, Pipelines, Retries, ShutdownNotifications, TimeLimit
from redis.backoff import NoBackoff
from redis.retry import Retry

from adapters.dramatiq.event_loop import SafeAsyncIO

_ALWAYS = 1_000_000
_CONNECT_SECONDS = 1.0
_ANSWER_SECONDS = 3.0
_SECOND = 1_000

FIRST_PAUSE = 1 * _SECOND
LONGEST_PAUSE = 300 * _SECOND
ATTEMPTS_AGAIN = 10
"""A failed job is tried again after 1, 2, 4, ... seconds, at most five minutes apart, ten times."""


def publishing_broker(url: str) -> RedisBroker:
    """For those who only ask for jobs: it fails soon when Redis is down."""
    client = redis.Redis.from_url(
        url,
        socket_connect_timeout=_CONNECT_SECONDS,
        socket_timeout=_ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )
    return RedisBroker(client=client, middleware=[])  # type: ignore[no-untyped-call]


def working_broker(url: str, *, heartbeat_seconds: float, also: tuple[Middleware, ...] = ()) -> RedisBroker:
    """For a worker process. Jobs of a worker that was silent for `heartbeat_seconds` are given to another.

    By default Dramatiq looks for silent workers at one command in a thousand: an idle queue would wait for minutes. The
    look is one cheap read, so every command takes it.
    """
    middleware: list[Middleware] = [
        AgeLimit(),
        TimeLimit(),
        ShutdownNotifications(),
        Callbacks(),
        Pipelines(),
        Retries(max_retries=ATTEMPTS_AGAIN, min_backoff=FIRST_PAUSE, max_backoff=LONGEST_PAUSE),
        SafeAsyncIO(),
        *also,
    ]
    return RedisBroker(  # type: ignore[no-untyped-call]
        url=url,
        middleware=middleware,
        maintenance_chance=_ALWAYS,
        heartbeat_timeout=round(heartbeat_seconds * _SECOND),
    )
