"""What the answers of hosted models say beside their content: how long to wait, what went wrong, never the key."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST_PAUSE = 3_600.0
"""Seconds: a provider that asks for more is asked again after these, lest a slip of its own silence us for a year."""


def pause_in(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds that `Retry-After` asks for, be it a number or a date; None where it says nothing that can be read.

    A date is measured by the provider's own clock (`Date`) where it is told, else by `now`.
    """
    told = headers.get("retry-after", "").strip()
    try:
        seconds = float(told)
    except ValueError:
        then = _date(told)
        if then is None:
            return None
        seconds = (then - (_date(headers.get("date", "")) or now)).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_PAUSE) if math.isfinite(seconds) else None


def words_in(body: str) -> tuple[str, str | None]:
    """What an error says, and its code. Each kind of server puts them elsewhere."""
    try:
        told = json.loads(body)
    except ValueError:
        return "", None
    if isinstance(told, dict) and "error" in told:
        told = told["error"]
    if not isinstance(told, dict):
        return str(told), None
    words = told.get("message") or told.get("detail") or ""
    code = told.get("code")
    return words if isinstance(words, str) else json.dumps(words), None if code is None else str(code)


def without_key(key: str | None, words: str) -> str:
    """The same words; some providers repeat the key in them."""
    return words.replace(key, "…") if key else words


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
