"""Redis (or Valkey) as a place where processes hear of one another."""

from adapters.redis.client import RedisDependency, RedisUnavailable, connect
from adapters.redis.source_signals import RedisSourceSignals

__all__ = ["RedisDependency", "RedisSourceSignals", "RedisUnavailable", "connect"]
