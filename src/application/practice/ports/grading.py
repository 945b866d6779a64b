"""Words of a language, judges of open answers, and when to see an exercise again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.accounts import Usage
from domain.practice import Judgement, Rating, ReviewCard
from domain.shared import ExerciseId


class Lexicon(Protocol):
    """Knows the words of a language."""

    def is_word(self, word: str, language: str) -> bool:
        """Whether a word in lower case is one. False for everything in a language that it does not know."""
        ...


class Wording(StrEnum):
    """Which of two differently worded judges is asked."""

    FIRST = "FIRST"
    SECOND = "SECOND"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAnswer:
    """A student's answer to an open question, with what it is measured by. `answer` is anybody's text."""

    language: str
    question: str
    key: str
    accepted: tuple[str, ...]
    evidence: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAnswer:
    """`usage` is what the provider counted; None when it gives no figures."""

    judgement: Judgement
    usage: Usage | None = None


class AnswerJudge(Protocol):
    """Judges open answers that the rules cannot settle."""

    async def judge(self, answer: OpenAnswer, *, wording: Wording) -> JudgedAnswer:
        """Errors: Unavailable (also for prose, wrong JSON, or half of it), RateLimited."""
        ...


class ReviewScheduler(Protocol):
    """Decides when to see an exercise again."""

    def review(self, card: ReviewCard | None, *, exercise_id: ExerciseId, rating: Rating, at: datetime) -> ReviewCard:
        """The card after a review at that moment; None stands for an exercise that was never reviewed."""
        ...
