"""Grade an answer, once for each attempt, and say when to see the exercise again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from application.practice.ports import (
    ExerciseReader,
    Lexicon,
    OpenUnitOfWork,
    ResponseReader,
    ReviewScheduler,
    UnitOfWork,
)
from application.shared import Clock, NewId
from domain.practice import AttemptTaken, Exercise, Grade, Response, ReviewEntry, grade, rating_of
from domain.shared import ExerciseId, ResponseId, UserId, checked_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitAnswer:
    """The same attempt id again, even at the same time, gets the same response and changes nothing."""

    uow: OpenUnitOfWork
    exercises: ExerciseReader
    responses: ResponseReader
    lexicon: Lexicon
    scheduler: ReviewScheduler
    clock: Clock
    new_id: NewId

    async def __call__(
        self,
        *,
        owner: UserId,
        exercise_id: ExerciseId,
        attempt_id: str,
        answer: str,
        response_time_ms: int | None = None,
    ) -> tuple[Response, Exercise]:
        """The response, and the exercise with its counts after it.

        An empty answer is graded 0, it is no error. Errors: NoSuch, NotYours, AnswerTooLong, UnsuitableAttemptId,
        UnstorableText, AttemptTaken.
        """
        exercise = await self.exercises.get(owner=owner, id=exercise_id)
        checked_text(attempt_id, field="attemptId")
        known = await self.responses.with_attempt(owner=owner, attempt_id=attempt_id)
        if known is not None:
            return _the_same(known, exercise_id), exercise
        # Graded outside the transaction: the word lists take half a second to load the first time.
        result = grade(
            exercise,
            checked_text(answer, field="answer"),
            is_word=lambda word: self.lexicon.is_word(word, exercise.language),
        )
        response = self._response(exercise, attempt_id, answer, result, response_time_ms)
        async with self.uow(owner) as uow:
            # The lock makes two answers to one exercise take turns; the second of one attempt finds the first's.
            exercise = await uow.exercises.lock(owner=owner, id=exercise_id)
            known = await uow.responses.with_attempt(owner=owner, attempt_id=attempt_id)
            if known is not None:
                return _the_same(known, exercise_id), exercise
            response, exercise = await self._store(uow, response, exercise)
            await uow.commit()
        return response, exercise

    def _response(
        self, exercise: Exercise, attempt_id: str, answer: str, result: Grade, response_time_ms: int | None
    ) -> Response:
        chunk_id = exercise.evidence.chunk_id
        return Response(
            id=ResponseId(self.new_id()),
            owner=exercise.owner,
            exercise_id=exercise.id,
            attempt_id=attempt_id,
            answer=answer,
            grade=result,
            suggested_review=(chunk_id,) if chunk_id is not None and result.score < 100 else (),
            created_at=self.clock(),
            response_time_ms=response_time_ms,
        )

    async def _store(self, uow: UnitOfWork, response: Response, exercise: Exercise) -> tuple[Response, Exercise]:
        rating = rating_of(response.grade.score)
        card = await uow.reviews.card(owner=exercise.owner, exercise_id=exercise.id)
        card = self.scheduler.review(card, exercise_id=exercise.id, rating=rating, at=response.created_at)
        response = replace(response, next_review_at=card.due_at)
        exercise = exercise.attempted(response.grade.score, due_at=card.due_at)
        await uow.responses.add(response)
        await uow.exercises.save(exercise)
        entry = ReviewEntry(
            exercise_id=exercise.id,
            rating=rating,
            reviewed_at=response.created_at,
            duration_ms=response.response_time_ms,
        )
        await uow.reviews.save(card, entry, owner=exercise.owner)
        return response, exercise


def _the_same(response: Response, exercise_id: ExerciseId) -> Response:
    if response.exercise_id != exercise_id:
        raise AttemptTaken
    return response
