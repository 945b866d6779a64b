"""Redis (or Valkey) as a place where processes hear of one another."""

from adapters.redis.channels import RedisChannels
from adapters.redis.client import RedisDependency, RedisUnavailable, connect
from adapters.redis.source_signals import RedisSourceSignals
from adapters.redis.turn_events import RedisTurnEvents

__all__ = [
    "RedisChannels",
    "RedisDependency",
    "RedisSourceSignals",
    "RedisTurnEvents",
    "RedisUnavailable",
    "connect",
]
