"""Time and chance of the machine."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from uuid import UUID


def utc_now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


def chance() -> float:
    """A number in [0, 1), another one each time."""
    return secrets.randbits(53) / 2**53


def new_uuid7() -> UUID:
    """A UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, then chance, so that later ids sort later."""
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(74)
    value = milliseconds << 80 | 0x7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=value)
