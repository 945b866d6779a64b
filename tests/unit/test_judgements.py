"""How one or two judgements become a grade."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.practice import (
    MOST_POINTS,
    Criterion,
    ExerciseKind,
    Fault,
    Grade,
    Grader,
    Judgement,
    NotJudged,
    by_rules_alone,
    combined,
    grade_by,
    needs_judge,
    needs_second,
)
from domain.shared import InvalidInput
from tests.desk import OWNER
from tests.scripted_judge import KEY, a_judgement, an_open_exercise

EXERCISE = an_open_exercise(OWNER)

judgements = st.builds(
    Judgement,
    content=st.integers(0, 60),
    completeness=st.integers(0, 25),
    grammar=st.integers(0, 15),
    feedback=st.just("Bene."),
    confidence=st.floats(0, 1),
    faults=st.lists(st.sampled_from(Fault), max_size=3).map(tuple),
)


@pytest.mark.parametrize(
    ("score", "confidence", "needed"),
    [(39, 0.9, False), (40, 0.9, True), (60, 1.0, True), (79, 0.9, True), (80, 0.9, False), (100, 0.69, True),
     (0, 0.7, False), (0, 0.5, True)],
)  # fmt: skip
def test_a_middling_or_doubtful_judgement_needs_a_second(score: int, confidence: float, needed: bool) -> None:
    assert needs_second(a_judgement(score, confidence=confidence)) is needed


@pytest.mark.parametrize(
    ("kind", "confidence", "needed"),
    [
        (ExerciseKind.SINGLE_ANSWER, 0.6, True),
        (ExerciseKind.SINGLE_ANSWER, 0.95, False),
        (ExerciseKind.FILL_GAP, 0.6, False),
        (ExerciseKind.MULTIPLE_CHOICE, 0.6, False),
    ],
)
def test_only_open_answers_that_the_rules_leave_open_need_a_judge(
    kind: ExerciseKind, confidence: float, needed: bool
) -> None:
    doubtful = Grade(score=30, rubric=(), feedback="", confidence=confidence)
    assert needs_judge(replace(EXERCISE, kind=kind), doubtful) is needed


def test_judges_who_agree_are_surer_together() -> None:
    both = combined(a_judgement(70, confidence=0.8), a_judgement(62, confidence=0.6))
    assert both.score == 66
    assert both.confidence == pytest.approx(0.9)


def test_judges_who_differ_on_one_side_of_the_pass_mark_meet_in_the_middle() -> None:
    both = combined(a_judgement(60, confidence=0.9), a_judgement(100, confidence=0.8))
    assert both.score == 80
    assert both.confidence == pytest.approx(0.8 * 0.6)


def test_judges_a_little_apart_across_the_pass_mark_meet_in_the_middle() -> None:
    assert combined(a_judgement(50), a_judgement(75)).score == 63


def test_where_one_passes_what_the_other_clearly_fails_the_doubt_is_for_the_student() -> None:
    lenient, strict = a_judgement(76, feedback="Giusto."), a_judgement(45, feedback="Sbagliato.")
    for pair in ((lenient, strict), (strict, lenient)):
        both = combined(*pair)
        assert (both.score, both.feedback, both.confidence) == (76, "Giusto.", 0.5)


def test_the_words_are_those_of_the_judge_who_says_what_holds() -> None:
    passing = a_judgement(64, feedback="Basta così.", confidence=0.95)
    failing = a_judgement(48, feedback="Non basta.", confidence=0.5)
    assert combined(passing, failing).feedback == combined(failing, passing).feedback == "Non basta."


def test_what_both_found_is_said_once() -> None:
    first = a_judgement(70, faults=(Fault.GENDER, Fault.TYPO))
    assert combined(first, a_judgement(72, faults=(Fault.TYPO, Fault.NUMBER))).faults == (
        Fault.GENDER, Fault.TYPO, Fault.NUMBER,
    )  # fmt: skip


@given(judgements, judgements)
def test_two_judges_never_come_to_more_or_less_than_either_said(first: Judgement, second: Judgement) -> None:
    both = combined(first, second)
    assert min(first.score, second.score) <= both.score <= max(first.score, second.score)
    assert 0 <= both.confidence <= 1
    assert both.score == combined(second, first).score
    assert both.score in ((first.score + second.score + 1) // 2, max(first.score, second.score))
    assert set(both.faults) <= {*first.faults, *second.faults}


@given(judgements)
def test_rubric_lines_add_up_to_the_score(judgement: Judgement) -> None:
    grade = grade_by(judgement, EXERCISE)
    assert [(line.criterion, line.max_score) for line in grade.rubric] == [
        ("Contenuto", 60), ("Completezza", 25), ("Grammatica", 15),
    ]  # fmt: skip
    assert sum(line.score for line in grade.rubric) == grade.score == judgement.score
    assert (grade.grader, grade.confidence, grade.faults) == (Grader.MODEL, judgement.confidence, judgement.faults)


def test_the_rubric_is_in_the_study_language() -> None:
    grade = grade_by(a_judgement(80), replace(EXERCISE, language="en"))
    assert [line.criterion for line in grade.rubric] == ["Content", "Completeness", "Grammar"]


def test_good_grammar_that_is_not_to_the_point_is_worth_nothing() -> None:
    judgement = Judgement(content=0, completeness=25, grammar=15, feedback="", confidence=1)
    grade = grade_by(judgement, EXERCISE)
    assert (grade.score, [line.score for line in grade.rubric]) == (0, [0, 0, 0])
    assert grade.feedback == f"Non è questa la risposta: quella giusta è «{KEY}»."


def test_feedback_is_one_line_and_not_a_lecture() -> None:
    grade = grade_by(a_judgement(80, feedback="Bene,\n ma  " + "x" * 5_000), EXERCISE)
    assert grade.feedback.startswith("Bene, ma xxx")
    assert (len(grade.feedback), grade.feedback[-1]) == (600, "…")


@pytest.mark.parametrize(
    "changes",
    [{"content": 61}, {"content": -1}, {"completeness": 26}, {"grammar": 16}, {"confidence": 1.01},
     {"confidence": float("nan")}, {"feedback": "Bene\0"}, {"feedback": "\ud800"}],
)  # fmt: skip
def test_a_judgement_off_its_scale_is_none(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        a_judgement(80, **changes)


def test_the_points_to_be_had_add_up_to_a_hundred() -> None:
    assert sum(MOST_POINTS[criterion] for criterion in Criterion) == 100


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("why", NotJudged)
def test_a_grade_by_rules_alone_says_why_and_what_can_be_done(language: str, why: NotJudged) -> None:
    grade = Grade(score=30, rubric=(), feedback="Ecco.", confidence=0.6)
    alone = by_rules_alone(grade, why, language=language)
    assert replace(alone, feedback="Ecco.") == grade
    assert alone.feedback.startswith("Ecco. ")
    assert ("riesame" if language == "it" else "appeal") in alone.feedback
    assert ("credit" in alone.feedback) is (why is NotJudged.CREDITS)
