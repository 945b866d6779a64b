"""Exercises in PostgreSQL, inside a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import AnyRow, refuse
from adapters.postgres.tables.chunks import chunks
from adapters.postgres.tables.practice import exercises
from adapters.postgres.tables.sources import sources
from application.practice.ports import ExerciseRepository
from domain.practice import Evidence, Exercise
from domain.shared import ChunkId, ExerciseId, SourceId, UserId

EXERCISE = select(
    exercises.c.id,
    exercises.c.user_id,
    exercises.c.kind,
    exercises.c.difficulty,
    exercises.c.language,
    exercises.c.grammar_focus,
    exercises.c.question,
    exercises.c.options,
    exercises.c.key,
    exercises.c.accepted,
    exercises.c.explanation,
    exercises.c.evidence_quote,
    exercises.c.evidence_start,
    exercises.c.evidence_end,
    exercises.c.evidence_page,
    exercises.c.evidence_chunk_id,
    exercises.c.evidence_source_id,
    exercises.c.times_attempted,
    exercises.c.average_score,
    exercises.c.due_at,
    exercises.c.created_at,
)


class PostgresExerciseRepository(ExerciseRepository):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, new: Sequence[Exercise]) -> tuple[Exercise, ...]:
        added = []
        for exercise in new:
            # The references are looked up as they are written: a source deleted meanwhile leaves none, and a chunk of
            # somebody else can never be pointed at.
            row = {
                **_columns(exercise),
                "evidence_chunk_id": _own(chunks, exercise.evidence.chunk_id, exercise.owner),
                "evidence_source_id": _own(sources, exercise.evidence.source_id, exercise.owner),
            }
            statement = (
                upsert(exercises)
                .values(row)
                .on_conflict_do_nothing(constraint="exercises_user_id_fingerprint_key")
                .returning(exercises.c.id)
            )
            if (await self._connection.execute(statement)).first() is not None:
                added.append(exercise)
        return tuple(added)

    async def lock(self, *, owner: UserId, id: UUID) -> Exercise:
        return await one_exercise(self._connection, EXERCISE.with_for_update(), owner=owner, id=id)

    async def save(self, exercise: Exercise) -> None:
        changed = (
            update(exercises)
            .where(exercises.c.user_id == exercise.owner, exercises.c.id == exercise.id)
            .values(
                times_attempted=exercise.times_attempted,
                average_score=exercise.average_score,
                due_at=exercise.due_at,
                accepted=list(exercise.accepted),
            )
            .returning(exercises.c.id)
        )
        if (await self._connection.execute(changed)).first() is None:
            await refuse(self._connection, exercises, exercise.id, kind="exercise")

    async def delete(self, *, owner: UserId, id: UUID) -> None:
        gone = delete(exercises).where(exercises.c.user_id == owner, exercises.c.id == id).returning(exercises.c.id)
        if (await self._connection.execute(gone)).first() is None:
            await refuse(self._connection, exercises, id, kind="exercise")


async def one_exercise(connection: AsyncConnection, query: Select[Any], *, owner: UserId, id: UUID) -> Exercise:
    """The owner's exercise. Errors: NoSuch, NotYours."""
    row = (await connection.execute(query.where(exercises.c.user_id == owner, exercises.c.id == id))).first()
    return await refuse(connection, exercises, id, kind="exercise") if row is None else exercise_of(row)


def exercise_of(row: AnyRow) -> Exercise:
    return Exercise(
        id=ExerciseId(row.id),
        owner=UserId(row.user_id),
        kind=row.kind,
        difficulty=row.difficulty,
        language=row.language,
        grammar_focus=row.grammar_focus,
        question=row.question,
        options=tuple(row.options),
        key=row.key,
        accepted=tuple(row.accepted),
        explanation=row.explanation,
        evidence=Evidence(
            quote=row.evidence_quote,
            start=row.evidence_start,
            end=row.evidence_end,
            page=row.evidence_page,
            chunk_id=ChunkId(row.evidence_chunk_id) if row.evidence_chunk_id else None,
            source_id=SourceId(row.evidence_source_id) if row.evidence_source_id else None,
        ),
        times_attempted=row.times_attempted,
        average_score=row.average_score,
        due_at=row.due_at,
        created_at=row.created_at,
    )


def _own(table: Any, id: UUID | None, owner: UserId) -> Any:
    """The id if the row is there and the owner's, otherwise null."""
    found = select(table.c.id).where(table.c.id == bindparam(None, id, Uuid), table.c.user_id == owner)
    return found.scalar_subquery()


def _columns(exercise: Exercise) -> dict[str, Any]:
    return {
        "id": exercise.id,
        "user_id": exercise.owner,
        "kind": exercise.kind,
        "difficulty": exercise.difficulty,
        "language": exercise.language,
        "grammar_focus": exercise.grammar_focus,
        "question": exercise.question,
        "fingerprint": exercise.fingerprint,
        "options": list(exercise.options),
        "key": exercise.key,
        "accepted": list(exercise.accepted),
        "explanation": exercise.explanation,
        "evidence_quote": exercise.evidence.quote,
        "evidence_start": exercise.evidence.start,
        "evidence_end": exercise.evidence.end,
        "evidence_page": exercise.evidence.page,
        "times_attempted": exercise.times_attempted,
        "average_score": exercise.average_score,
        "due_at": exercise.due_at,
        "created_at": exercise.created_at,
    }
