"""A response: an answer with its grade, once for each attempt id."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from domain.practice.appeals import Appeal
from domain.practice.grades import Grade
from domain.shared import ChunkId, Conflict, CreditEntryId, ExerciseId, InvalidInput, ResponseId, UserId

ATTEMPT_ID_LIMIT = 100


class UnsuitableAttemptId(InvalidInput):
    """An attempt id is 1 to 100 characters."""

    def __init__(self, actual: int) -> None:
        super().__init__(
            f"An attempt id has 1 to {ATTEMPT_ID_LIMIT} characters.",
            field="attemptId",
            limit=ATTEMPT_ID_LIMIT,
            actual=actual,
        )


class AttemptTaken(Conflict):
    """The attempt id already belongs to an answer to another exercise."""

    def __init__(self) -> None:
        super().__init__("This attempt id belongs to an answer to another exercise.", field="attemptId")


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingCharge:
    """The line of the ledger that paid for a grading by model. `credits` may be 0 where the balance was used up."""

    entry_id: CreditEntryId
    credits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """`attempt_id` is the client's own; `suggested_review` are chunks to read again, best first.

    `grade` is the present one: of a response whose appeal was granted, the second. `charge` is what the first cost;
    None for rules, which are free.
    """

    id: ResponseId
    owner: UserId
    exercise_id: ExerciseId
    attempt_id: str
    answer: str
    grade: Grade
    suggested_review: tuple[ChunkId, ...]
    created_at: datetime
    response_time_ms: int | None = None
    next_review_at: datetime | None = None
    charge: GradingCharge | None = None
    appeal: Appeal | None = None

    def __post_init__(self) -> None:
        if not self.attempt_id or len(self.attempt_id) > ATTEMPT_ID_LIMIT:
            raise UnsuitableAttemptId(len(self.attempt_id))
        if self.response_time_ms is not None and self.response_time_ms < 0:
            raise InvalidInput("A response time is not negative.", field="responseTimeMs")

    def dismissed(self, appeal: Appeal) -> Response:
        """The appeal was heard, and the grade stands."""
        return replace(self, appeal=appeal)

    def granted(self, appeal: Appeal, grade: Grade, *, next_review_at: datetime) -> Response:
        """The appeal was heard, and this is the grade now."""
        return replace(
            self,
            appeal=appeal,
            grade=grade,
            next_review_at=next_review_at,
            suggested_review=self.suggested_review if grade.score < 100 else (),
        )
