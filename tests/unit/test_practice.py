"""Exercises answered, reviewed and deleted, on memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from adapters.fsrs.scheduler import FsrsScheduler
from adapters.memory.database import Tables
from adapters.memory.practice import LOG
from application.practice import GeneratedExercises
from domain.practice import (
    AnswerTooLong,
    CardState,
    Exercise,
    ExerciseKind,
    Fault,
    Rating,
    Response,
    UnsuitableAttemptId,
    streak,
)
from domain.shared import ExerciseId, InvalidInput, NoSuch, NotYours
from tests.builders import NOON
from tests.builders_practice import DANTE, an_exercise
from tests.classroom import Classroom, opened
from tests.desk import OTHER, OWNER, Desk


@pytest.fixture
async def room() -> Classroom:
    desk = Desk()
    await opened(desk)
    return Classroom(desk)


async def generated(room: Classroom, **wanted: Any) -> GeneratedExercises:
    return await room.practice.generate_exercises(owner=OWNER, **wanted)


class TestSubmitAnswer:
    @pytest.fixture
    async def exercise(self, room: Classroom) -> Exercise:
        await room.desk.read(DANTE)
        (exercise,) = (await generated(room, count=1, kinds=[ExerciseKind.FILL_GAP])).exercises
        return exercise

    async def answer(
        self, room: Classroom, exercise: Exercise, answer: str, attempt: str = "1", **more: Any
    ) -> tuple[Response, Exercise]:
        return await room.practice.submit_answer(
            owner=OWNER, exercise_id=exercise.id, attempt_id=attempt, answer=answer, **more
        )

    async def test_a_right_answer_opens_the_solution(self, room: Classroom, exercise: Exercise) -> None:
        response, after = await self.answer(room, exercise, exercise.key, response_time_ms=900)
        assert (response.grade.score, response.suggested_review, response.response_time_ms) == (100, (), 900)
        assert after.solution is not None
        assert after.solution.key == exercise.key
        assert (after.times_attempted, after.average_score, after.due_at) == (1, 100.0, response.next_review_at)
        assert await room.practice.exercises.get(owner=OWNER, id=exercise.id) == after

    async def test_a_wrong_answer_says_what_to_read_again(self, room: Classroom, exercise: Exercise) -> None:
        response, after = await self.answer(room, exercise, "asdf")
        assert not response.grade.passed
        assert response.suggested_review == (exercise.evidence.chunk_id,)
        assert after.average_score == response.grade.score

    async def test_nothing_is_an_answer_worth_nothing(self, room: Classroom, exercise: Exercise) -> None:
        response, _ = await self.answer(room, exercise, "")
        assert (response.grade.score, response.grade.faults) == (0, (Fault.EMPTY,))

    async def test_the_same_attempt_changes_nothing(self, room: Classroom, exercise: Exercise) -> None:
        first, _ = await self.answer(room, exercise, exercise.key)
        again, after = await self.answer(room, exercise, "altro")
        assert again == first
        assert after.times_attempted == 1

    async def test_averages_follow_every_attempt(self, room: Classroom, exercise: Exercise) -> None:
        await self.answer(room, exercise, exercise.key, "1")
        _, after = await self.answer(room, exercise, "", "2")
        assert (after.times_attempted, after.average_score) == (2, 50.0)

    async def test_reviews_are_logged_and_come_due(self, room: Classroom, exercise: Exercise) -> None:
        first, _ = await self.answer(room, exercise, exercise.key, "1")
        assert first.next_review_at is not None
        room.desk.time.now = first.next_review_at
        due = await room.practice.exercises.due(owner=OWNER, at=room.desk.time(), limit=5)
        assert [one.id for one in due] == [exercise.id]
        second, _ = await self.answer(room, exercise, "", "2")
        assert second.next_review_at == room.desk.time() + timedelta(minutes=10)
        tables: Tables = room.desk.database.committed
        assert [entry.rating for _, entry in tables[LOG].values()] == [Rating.GOOD, Rating.AGAIN]

    async def test_an_exercise_whose_source_is_gone_can_still_be_answered(
        self, room: Classroom, exercise: Exercise
    ) -> None:
        assert exercise.evidence.source_id is not None
        await room.desk.library.delete_source(owner=OWNER, id=exercise.evidence.source_id)
        response, after = await self.answer(room, exercise, "asdf")
        assert response.suggested_review == ()
        assert after.solution is not None
        assert (after.solution.evidence.source_id, after.solution.evidence.quote) == (None, exercise.evidence.quote)

    async def test_what_is_refused_leaves_nothing_behind(self, room: Classroom, exercise: Exercise) -> None:
        for answer, attempt, more, refusal in (
            ("x" * 10_001, "1", {}, AnswerTooLong),
            ("x", "", {}, UnsuitableAttemptId),
            ("x", "a" * 101, {}, UnsuitableAttemptId),
            ("x\x00", "1", {}, InvalidInput),
            ("x", "1\ud800", {}, InvalidInput),
            ("x", "1", {"response_time_ms": -1}, InvalidInput),
        ):
            with pytest.raises(refusal):
                await self.answer(room, exercise, answer, attempt, **more)
        assert await room.practice.responses.count(owner=OWNER) == 0
        assert (await room.practice.exercises.get(owner=OWNER, id=exercise.id)).solution is None

    async def test_others_exercises_and_none_at_all_are_refused(self, room: Classroom, exercise: Exercise) -> None:
        submit = room.practice.submit_answer
        with pytest.raises(NotYours):
            await submit(owner=OTHER, exercise_id=exercise.id, attempt_id="1", answer="x")
        with pytest.raises(NoSuch):
            await submit(owner=OWNER, exercise_id=ExerciseId(uuid4()), attempt_id="1", answer="x")


class TestDeleteExercise:
    async def test_it_is_gone_for_its_owner_alone(self, room: Classroom) -> None:
        exercise = an_exercise(OWNER)
        async with room.desk.uow(OWNER) as uow:
            await uow.exercises.add([exercise])
            await uow.commit()
        with pytest.raises(NotYours):
            await room.practice.delete_exercise(owner=OTHER, id=exercise.id)
        await room.practice.delete_exercise(owner=OWNER, id=exercise.id)
        with pytest.raises(NoSuch):
            await room.practice.delete_exercise(owner=OWNER, id=exercise.id)


def test_what_is_remembered_comes_up_ever_later() -> None:
    scheduler, id = FsrsScheduler(), ExerciseId(uuid4())
    card, at, gaps = None, NOON, []
    for _ in range(5):
        card = scheduler.review(card, exercise_id=id, rating=Rating.GOOD, at=at)
        gaps.append(card.due_at - at)
        at = card.due_at
    assert gaps == sorted(gaps)
    assert gaps[0] == timedelta(days=1)
    assert gaps[-1] > timedelta(days=14)
    assert card is not None
    forgotten = scheduler.review(card, exercise_id=id, rating=Rating.AGAIN, at=at)
    assert (card.state, forgotten.state) == (CardState.REVIEW, CardState.RELEARNING)
    assert forgotten.due_at - at == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("days_ago", "length"),
    [((), 0), ((0,), 1), ((1,), 1), ((0, 1, 2), 3), ((1, 2), 2), ((0, 2), 1), ((2, 3), 0), ((0, 0, 1), 2)],
)
def test_a_streak_ends_with_a_day_without_an_answer(days_ago: Sequence[int], length: int) -> None:
    today = date(2026, 3, 15)
    assert streak((today - timedelta(days=days) for days in days_ago), today=today) == length
