"""What judges of open answers say: points by criterion, and how one or two of them become a grade."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from domain.practice import feedback as sentences
from domain.practice.diagnosis import Fault
from domain.practice.exercise import Exercise, ExerciseKind
from domain.practice.grades import PASS_SCORE, Grade, Grader, RubricLine
from domain.practice.open_answers import is_settled
from domain.shared import InvalidInput, checked_text


class Criterion(StrEnum):
    """What an open answer is judged by. The value is its English name."""

    CONTENT = "Content"
    COMPLETENESS = "Completeness"
    GRAMMAR = "Grammar"


MOST_POINTS = {Criterion.CONTENT: 60, Criterion.COMPLETENESS: 25, Criterion.GRAMMAR: 15}
"""Points to be had; they add up to 100."""

MIDDLE = range(40, 80)
"""Scores that one judge alone does not decide: twenty points to either side of the pass mark."""
SURE = 0.7
"""Nor does a judge who is less sure than this."""
CLOSE = 15
"""Points that two judges may be apart and still agree; each then makes the other surer."""
FAR_APART = 25
"""Farther apart than this, and on different sides of the pass mark, they have not judged the same thing."""
DOUBT = 0.5
"""The most that is then known."""
FEEDBACK_LIMIT = 600
"""Characters of feedback that are kept: one or two sentences are asked for."""

_ITALIAN = {Criterion.CONTENT: "Contenuto", Criterion.COMPLETENESS: "Completezza", Criterion.GRAMMAR: "Grammatica"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Points by criterion, one or two sentences for the student, and how sure the judge is (0 to 1).

    Errors: InvalidInput for points outside 0 to MOST_POINTS, a confidence outside its scale, or feedback that no text
    can hold.
    """

    content: int
    completeness: int
    grammar: int
    feedback: str
    confidence: float
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        given = (
            (Criterion.CONTENT, self.content),
            (Criterion.COMPLETENESS, self.completeness),
            (Criterion.GRAMMAR, self.grammar),
        )
        for criterion, points in given:
            if not 0 <= points <= MOST_POINTS[criterion]:
                raise InvalidInput(f"{criterion} has 0 to {MOST_POINTS[criterion]} points.", field="judgement")
        if not 0 <= self.confidence <= 1:
            raise InvalidInput("Confidence is 0 to 1.", field="judgement")
        checked_text(self.feedback, field="judgement")

    @property
    def points(self) -> dict[Criterion, int]:
        """What counts. Grammar and completeness of what is not to the point are worth nothing."""
        if self.content == 0:
            return dict.fromkeys(Criterion, 0)
        return {
            Criterion.CONTENT: self.content,
            Criterion.COMPLETENESS: self.completeness,
            Criterion.GRAMMAR: self.grammar,
        }

    @property
    def score(self) -> int:
        """0 to 100."""
        return sum(self.points.values())

    @property
    def passed(self) -> bool:
        return self.score >= PASS_SCORE


def needs_judge(exercise: Exercise, grade: Grade) -> bool:
    """Whether the rules leave an answer open: only one in the student's own words, and not all of those."""
    return exercise.kind is ExerciseKind.SINGLE_ANSWER and not is_settled(grade)


def needs_second(first: Judgement) -> bool:
    """Whether a second, differently worded judge is to be asked: a middling score, or a judge who is not sure."""
    return first.score in MIDDLE or first.confidence < SURE


def combined(first: Judgement, second: Judgement) -> Judgement:
    """What two judges come to: the mean, half a point rounded up.

    Judges who agree are surer together than either alone; the farther apart, the less sure. Where they are so far apart
    that one passes what the other clearly fails, a mean would be nobody's opinion: the student has the benefit of the
    doubt, and the confidence says that it was one.
    """
    strict, lenient = sorted((first, second), key=lambda judgement: judgement.score)
    apart = lenient.score - strict.score
    least, most = sorted((first.confidence, second.confidence))
    confidence = most + (1 - most) / 2 if apart <= CLOSE else least * (1 - apart / 100)
    if lenient.passed and not strict.passed and apart > FAR_APART:
        return replace(lenient, confidence=min(confidence, DOUBT))
    mean = _mean(first, second)
    between = Judgement(
        content=mean[Criterion.CONTENT],
        completeness=mean[Criterion.COMPLETENESS],
        grammar=mean[Criterion.GRAMMAR],
        feedback="",
        confidence=confidence,
        faults=tuple(dict.fromkeys((*first.faults, *second.faults))),
    )
    # The words of the judge who says the same as the result; of two who do, of the surer.
    speaker = max((first, second), key=lambda judgement: (judgement.passed == between.passed, judgement.confidence))
    return replace(between, feedback=speaker.feedback)


def _mean(first: Judgement, second: Judgement) -> dict[Criterion, int]:
    """By criterion, so that the sum is the mean of the sums: of halves, every other one is rounded up."""
    mean, up = {}, True
    for criterion in Criterion:
        mean[criterion], half = divmod(first.points[criterion] + second.points[criterion], 2)
        if half:
            mean[criterion] += up
            up = not up
    return mean


def grade_by(judgement: Judgement, exercise: Exercise) -> Grade:
    """The grade that a judgement stands for, its rubric in the study language."""
    italian = exercise.language == "it"
    feedback = " ".join(judgement.feedback.split())
    if not feedback:
        key = "right" if judgement.score == 100 else "partial" if judgement.score else "wrong"
        feedback = sentences.told(key, wanted=exercise.key, language=exercise.language)
    if len(feedback) > FEEDBACK_LIMIT:
        feedback = f"{feedback[: FEEDBACK_LIMIT - 1].rstrip()}…"
    return Grade(
        score=judgement.score,
        rubric=tuple(
            RubricLine(_ITALIAN[criterion] if italian else criterion.value, points, MOST_POINTS[criterion])
            for criterion, points in judgement.points.items()
        ),
        feedback=feedback,
        faults=judgement.faults,
        grader=Grader.MODEL,
        confidence=judgement.confidence,
    )


class NotJudged(StrEnum):
    """Why no judge was heard."""

    CREDITS = "CREDITS"
    UNAVAILABLE = "UNAVAILABLE"


_ALONE_IN_ITALIAN = {
    NotJudged.CREDITS: "Valutata solo con le regole, perché i crediti non bastano per un giudizio più attento",
    NotJudged.UNAVAILABLE: "Valutata solo con le regole, perché un giudizio più attento per ora non è possibile",
}
_ALONE_IN_ENGLISH = {
    NotJudged.CREDITS: "Graded by rules alone, because your credits do not cover a closer look",
    NotJudged.UNAVAILABLE: "Graded by rules alone, because a closer look is not possible at the moment",
}


def by_rules_alone(grade: Grade, why: NotJudged, *, language: str) -> Grade:
    """The rules' grade, doubtful as it is, with the reason why nobody looked closer and what can be done."""
    if language == "it":
        note = f"{_ALONE_IN_ITALIAN[why]}: se non ti convince, puoi chiedere un riesame."
    else:
        note = f"{_ALONE_IN_ENGLISH[why]}: you may appeal."
    return replace(grade, feedback=f"{grade.feedback} {note}")
