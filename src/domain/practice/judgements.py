"""What a judge of open answers says: points by criterion, which become a grade."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.practice.diagnosis import Fault
from domain.shared import InvalidInput


class Criterion(StrEnum):
    """What an open answer is judged by. The value is its English name."""

    CONTENT = "Content"
    COMPLETENESS = "Completeness"
    GRAMMAR = "Grammar"


MOST_POINTS = {Criterion.CONTENT: 60, Criterion.COMPLETENESS: 25, Criterion.GRAMMAR: 15}
"""Points to be had; they add up to 100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Points by criterion, one or two sentences for the student, and how sure the judge is (0 to 1).

    Errors: InvalidInput for points outside 0 to MOST_POINTS, or a confidence outside its scale.
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

    @property
    def score(self) -> int:
        """0 to 100. Grammar and completeness of what is not to the point are worth nothing."""
        if self.content == 0:
            return 0
        return self.content + self.completeness + self.grammar
