"""When to see an exercise again: the memory of it as a value, and the rating that a grade stands for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.practice.grades import PASS_SCORE, TYPO_SCORE
from domain.shared import ExerciseId


class Rating(StrEnum):
    AGAIN = "AGAIN"
    HARD = "HARD"
    GOOD = "GOOD"
    EASY = "EASY"


class CardState(StrEnum):
    LEARNING = "LEARNING"
    REVIEW = "REVIEW"
    RELEARNING = "RELEARNING"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCard:
    """What the scheduler remembers of one exercise: stability in days, difficulty 1 to 10."""

    exercise_id: ExerciseId
    state: CardState
    step: int | None
    stability: float | None
    difficulty: float | None
    due_at: datetime
    last_review_at: datetime | None
    parameters_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewEntry:
    """One line of the review log, which is only added to.

    `corrects`: it takes the place of the earlier line of this exercise and moment, whose grade an appeal has changed.
    """

    exercise_id: ExerciseId
    rating: Rating
    reviewed_at: datetime
    duration_ms: int | None = None
    corrects: bool = False


def rating_of(score: int) -> Rating:
    """A fail is AGAIN, up to a typo HARD, better GOOD; a rule cannot know that it was EASY."""
    if score < PASS_SCORE:
        return Rating.AGAIN
    return Rating.HARD if score <= TYPO_SCORE else Rating.GOOD


def review_moment(card: ReviewCard | None, at: datetime) -> datetime:
    """When a review takes place: now, and after the last one, whatever the clocks of two machines say.

    So every review of an exercise has a moment of its own, and their order is the order in which they were stored.
    """
    if card is None or card.last_review_at is None:
        return at
    return max(at, card.last_review_at + timedelta(microseconds=1))
