"""Exercises, responses and progress in PostgreSQL, to show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Date, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.engine import Transactions
from adapters.postgres.practice_responses import RESPONSE, one_response, read_response, response_of
from adapters.postgres.practice_stores import EXERCISE, exercise_of, one_exercise
from adapters.postgres.rows import count, fetch_page
from adapters.postgres.tables.practice import exercises, responses
from application.practice.ports import ExerciseFilter, ExerciseReader, ResponseReader
from application.shared import Page, Window
from domain.practice import Exercise, FocusProgress, Response, StudyProgress, end_of_day, streak
from domain.shared import ExerciseId, UserId

_LONGEST_STREAK = 3_660


class PostgresExerciseReader(ExerciseReader):
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def get(self, *, owner: UserId, id: UUID) -> Exercise:
        async with self._transactions.read(owner) as connection:
            return await one_exercise(connection, EXERCISE, owner=owner, id=id)

    async def many(self, *, owner: UserId, ids: Sequence[ExerciseId]) -> dict[ExerciseId, Exercise]:
        query = EXERCISE.where(exercises.c.user_id == owner, exercises.c.id.in_(ids))
        async with self._transactions.read(owner) as connection:
            found = [exercise_of(row) for row in await connection.execute(query)]
        return {exercise.id: exercise for exercise in found}

    async def page(self, *, owner: UserId, window: Window, where: ExerciseFilter) -> Page[Exercise]:
        query = EXERCISE.where(exercises.c.user_id == owner, *_conditions(where))
        async with self._transactions.read(owner) as connection:
            return await fetch_page(
                connection, query, window, key=exercises.c.created_at, id=exercises.c.id, read=exercise_of
            )

    async def count(self, *, owner: UserId, where: ExerciseFilter) -> int:
        query = select(exercises.c.id).where(exercises.c.user_id == owner, *_conditions(where))
        async with self._transactions.read(owner) as connection:
            return await count(connection, query)

    async def due(self, *, owner: UserId, at: datetime, limit: int) -> tuple[Exercise, ...]:
        query = (
            EXERCISE.where(exercises.c.user_id == owner, exercises.c.due_at <= at)
            .order_by(exercises.c.due_at, exercises.c.id)
            .limit(limit)
        )
        async with self._transactions.read(owner) as connection:
            return tuple(exercise_of(row) for row in await connection.execute(query))

    async def fingerprints(self, *, owner: UserId) -> frozenset[str]:
        query = select(exercises.c.fingerprint).where(exercises.c.user_id == owner)
        async with self._transactions.read(owner) as connection:
            return frozenset((await connection.execute(query)).scalars())


class PostgresResponseReader(ResponseReader):
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def get(self, *, owner: UserId, id: UUID) -> Response:
        async with self._transactions.read(owner) as connection:
            return await one_response(connection, owner=owner, id=id)

    async def with_attempt(self, *, owner: UserId, attempt_id: str) -> Response | None:
        async with self._transactions.read(owner) as connection:
            return await response_of(connection, owner=owner, attempt_id=attempt_id)

    async def page(self, *, owner: UserId, window: Window) -> Page[Response]:
        query = RESPONSE.where(responses.c.user_id == owner)
        async with self._transactions.read(owner) as connection:
            return await fetch_page(
                connection, query, window, key=responses.c.created_at, id=responses.c.id, read=read_response
            )

    async def count(self, *, owner: UserId) -> int:
        async with self._transactions.read(owner) as connection:
            return await count(connection, select(responses.c.id).where(responses.c.user_id == owner))

    async def progress(self, *, owner: UserId, at: datetime) -> StudyProgress:
        async with self._transactions.read(owner) as connection:
            return await _progress(connection, owner, at.astimezone(UTC))


async def _progress(connection: AsyncConnection, owner: UserId, at: datetime) -> StudyProgress:
    mine = responses.c.user_id == owner
    answered = func.count().label("answered")
    average = func.avg(responses.c.score).label("average")
    total = (await connection.execute(select(answered, average).where(mine))).one()
    by_focus = (
        select(exercises.c.grammar_focus, answered, average)
        .join(exercises, exercises.c.id == responses.c.exercise_id)
        .where(mine, exercises.c.user_id == owner, exercises.c.grammar_focus.is_not(None))
        .group_by(exercises.c.grammar_focus)
        .order_by(exercises.c.grammar_focus)
    )
    focuses = [
        FocusProgress(focus=row.grammar_focus, answered=row.answered, average_score=float(row.average))
        for row in await connection.execute(by_focus)
    ]
    due = select(
        func.count().filter(exercises.c.due_at <= at).label("now"),
        func.count().filter(exercises.c.due_at < end_of_day(at)).label("today"),
    ).where(exercises.c.user_id == owner, exercises.c.due_at.is_not(None))
    dues = (await connection.execute(due)).one()
    day = cast(func.timezone("UTC", responses.c.created_at), Date).label("day")
    days = select(day).where(mine).distinct().order_by(day.desc()).limit(_LONGEST_STREAK)
    return StudyProgress(
        answered=total.answered,
        average_score=None if total.average is None else float(total.average),
        due_now=dues.now,
        due_today=dues.today,
        streak_days=streak((await connection.execute(days)).scalars(), today=at.date()),
        by_focus=tuple(focuses),
    )


def _conditions(where: ExerciseFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if where.kind is not None:
        conditions.append(exercises.c.kind == where.kind)
    if where.difficulty is not None:
        conditions.append(exercises.c.difficulty == where.difficulty)
    if where.grammar_focus is not None:
        conditions.append(exercises.c.grammar_focus == where.grammar_focus)
    if where.source_id is not None:
        conditions.append(exercises.c.evidence_source_id == where.source_id)
    if where.answered is not None:
        conditions.append(exercises.c.times_attempted > 0 if where.answered else exercises.c.times_attempted == 0)
    return conditions
