"""When an appeal is granted, and what it may add to an exercise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.practice import (
    ExerciseKind,
    Fault,
    Grade,
    UnsuitableAppeal,
    checked_reason,
    is_alternative,
    is_convincing,
    may_be_judged,
    succeeds,
)
from domain.shared import InvalidInput
from tests.builders import NOON
from tests.builders_practice import an_exercise
from tests.desk import OWNER
from tests.scripted_judge import KEY, PARAPHRASE, a_judgement, an_open_exercise

EXERCISE = an_open_exercise(OWNER)


def graded(score: int, **changes: Any) -> Grade:
    return Grade(score=score, rubric=(), feedback="", **changes)


@pytest.mark.parametrize(
    ("before", "after", "granted"),
    [(30, 60, True), (59, 60, True), (30, 45, True), (30, 44, False), (80, 95, True), (80, 90, False), (60, 60, False),
     (80, 30, False), (0, 0, False)],
)  # fmt: skip
def test_an_appeal_succeeds_by_passing_or_by_clearly_more(before: int, after: int, granted: bool) -> None:
    assert succeeds(graded(before), graded(after)) is granted


def test_an_option_and_an_empty_answer_are_beyond_any_judge() -> None:
    assert may_be_judged(EXERCISE, graded(0))
    assert may_be_judged(an_exercise(OWNER), graded(0))
    assert not may_be_judged(an_exercise(OWNER, kind=ExerciseKind.MULTIPLE_CHOICE), graded(0))
    assert not may_be_judged(EXERCISE, graded(0, faults=(Fault.EMPTY,)))


@pytest.mark.parametrize(
    ("score", "confidence", "convincing"), [(100, 0.9, True), (95, 0.8, True), (94, 0.9, False), (100, 0.79, False)]
)
def test_the_rules_of_a_gap_are_overruled_only_by_a_sure_judge(score: int, confidence: float, convincing: bool) -> None:
    judgement = a_judgement(score, confidence=confidence)
    assert is_convincing(an_exercise(OWNER), judgement) is convincing
    assert is_convincing(EXERCISE, judgement)


@pytest.mark.parametrize(
    ("answer", "score", "changes", "joins"),
    [
        (PARAPHRASE, 100, {}, True),
        (PARAPHRASE, 94, {}, False),
        (KEY.upper(), 100, {}, False),
        (PARAPHRASE, 100, {"accepted": (f" {PARAPHRASE}. ",)}, False),
        (PARAPHRASE, 100, {"accepted": tuple(str(number) for number in range(20))}, False),
        ("perché " * 50, 100, {}, False),
        ("  ", 100, {}, False),
        (PARAPHRASE, 100, {"kind": ExerciseKind.MULTIPLE_CHOICE}, False),
    ],
)
def test_only_a_short_new_answer_with_full_marks_joins_the_key(
    answer: str, score: int, changes: dict[str, Any], joins: bool
) -> None:
    assert is_alternative(replace(EXERCISE, **changes), answer, graded(score)) is joins


def test_a_reason_is_optional_and_short() -> None:
    assert (checked_reason(None), checked_reason("  perché sì "), checked_reason("x" * 1_000)) == (
        "", "perché sì", "x" * 1_000,
    )  # fmt: skip
    with pytest.raises(UnsuitableAppeal) as refused:
        checked_reason("x" * 1_001)
    assert (refused.value.data["limit"], refused.value.data["actual"]) == (1_000, 1_001)
    with pytest.raises(InvalidInput):
        checked_reason("\0")


def test_averages_carry_no_rounding() -> None:
    exercise, scores = an_exercise(OWNER), [33, 100, 67, 1, 99, 58, 71] * 300
    for score in scores:
        exercise = exercise.attempted(score, due_at=NOON)
    exercise = exercise.regraded(before=33, after=100, due_at=NOON)
    assert exercise.average_score == (sum(scores) - 33 + 100) / len(scores)
