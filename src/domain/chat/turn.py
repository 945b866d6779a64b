"""A turn: one question and its answer, from start to end, kept so that it is asked and charged once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.chat.conversation import Message
from domain.shared import (
    Conflict,
    ConversationId,
    Forbidden,
    InvalidInput,
    MessageId,
    NotFound,
    PaymentRequired,
    RateLimited,
    StudioloError,
    TurnId,
    Unavailable,
    UserId,
    checked_text,
)

KEY_LIMIT = 200
LONGEST_TURN = timedelta(minutes=10)
"""A turn that runs longer has lost its process."""


class TurnStatus(StrEnum):
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


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
    """The client went away while the answer was streaming."""
    LOST = "LOST"
    """The process that ran the turn died."""


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
ABANDONED = TurnFailure(code=FailureCode.ABANDONED, message="The client left before the answer ended.", retryable=True)
LOST = TurnFailure(code=FailureCode.LOST, message="The answer was cut short on our side.", retryable=True)


class TurnRunning(Conflict):
    """The owner's turn with this key has not ended yet."""

    def __init__(self) -> None:
        super().__init__("The turn with this key is still running.")


class TurnKeyTaken(Conflict):
    """The key belongs to a turn that asked something else."""

    def __init__(self) -> None:
        super().__init__("This turn key was used for another question.")


def checked_key(key: str) -> str:
    """The key, when it is 1 to 200 characters. Errors: InvalidInput."""
    if not 1 <= len(key) <= KEY_LIMIT:
        raise InvalidInput(
            f"A turn key has 1 to {KEY_LIMIT} characters.", field="turnKey", limit=KEY_LIMIT, actual=len(key)
        )
    return checked_text(key, field="turnKey")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """`key` is the client's own name for it, unique among the owner's turns; `answer_id` is there once COMPLETED.

    `balance` is what the owner had left when it ended.
    """

    id: TurnId
    owner: UserId
    conversation_id: ConversationId
    question_id: MessageId
    started_at: datetime
    key: str | None = None
    status: TurnStatus = TurnStatus.RUNNING
    answer_id: MessageId | None = None
    failure: TurnFailure | None = None
    tokens_used: int = 0
    credits_charged: int = 0
    balance: int | None = None
    finished_at: datetime | None = None

    def completed(self, answer: Message, *, tokens_used: int, balance: int, at: datetime) -> Turn:
        """Answered, and paid for with what the answer says."""
        self._must_run()
        return replace(
            self,
            status=TurnStatus.COMPLETED,
            answer_id=answer.id,
            tokens_used=tokens_used,
            credits_charged=answer.credits_charged,
            balance=balance,
            finished_at=at,
        )

    def failed(self, failure: TurnFailure, *, at: datetime, tokens_used: int = 0, credits_charged: int = 0) -> Turn:
        """Ended without an answer."""
        self._must_run()
        return replace(
            self,
            status=TurnStatus.FAILED,
            failure=failure,
            tokens_used=tokens_used,
            credits_charged=credits_charged,
            finished_at=at,
        )

    def seen(self, *, at: datetime) -> Turn:
        """As it is to be told at a later moment: one that has run for too long is lost. Errors: TurnRunning."""
        if self.status is not TurnStatus.RUNNING:
            return self
        if at - self.started_at < LONGEST_TURN:
            raise TurnRunning
        return self.failed(LOST, at=at)

    def _must_run(self) -> None:
        if self.status is not TurnStatus.RUNNING:
            raise ValueError(f"the turn {self.id} is {self.status}")
