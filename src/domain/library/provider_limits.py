"""Who may ask a provider next, and how much: the rules of a budget, whatever keeps its books."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import isfinite

DEFAULT_LIMIT = 2
"""Requests a minute, while neither the deployment nor the provider has said anything else."""

_FRESH = timedelta(seconds=1.5)
"""An interactive request waits when it asked so lately: longer than the second within which it asks again."""
_GIVE_WAY = timedelta(seconds=0.5)
_PATIENCE = 1.5
"""Windows that others wait at most for interactive requests: more than one, or a limit of 1 would leave these none."""
_LONGEST_BLOCK = timedelta(days=1)


def allowed_requests(*, setting: int | None, provider: int | None) -> int:
    """Requests a minute: the smaller of both. Without a setting the provider decides, once it has said something."""
    if setting is None:
        return DEFAULT_LIMIT if provider is None else max(1, provider)
    return setting if provider is None else max(1, min(setting, provider))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderStanding:
    """What is known of a provider account beside the requests that count at the moment.

    `interactive_until`: until then an interactive request is taken to be waiting. `background_since`: since when others
    have been waiting without a turn, as long as `background_until` has not passed.
    """

    provider_limit: int | None = None
    blocked_until: datetime | None = None
    interactive_until: datetime | None = None
    background_since: datetime | None = None
    background_until: datetime | None = None

    def asked(
        self, *, at: datetime, interactive: bool, free: int, next_free: datetime, window: timedelta
    ) -> tuple[ProviderStanding, float]:
        """One request is wanted: how things stand after that, and the seconds to wait (0: it may go).

        `free` is how many may go by the limit; when none, one may at `next_free`.
        """
        opens = self._opens(at=at, interactive=interactive, free=free, next_free=next_free, window=window)
        if opens is None:
            return self if interactive else replace(self, background_since=None, background_until=None), 0.0
        wait = (opens - at).total_seconds()
        if interactive:
            return replace(self, interactive_until=at + _FRESH), wait
        since = self.background_since if self._background_waits(at) else at
        return replace(self, background_since=since, background_until=opens + _FRESH), wait

    def told(
        self, *, at: datetime, limit: int | None, remaining: int | None, retry_after: float | None, next_free: datetime
    ) -> ProviderStanding:
        """The provider said something of its limits. None remaining: none goes before `next_free`.

        A block is never shortened, because answers overtake each other.
        """
        until = [self.blocked_until] if self.blocked_until is not None else []
        if retry_after is not None and isfinite(retry_after) and retry_after > 0:
            until.append(at + min(timedelta(seconds=min(retry_after, 1e6)), _LONGEST_BLOCK))
        elif remaining is not None and remaining <= 0:
            until.append(next_free)
        return replace(
            self,
            provider_limit=self.provider_limit if limit is None else max(1, limit),
            blocked_until=max(until, default=None),
        )

    def _opens(
        self, *, at: datetime, interactive: bool, free: int, next_free: datetime, window: timedelta
    ) -> datetime | None:
        """When it is worth asking again; None when the request may go."""
        reasons = []
        if self.blocked_until is not None and self.blocked_until > at:
            reasons.append(self.blocked_until)
        if free <= 0:
            reasons.append(next_free)
        if reasons:
            return max(reasons)
        overdue = self._background_is_overdue(at, window)
        if interactive:
            return at + _GIVE_WAY if overdue and free == 1 else None
        if self.interactive_until is not None and self.interactive_until > at and not overdue:
            return self.interactive_until
        return None

    def _background_is_overdue(self, at: datetime, window: timedelta) -> bool:
        """Whether it has had no turn for so long that one is kept for it, and it will ask in a moment."""
        if self.background_since is None or self.background_until is None or not self._background_waits(at):
            return False
        return at - self.background_since >= _PATIENCE * window and at >= self.background_until - _FRESH

    def _background_waits(self, at: datetime) -> bool:
        return self.background_since is not None and self.background_until is not None and self.background_until >= at
