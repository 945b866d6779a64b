"""The budget of an embedder that nobody limits."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from application.library.ports import ObservedLimits, PaceMeter, ProviderBudget, Reservation


class UnlimitedBudget(ProviderBudget):
    """Whoever asks may go. How long the requests of the engine take is told to `meter`, for the time still to wait."""

    def __init__(self, meter: PaceMeter | None = None) -> None:
        self._meter = meter
        self._began: dict[UUID, datetime] = {}

    async def reserve(self, *, at: datetime, interactive: bool) -> Reservation:
        id = uuid4()
        if self._meter is not None and not interactive:
            self._began[id] = at
        return Reservation(id=id, wait=0.0)

    async def finish(self, reservation: Reservation, *, at: datetime, sent: bool = True) -> None:
        began = None if reservation.id is None else self._began.pop(reservation.id, None)
        if self._meter is not None and began is not None and sent:
            await self._meter.note(began=began, at=at)

    async def observe(self, limits: ObservedLimits, *, at: datetime) -> None:
        """Nobody limits it."""
