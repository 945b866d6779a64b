"""Exercises, responses and reviews in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from adapters.memory.chunk_tables import CHUNKS
from adapters.memory.database import MemoryDatabase, Table, Tables, own, window_of
from adapters.memory.sources import SOURCES
from application.practice.ports import (
    ExerciseFilter,
    ExerciseReader,
    ExerciseRepository,
    ResponseReader,
    ResponseRepository,
    ReviewRepository,
)
from application.shared import Page, Window
from domain.practice import (
    AttemptTaken,
    Evidence,
    Exercise,
    FocusProgress,
    Response,
    ReviewCard,
    ReviewEntry,
    StudyProgress,
    end_of_day,
    streak,
)
from domain.shared import ExerciseId, NoSuch, ResponseId, UserId

EXERCISES: Table[ExerciseId, Exercise] = Table("exercises")
RESPONSES: Table[ResponseId, Response] = Table("responses")
CARDS: Table[ExerciseId, ReviewCard] = Table("review_cards")
LOG: Table[int, tuple[UserId, ReviewEntry]] = Table("review_log")


class MemoryExerciseRepository(ExerciseRepository):
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, new: Sequence[Exercise]) -> tuple[Exercise, ...]:
        rows, added = self._tables[EXERCISES], []
        for exercise in new:
            known = {row.fingerprint for row in rows.values() if row.owner == exercise.owner}
            if exercise.fingerprint not in known:
                rows[exercise.id] = exercise
                added.append(exercise)
        return tuple(added)

    async def lock(self, *, owner: UserId, id: UUID) -> Exercise:
        return _own(self._tables, owner, id)

    async def save(self, exercise: Exercise) -> None:
        stored = _own(self._tables, exercise.owner, exercise.id)
        self._tables[EXERCISES][stored.id] = replace(
            stored,
            times_attempted=exercise.times_attempted,
            average_score=exercise.average_score,
            due_at=exercise.due_at,
            accepted=exercise.accepted,
        )

    async def delete(self, *, owner: UserId, id: UUID) -> None:
        exercise = _own(self._tables, owner, id)
        del self._tables[EXERCISES][exercise.id]
        self._tables[CARDS].pop(exercise.id, None)
        responses, log = self._tables[RESPONSES], self._tables[LOG]
        for response in [row.id for row in responses.values() if row.exercise_id == exercise.id]:
            del responses[response]
        for line in [number for number, (_, entry) in log.items() if entry.exercise_id == exercise.id]:
            del log[line]


class MemoryResponseRepository(ResponseRepository):
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, response: Response) -> None:
        exercise = self._tables[EXERCISES].get(response.exercise_id)
        if exercise is None or exercise.owner != response.owner:
            raise NoSuch("exercise")
        if await self.with_attempt(owner=response.owner, attempt_id=response.attempt_id) is not None:
            raise AttemptTaken
        self._tables[RESPONSES][response.id] = response

    async def with_attempt(self, *, owner: UserId, attempt_id: str) -> Response | None:
        return _with_attempt(self._tables, owner, attempt_id)

    async def get(self, *, owner: UserId, id: UUID) -> Response:
        return _response(self._tables, owner, id)

    async def of_exercise(self, *, owner: UserId, exercise_id: ExerciseId) -> tuple[Response, ...]:
        rows = self._tables[RESPONSES].values()
        mine = [row for row in rows if row.owner == owner and row.exercise_id == exercise_id]
        return tuple(sorted(mine, key=lambda row: (row.created_at, row.id)))

    async def save(self, response: Response) -> None:
        stored = _response(self._tables, response.owner, response.id)
        self._tables[RESPONSES][stored.id] = replace(
            stored,
            grade=response.grade,
            suggested_review=response.suggested_review,
            next_review_at=response.next_review_at,
            appeal=response.appeal,
        )


class MemoryReviewRepository(ReviewRepository):
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def card(self, *, owner: UserId, exercise_id: ExerciseId) -> ReviewCard | None:
        exercise = self._tables[EXERCISES].get(exercise_id)
        return self._tables[CARDS].get(exercise_id) if exercise and exercise.owner == owner else None

    async def save(self, card: ReviewCard, entry: ReviewEntry, *, owner: UserId) -> None:
        self._tables[CARDS][card.exercise_id] = card
        log = self._tables[LOG]
        log[max(log, default=0) + 1] = (owner, entry)


class MemoryExerciseReader(ExerciseReader):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, *, owner: UserId, id: UUID) -> Exercise:
        return _own(self._database.committed, owner, id)

    async def many(self, *, owner: UserId, ids: Sequence[ExerciseId]) -> dict[ExerciseId, Exercise]:
        wanted = set(ids)
        return {exercise.id: exercise for exercise in self._all(owner) if exercise.id in wanted}

    async def page(self, *, owner: UserId, window: Window, where: ExerciseFilter) -> Page[Exercise]:
        rows = [exercise for exercise in self._all(owner) if _matches(exercise, where)]
        return window_of(rows, window, key=lambda exercise: exercise.created_at, id=lambda exercise: exercise.id)

    async def count(self, *, owner: UserId, where: ExerciseFilter) -> int:
        return sum(_matches(exercise, where) for exercise in self._all(owner))

    async def due(self, *, owner: UserId, at: datetime, limit: int) -> tuple[Exercise, ...]:
        due = [(row.due_at, row.id, row) for row in self._all(owner) if row.due_at is not None and row.due_at <= at]
        return tuple(exercise for _, _, exercise in sorted(due, key=lambda row: row[:2])[:limit])

    async def fingerprints(self, *, owner: UserId) -> frozenset[str]:
        return frozenset(exercise.fingerprint for exercise in self._all(owner))

    def _all(self, owner: UserId) -> list[Exercise]:
        tables = self._database.committed
        return [_present(tables, row) for row in tables[EXERCISES].values() if row.owner == owner]


class MemoryResponseReader(ResponseReader):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, *, owner: UserId, id: UUID) -> Response:
        return _response(self._database.committed, owner, id)

    async def with_attempt(self, *, owner: UserId, attempt_id: str) -> Response | None:
        return _with_attempt(self._database.committed, owner, attempt_id)

    async def page(self, *, owner: UserId, window: Window) -> Page[Response]:
        rows = self._all(owner)
        return window_of(rows, window, key=lambda response: response.created_at, id=lambda response: response.id)

    async def count(self, *, owner: UserId) -> int:
        return len(self._all(owner))

    async def progress(self, *, owner: UserId, at: datetime) -> StudyProgress:
        at = at.astimezone(UTC)
        responses = self._all(owner)
        exercises = {row.id: row for row in self._database.committed[EXERCISES].values() if row.owner == owner}
        scores: dict[str, list[int]] = defaultdict(list)
        for response in responses:
            focus = exercises[response.exercise_id].grammar_focus
            if focus is not None:
                scores[focus].append(response.grade.score)
        dues = [row.due_at for row in exercises.values() if row.due_at is not None]
        return StudyProgress(
            answered=len(responses),
            average_score=_average([response.grade.score for response in responses]) if responses else None,
            due_now=sum(due <= at for due in dues),
            due_today=sum(due < end_of_day(at) for due in dues),
            streak_days=streak((row.created_at.astimezone(UTC).date() for row in responses), today=at.date()),
            by_focus=tuple(
                FocusProgress(focus=focus, answered=len(given), average_score=_average(given))
                for focus, given in sorted(scores.items())
            ),
        )

    def _all(self, owner: UserId) -> list[Response]:
        return [row for row in self._database.committed[RESPONSES].values() if row.owner == owner]


def _own(tables: Tables, owner: UserId, id: UUID) -> Exercise:
    rows = tables[EXERCISES]
    exercise = own(rows, id, owner=owner, owner_of=lambda exercise: exercise.owner, kind="exercise")
    return _present(tables, exercise)


def _response(tables: Tables, owner: UserId, id: UUID) -> Response:
    return own(tables[RESPONSES], id, owner=owner, owner_of=lambda response: response.owner, kind="response")


def _present(tables: Tables, exercise: Exercise) -> Exercise:
    """The exercise without references to what is gone, or was never the owner's."""
    evidence = exercise.evidence
    chunk = tables[CHUNKS].get(evidence.chunk_id) if evidence.chunk_id else None
    source = tables[SOURCES].get(evidence.source_id) if evidence.source_id else None
    kept: Evidence = replace(
        evidence,
        chunk_id=evidence.chunk_id if chunk and chunk.owner == exercise.owner else None,
        source_id=evidence.source_id if source and source.owner == exercise.owner else None,
    )
    return replace(exercise, evidence=kept)


def _with_attempt(tables: Tables, owner: UserId, attempt_id: str) -> Response | None:
    for response in tables[RESPONSES].values():
        if response.owner == owner and response.attempt_id == attempt_id:
            return response
    return None


def _average(scores: Sequence[int]) -> float:
    return sum(scores) / len(scores)


def _matches(exercise: Exercise, where: ExerciseFilter) -> bool:
    return (
        where.kind in (None, exercise.kind)
        and where.difficulty in (None, exercise.difficulty)
        and where.grammar_focus in (None, exercise.grammar_focus)
        and where.source_id in (None, exercise.evidence.source_id)
        and where.answered in (None, exercise.times_attempted > 0)
    )
