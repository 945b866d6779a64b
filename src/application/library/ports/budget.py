"""How much a provider lets us ask, shared by every process that asks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.library import EmbeddingOutlook
from domain.shared import SourceId, UserId


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
    expires: no request may take longer than that lease, nor be sent again without a reservation of its own.
    """

    async def reserve(self, *, at: datetime, interactive: bool) -> Reservation:
        """One request. Errors: Unavailable.

        While an interactive one waits, others are told to wait; but who has waited for a minute and a half is next.
        To wait is to ask again when one was told to, an interactive one at least every second; to ask no more is to
        give up.
        """
        ...

    async def finish(self, reservation: Reservation, *, at: datetime, sent: bool = True) -> None:
        """The answer is there, or it is certain that there will be none. Errors: Unavailable.

        What was never sent (there was nothing to ask after all) is given back at once.
        """
        ...

    async def observe(self, limits: ObservedLimits, *, at: datetime) -> None:
        """Tighten or loosen to what the provider says. Errors: Unavailable."""
        ...


class PaceMeter(Protocol):
    """Remembers how long a request of the embedding engine takes, where no budget sees it."""

    async def note(self, *, began: datetime, at: datetime) -> None:
        """One was made and its vectors stored. Errors: Unavailable."""
        ...


class EmbeddingOutlookReader(Protocol):
    """What there is to know of the time until vectors are there. Numbers only: nobody else's ids."""

    async def many(self, *, owner: UserId, ids: Sequence[SourceId]) -> dict[SourceId, EmbeddingOutlook]:
        """One for each id; what waits for nothing, or is not the owner's, has nothing ahead."""
        ...
