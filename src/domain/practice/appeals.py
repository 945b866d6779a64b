"""Appeals: when a second look at a grade changes it, and what it leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.practice.diagnosis import Fault
from domain.practice.exercise import Exercise, ExerciseKind
from domain.practice.grades import Grade
from domain.practice.judgements import Judgement
from domain.practice.normalising import normalised
from domain.shared import Conflict, InvalidInput, checked_text

REASON_LIMIT = 1_000
CLEARLY_HIGHER = 15
"""Points by which a grade that passed, or fails still, must rise for the appeal to be granted."""
IN_FULL = 95
"""From here on an answer is as good as the key."""
ALTERNATIVE_LIMIT = 200
"""Characters: what is longer is an essay, not another key."""
MOST_ALTERNATIVES = 20
"""The rules compare with each of them, every time."""
SURE_OF_A_GAP = 0.8
"""A gap is settled by rules that are hardly ever wrong; whoever overrules them must be sure, and give full points."""


class UnsuitableAppeal(InvalidInput):
    """A reason has at most 1,000 characters."""

    def __init__(self, actual: int) -> None:
        super().__init__(
            f"A reason has at most {REASON_LIMIT:,} characters.", field="reason", limit=REASON_LIMIT, actual=actual
        )


class NothingToAppeal(Conflict):
    """The answer has all points already."""

    def __init__(self) -> None:
        super().__init__("This answer has full marks already.", field="responseId")


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """What became of the one appeal that a response may have.

    `upheld`: the appeal was granted, and the response has its new grade; otherwise the old one stands. `reason` is
    anybody's text. Either credits were refunded (of the first grading), or the second look was charged, or neither.
    """

    upheld: bool
    decided_at: datetime
    score_before: int
    reason: str = ""
    credits_refunded: int = 0
    credits_charged: int = 0


def checked_reason(reason: str | None) -> str:
    """The reason as it is kept. Errors: UnsuitableAppeal, UnstorableText."""
    reason = (reason or "").strip()
    if len(reason) > REASON_LIMIT:
        raise UnsuitableAppeal(len(reason))
    return checked_text(reason, field="reason")


def succeeds(before: Grade, after: Grade) -> bool:
    """Whether the second look grants the appeal: it passes what had failed, or gives clearly more."""
    if after.passed and not before.passed:
        return True
    return after.score - before.score >= CLEARLY_HIGHER


def may_be_judged(exercise: Exercise, grade: Grade) -> bool:
    """Whether a judge can add anything to what the rules said.

    An option is right or it is not, and nobody can say more about an answer that is empty.
    """
    return exercise.kind is not ExerciseKind.MULTIPLE_CHOICE and Fault.EMPTY not in grade.faults


def is_convincing(exercise: Exercise, judgement: Judgement) -> bool:
    """Whether a judgement may overrule the rules in this exercise: in an open answer always, in a gap when sure."""
    if exercise.kind is not ExerciseKind.FILL_GAP:
        return True
    return judgement.score >= IN_FULL and judgement.confidence >= SURE_OF_A_GAP


def is_alternative(exercise: Exercise, answer: str, grade: Grade) -> bool:
    """Whether an answer that won its appeal is to be accepted from now on, like the key."""
    language = exercise.language
    known = {normalised(one, language=language) for one in (exercise.key, *exercise.accepted)}
    return (
        exercise.kind is not ExerciseKind.MULTIPLE_CHOICE
        and grade.score >= IN_FULL
        and 0 < len(answer.strip()) <= ALTERNATIVE_LIMIT
        and len(exercise.accepted) < MOST_ALTERNATIVES
        and normalised(answer, language=language) not in known
    )
