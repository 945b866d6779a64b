"""What the review scheduler remembers, and the log of all reviews, in PostgreSQL."""

from __future__ import annotations

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import AnyRow
from adapters.postgres.tables.practice import review_cards, review_log
from application.practice.ports import ReviewRepository
from domain.practice import ReviewCard, ReviewEntry
from domain.shared import ExerciseId, UserId

_CARD = select(
    review_cards.c.exercise_id,
    review_cards.c.state,
    review_cards.c.step,
    review_cards.c.stability,
    review_cards.c.difficulty,
    review_cards.c.due_at,
    review_cards.c.last_review_at,
    review_cards.c.parameters_version,
)


class PostgresReviewRepository(ReviewRepository):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def card(self, *, owner: UserId, exercise_id: ExerciseId) -> ReviewCard | None:
        query = _CARD.where(review_cards.c.user_id == owner, review_cards.c.exercise_id == exercise_id)
        row = (await self._connection.execute(query)).first()
        return None if row is None else _card(row)

    async def save(self, card: ReviewCard, entry: ReviewEntry, *, owner: UserId) -> None:
        remembered = {
            "state": card.state,
            "step": card.step,
            "stability": card.stability,
            "difficulty": card.difficulty,
            "due_at": card.due_at,
            "last_review_at": card.last_review_at,
            "parameters_version": card.parameters_version,
        }
        statement = upsert(review_cards).values(exercise_id=card.exercise_id, user_id=owner, **remembered)
        await self._connection.execute(statement.on_conflict_do_update(constraint="review_cards_pkey", set_=remembered))
        line = {
            "user_id": owner,
            "exercise_id": entry.exercise_id,
            "rating": entry.rating,
            "reviewed_at": entry.reviewed_at,
            "duration_ms": entry.duration_ms,
            "corrects": entry.corrects,
        }
        await self._connection.execute(insert(review_log).values(line))


def _card(row: AnyRow) -> ReviewCard:
    return ReviewCard(
        exercise_id=ExerciseId(row.exercise_id),
        state=row.state,
        step=row.step,
        stability=row.stability,
        difficulty=row.difficulty,
        due_at=row.due_at,
        last_review_at=row.last_review_at,
        parameters_version=row.parameters_version,
    )
