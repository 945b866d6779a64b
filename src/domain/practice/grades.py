"""What a grade is, and what answers of each sort are worth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.practice.diagnosis import Fault

PASS_SCORE = 60
ACCENT_SCORE = 90
TYPO_SCORE = 80
WRONG_FORM_SCORE = 30
"""The right word in the wrong form: it shows something, and does not pass."""


class Grader(StrEnum):
    RULES = "RULES"
    MODEL = "MODEL"


@dataclass(frozen=True, slots=True)
class RubricLine:
    """`criterion` and `comment` are in the study language; the scores of all lines add up to the grade's."""

    criterion: str
    score: int
    max_score: int
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """`score` is 0 to 100, passed from 60; `confidence` 0 to 1."""

    score: int
    rubric: tuple[RubricLine, ...]
    feedback: str
    faults: tuple[Fault, ...] = ()
    grader: Grader = Grader.RULES
    confidence: float = 1.0

    @property
    def passed(self) -> bool:
        return self.score >= PASS_SCORE


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What comparing with one accepted answer came to."""

    score: int
    sentence: str
    faults: tuple[Fault, ...] = ()
    confidence: float = 1.0
