"""Deliveries of the sign-in service's webhooks: read once they are proved, done once, recorded when they fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.accounts import UserEvent
from domain.shared import InvalidInput, UserId


class DeliveryRefused(InvalidInput):
    """Nothing proves that the sign-in service sent this. `reason` is one word: headers, timestamp, signature, body."""

    def __init__(self, reason: str) -> None:
        super().__init__("This delivery was refused.", reason=reason)


class UnreadableEvent(Exception):
    """The sign-in service sent something about a user that we do not understand. The text has nobody's data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message, proved to be the sign-in service's; a retry has the same `id`.

    `event` is None for a type that does not concern us, and an UnreadableEvent for one that does and says nothing that
    we understand. `payload` is the body as it came, with personal data.
    """

    id: str
    type: str
    subject: str | None
    event: UserEvent | UnreadableEvent | None
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedDelivery:
    """What is enough to do by hand what a delivery should have done. `error` is the name of the error's class."""

    delivery: Delivery
    owner: UserId | None
    error: str
    at: datetime


class DeliveryReader(Protocol):
    """Proves and reads what was sent."""

    def read(self, *, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Header names are in lower case. Errors: DeliveryRefused."""
        ...


class DeliveryLog(Protocol):
    """Deliveries that were dealt with, inside the transaction that has their effect."""

    async def take(self, *, id: str, type: str, at: datetime) -> bool:
        """Write the delivery down. False when it was dealt with before; waits for another who is at it just now."""
        ...

    async def forgive(self, *, id: str, at: datetime) -> None:
        """Mark an earlier failure of the delivery, if there was one, as mended, and forget its payload."""
        ...


class FailedDeliveries(Protocol):
    """Deliveries that failed, outside of the transaction that failed."""

    async def record(self, failure: FailedDelivery) -> None:
        """Keep the failure; one more attempt if it failed before. Nothing is kept of a delivery that meanwhile
        succeeded, or of a user who was erased. Errors: Unavailable.
        """
        ...
