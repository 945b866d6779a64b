"""How a student is doing: counts and averages, and days in a row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class FocusProgress:
    """`average_score` is 0 to 100."""

    focus: str
    answered: int
    average_score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyProgress:
    """`due_today` counts what is due until the end of the day, `due_now` included."""

    answered: int
    average_score: float | None
    due_now: int
    due_today: int
    streak_days: int
    by_focus: tuple[FocusProgress, ...]


def end_of_day(at: datetime) -> datetime:
    """The midnight, in UTC, before which what falls due is due today."""
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def streak(days: Iterable[date], *, today: date) -> int:
    """How many days in a row something was answered, up to today or, while today is still open, up to yesterday."""
    studied = set(days)
    day = today if today in studied else today - timedelta(days=1)
    length = 0
    while day in studied:
        length += 1
        day -= timedelta(days=1)
    return length
