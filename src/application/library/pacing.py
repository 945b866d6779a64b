"""How the embedding engine gives way: to a provider that fails, and to one that finds a request too large."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from domain.shared import Unavailable

Pause: TypeAlias = Callable[[float], Awaitable[bool]]
"""Waits so many seconds, less when the process is asked to stop; whether to go on."""

Chance: TypeAlias = Callable[[], float]
"""A number between 0 and 1, another one each time."""

_FIRST = 1.0
_LONGEST = 60.0
_IN_ALL = timedelta(minutes=5)
_SPREAD = 0.25
"""Waits are up to a quarter longer, by chance, so that not all processes come back at once."""


@dataclass(slots=True, kw_only=True)
class BackOff:
    """1, 2, 4 seconds and so on, a minute at most; after five minutes without any success the fault itself."""

    chance: Chance
    _failures: int = 0
    _since: datetime | None = None

    def after(self, fault: Unavailable, *, at: datetime) -> float:
        """The seconds to wait. Errors: the fault."""
        if self._since is None:
            self._since = at
        if at - self._since >= _IN_ALL:
            raise fault
        seconds: float = min(_FIRST * 2.0**self._failures, _LONGEST)
        self._failures += 1
        told = fault.data.get("retry_after")
        if isinstance(told, int | float):
            seconds = max(seconds, min(float(told), _LONGEST))
        return seconds * (1 + _SPREAD * self.chance())

    def succeeded(self) -> None:
        """From now on it is as if nothing had failed."""
        self._failures, self._since = 0, None


@dataclass(slots=True, kw_only=True)
class RequestSize:
    """How many texts go in a request: `most`, less once that was too many, and by and by more again."""

    most: int
    _size: int = 0
    _in_a_row: int = 0

    @property
    def texts(self) -> int:
        return self._size or self.most

    def too_large(self, texts: int) -> None:
        """A request with so many was refused as too large."""
        self._size, self._in_a_row = max(1, min(self.texts, texts) // 2), 0

    def went_through(self) -> None:
        """As many requests as the batch has texts go through before a larger one is tried again."""
        self._in_a_row += 1
        if self._in_a_row >= self.most:
            self._size, self._in_a_row = min(self.most, self.texts * 2), 0
