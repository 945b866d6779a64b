"""Families of failure. A concrete error is a subclass, defined beside what raises it; the edge maps families to codes.

Every error carries a sentence for a person and data for a program:
`NotFound("There is no such source.", kind="source")`.
"""

from __future__ import annotations

from typing import TypeAlias

Datum: TypeAlias = str | int | float | bool | None


class StudioloError(Exception):
    """Something that a caller can understand. `message` is safe to show; `data` is sent beside it."""

    def __init__(self, message: str, **data: Datum) -> None:
        super().__init__(message)
        self.message = message
        self.data: dict[str, Datum] = data


class Unauthenticated(StudioloError):
    """No, bad or expired token. Data: `reason`."""


class Forbidden(StudioloError):
    """It exists, but belongs to another user."""


class NotFound(StudioloError):
    """There is no such thing."""


class InvalidInput(StudioloError):
    """Malformed or outside a limit. Data: `field`, and `limit` and `actual` where there is a limit."""


class Conflict(StudioloError):
    """The state has moved on. Data: for example `current_version`."""


class PaymentRequired(StudioloError):
    """Not enough credits. Data: `balance`, `required`."""


class RateLimited(StudioloError):
    """Too many. Data: `retry_after`, in seconds."""


class Unavailable(StudioloError):
    """Something that we depend on is down. Data: `retry_after`, in seconds."""


class NoSuch(NotFound):
    """Nothing of this kind has this id."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"There is no such {kind}.", kind=kind)


class NotYours(Forbidden):
    """It exists, and another user owns it."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"This {kind} belongs to another user.", kind=kind)
