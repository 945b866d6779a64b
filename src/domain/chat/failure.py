"""Why something that was asked for did not come about, as a client and a model are told it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.shared import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    PaymentRequired,
    RateLimited,
    StudioloError,
    Unavailable,
)


class FailureCode(StrEnum):
    """The same words as the API's error codes, and two that only a turn can have."""

    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    RATE_LIMITED = "RATE_LIMITED"
    INSUFFICIENT_CREDITS = "INSUFFICIENT_CREDITS"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    CONFLICT = "CONFLICT"
    INTERNAL = "INTERNAL"
    ABANDONED = "ABANDONED"
    """The client went away, when turns ended with that. No new turn has it."""
    LOST = "LOST"
    """The process that ran the turn died, or was stopped."""
    CANCELLED = "CANCELLED"
    """The owner asked for its end."""


_CODES: tuple[tuple[type[StudioloError], FailureCode, bool], ...] = (
    (Unavailable, FailureCode.SERVICE_UNAVAILABLE, True),
    (RateLimited, FailureCode.RATE_LIMITED, True),
    (PaymentRequired, FailureCode.INSUFFICIENT_CREDITS, False),
    (NotFound, FailureCode.NOT_FOUND, False),
    (Forbidden, FailureCode.FORBIDDEN, False),
    (InvalidInput, FailureCode.BAD_USER_INPUT, False),
    (Conflict, FailureCode.CONFLICT, True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFailure:
    """Why a turn ended without an answer. `retryable`: the same question may be asked again."""

    code: FailureCode
    message: str
    retryable: bool


def failure_of(error: StudioloError) -> TurnFailure:
    """What a client is told of an error that ended a turn."""
    for family, code, retryable in _CODES:
        if isinstance(error, family):
            return TurnFailure(code=code, message=error.message, retryable=retryable)
    return TurnFailure(code=FailureCode.INTERNAL, message=error.message, retryable=True)


INTERNAL_FAILURE = TurnFailure(
    code=FailureCode.INTERNAL, message="Something went wrong on our side; nothing was charged.", retryable=True
)
CANCELLED = TurnFailure(code=FailureCode.CANCELLED, message="The answer was cancelled.", retryable=False)
LOST = TurnFailure(code=FailureCode.LOST, message="The answer was cut short on our side.", retryable=True)
