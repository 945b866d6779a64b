"""When to review, by FSRS-6 with its published parameters."""

from __future__ import annotations

from datetime import datetime, timedelta

from fsrs import Card, Scheduler, State
from fsrs import Rating as Button

from application.practice.ports import ReviewScheduler
from domain.practice import CardState, Rating, ReviewCard
from domain.shared import ExerciseId

PARAMETERS_VERSION = "fsrs-6-default"
_BUTTONS = {Rating.AGAIN: Button.Again, Rating.HARD: Button.Hard, Rating.GOOD: Button.Good, Rating.EASY: Button.Easy}
_STATES = {CardState.LEARNING: State.Learning, CardState.REVIEW: State.Review, CardState.RELEARNING: State.Relearning}
_NAMES = {state: name for name, state in _STATES.items()}
_CARD_ID = 1  # without one, the library makes one from the clock and sleeps


class FsrsScheduler(ReviewScheduler):
    """Nine in ten are to be remembered when they come up; at the latest after a year. No chance in it."""

    def __init__(self, *, retention: float = 0.9) -> None:
        self._scheduler = Scheduler(
            desired_retention=retention,
            learning_steps=(timedelta(minutes=10), timedelta(days=1)),
            relearning_steps=(timedelta(minutes=10),),
            maximum_interval=365,
            enable_fuzzing=False,
        )

    def review(self, card: ReviewCard | None, *, exercise_id: ExerciseId, rating: Rating, at: datetime) -> ReviewCard:
        before = Card(card_id=_CARD_ID, due=at) if card is None else _stored(card)
        after, _ = self._scheduler.review_card(before, _BUTTONS[rating], review_datetime=at)
        return ReviewCard(
            exercise_id=exercise_id,
            state=_NAMES[State(after.state)],
            step=after.step,
            stability=after.stability,
            difficulty=after.difficulty,
            due_at=after.due,
            last_review_at=after.last_review,
            parameters_version=PARAMETERS_VERSION,
        )


def _stored(card: ReviewCard) -> Card:
    return Card(
        card_id=_CARD_ID,
        state=_STATES[card.state],
        step=card.step,
        stability=card.stability,
        difficulty=card.difficulty,
        due=card.due_at,
        last_review=card.last_review_at,
    )
