"""A broker that is given, not started by us: asked once, before anything is built on it."""

from __future__ import annotations

from adapters.embedded.errors import CannotStart

_PATIENCE = 5


class BrokerSilent(CannotStart):
    """Nothing that speaks Redis answers where REDIS_URL says."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The broker does not answer: {reason.rstrip('.')}; start it, or correct REDIS_URL.")


def require_broker(url: str) -> None:
    """Errors: BrokerSilent."""
    # Imported only where a broker is given: it takes a quarter of a second, and our own has said that it is ready.
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    client = redis.Redis.from_url(
        url, socket_connect_timeout=_PATIENCE, socket_timeout=_PATIENCE, retry=Retry(NoBackoff(), 0)
    )
    try:
        client.ping()
    except redis.RedisError as error:
        raise BrokerSilent(str(error)) from error
    finally:
        client.close()
