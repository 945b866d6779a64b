"""The periods of the allowance: calendar months in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def period_start(at: datetime) -> datetime:
    """The 00:00 UTC on a 1st that began the period of this moment; the moment itself when it is one."""
    utc = at.astimezone(UTC)
    return datetime(utc.year, utc.month, 1, tzinfo=UTC)


def next_reset(after: datetime) -> datetime:
    """The next 00:00 UTC on a 1st: the end of this moment's period."""
    start = period_start(after)
    year, month = (start.year + 1, 1) if start.month == 12 else (start.year, start.month + 1)
    return start.replace(year=year, month=month)
