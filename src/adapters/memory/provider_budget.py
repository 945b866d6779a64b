"""A provider's budget in memory, for one process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from application.library.ports import ObservedLimits, ProviderBudget, Reservation
from domain.library import ProviderStanding, allowed_requests


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    counts_until: datetime
    answered: bool


class MemoryProviderBudget(ProviderBudget):
    """`requests_per_minute` in any `window`; None leaves it to the provider."""

    def __init__(
        self,
        *,
        requests_per_minute: int | None,
        window: timedelta = timedelta(minutes=1),
        margin: timedelta = timedelta(seconds=1),
        lease: timedelta = timedelta(seconds=90),
    ) -> None:
        self._setting = requests_per_minute
        self._window = window
        self._keeps = window + margin
        self._lease = lease
        self._standing = ProviderStanding()
        self._requests: dict[UUID, _Request] = {}

    async def reserve(self, *, at: datetime, interactive: bool) -> Reservation:
        self._requests = {id: request for id, request in self._requests.items() if request.counts_until > at}
        limit = allowed_requests(setting=self._setting, provider=self._standing.provider_limit)
        counting = sorted(request.counts_until for request in self._requests.values())
        free = limit - len(counting)
        self._standing, wait = self._standing.asked(
            at=at,
            interactive=interactive,
            free=free,
            next_free=at if free > 0 else counting[-free],
            window=self._window,
        )
        if wait:
            return Reservation(id=None, wait=wait)
        id = uuid4()
        self._requests[id] = _Request(counts_until=at + self._lease + self._keeps, answered=False)
        return Reservation(id=id, wait=0.0)

    async def finish(self, reservation: Reservation, *, at: datetime, sent: bool = True) -> None:
        if reservation.id is None:
            return
        if not sent:
            self._requests.pop(reservation.id, None)
        else:
            self._requests[reservation.id] = _Request(counts_until=at + self._keeps, answered=True)

    async def observe(self, limits: ObservedLimits, *, at: datetime) -> None:
        answered = [one.counts_until for one in self._requests.values() if one.answered and one.counts_until > at]
        self._standing = self._standing.told(
            at=at,
            limit=limits.requests_per_minute,
            remaining=limits.remaining,
            retry_after=limits.retry_after,
            next_free=min(answered, default=at + self._keeps),
        )
