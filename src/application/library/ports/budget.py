"""How much a provider lets us ask, shared by every process that asks it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedLimits:
    """What a provider said of its limits in an answer; None where it said nothing.

    `retry_after` is in seconds, from now.
    """

    requests_per_minute: int | None = None
    remaining: int | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """The right to send one request now (`wait` is 0), or the seconds after which it is worth asking again."""

    id: UUID | None
    wait: float


class ProviderBudget(Protocol):
    """Requests in any 60 seconds, counted for one provider account over all processes.

    A request counts from the moment that it is reserved until 60 seconds after its answer: whenever it reached the
    provider, no sliding minute there holds more than the limit. A reservation whose holder died counts until it
    expires.
    """

    async def reserve(self, *, at: datetime, interactive: bool) -> Reservation:
        """One request. While an interactive one waits, others are told to wait. Errors: Unavailable."""
        ...

    async def finish(self, reservation: Reservation, *, at: datetime) -> None:
        """The answer is there, or it is certain that there will be none. Errors: Unavailable."""
        ...

    async def observe(self, limits: ObservedLimits, *, at: datetime) -> None:
        """Tighten or loosen to what the provider says. Errors: Unavailable."""
        ...
