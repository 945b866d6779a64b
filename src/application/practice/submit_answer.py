"""Grade an answer, once for each attempt, and say when to see the exercise again."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from logging import getLogger

from application.accounts import HoldCredits
from application.practice.metered_judge import Bill, MeteredAnswerJudge, judging_credits, open_answer
from application.practice.ports import (
    ExerciseReader,
    Lexicon,
    OpenUnitOfWork,
    ResponseReader,
    ReviewScheduler,
    UnitOfWork,
)
from application.shared import Clock, NewId
from domain.accounts import CreditOperation, InsufficientCredits
from domain.practice import (
    AttemptTaken,
    Exercise,
    Grade,
    GradingCharge,
    NotJudged,
    Response,
    ReviewEntry,
    by_rules_alone,
    grade,
    grade_by,
    needs_judge,
    rating_of,
    review_moment,
)
from domain.shared import ExerciseId, ResponseId, StudioloError, UserId, checked_text

_JUDGES = 2
"""Credits are held for both, whether the second is asked or not."""

_log = getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitAnswer:
    """The same attempt id again, even at the same time, gets the same response, changes nothing and costs nothing.

    Rules grade first, and are free. What they leave open goes to the `judge`, where there is one, and is charged by
    tokens together with the response. An answer never fails because of its judge: out of credits, or with the model
    down, the rules' grade stands, with its low confidence and a word about why.
    """

    uow: OpenUnitOfWork
    hold: HoldCredits
    exercises: ExerciseReader
    responses: ResponseReader
    lexicon: Lexicon
    judge: MeteredAnswerJudge | None
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
        # Graded outside the transaction: the word lists take half a second to load the first time, a model longer.
        result = grade(
            exercise,
            checked_text(answer, field="answer"),
            is_word=lambda word: self.lexicon.is_word(word, exercise.language),
        )
        # Made before anybody is paid: what cannot be stored is refused here.
        response = self._response(exercise, attempt_id, answer, result, response_time_ms)
        async with AsyncExitStack() as holding:
            bill = None
            if self.judge is not None and needs_judge(exercise, result):
                response, bill = await self._judged(exercise, response, self.judge, holding)
            return await self._stored(response, bill)

    def _response(
        self, exercise: Exercise, attempt_id: str, answer: str, result: Grade, response_time_ms: int | None
    ) -> Response:
        return Response(
            id=ResponseId(self.new_id()),
            owner=exercise.owner,
            exercise_id=exercise.id,
            attempt_id=attempt_id,
            answer=answer,
            grade=result,
            suggested_review=(),
            created_at=self.clock(),
            response_time_ms=response_time_ms,
        )

    async def _judged(
        self, exercise: Exercise, response: Response, judge: MeteredAnswerJudge, holding: AsyncExitStack
    ) -> tuple[Response, Bill | None]:
        """The response as judged, and what is to be settled; as the rules graded it when no judge is to be had."""
        asked = open_answer(exercise, response.answer)
        hold = self.hold(
            owner=exercise.owner, operation=CreditOperation.GRADING, estimate=judging_credits(asked, judges=_JUDGES)
        )
        try:
            held = await holding.enter_async_context(hold)
        except InsufficientCredits:
            return _unjudged(response, NotJudged.CREDITS, exercise), None
        try:
            judgement, usage = await judge.first(asked)
        except StudioloError as error:
            _log.warning("judge not heard", extra={"reason": error.message})
            return _unjudged(response, NotJudged.UNAVAILABLE, exercise), None
        return replace(response, grade=grade_by(judgement, exercise)), Bill(held, usage)

    async def _stored(self, response: Response, bill: Bill | None) -> tuple[Response, Exercise]:
        """Response, counts, review and charge: all or nothing."""
        owner = response.owner
        async with self.uow(owner) as uow:
            # The lock makes two answers to one exercise take turns; the second of one attempt finds the first's.
            exercise = await uow.exercises.lock(owner=owner, id=response.exercise_id)
            known = await uow.responses.with_attempt(owner=owner, attempt_id=response.attempt_id)
            if known is not None:
                return _the_same(known, exercise.id), exercise
            if bill is not None:
                line = await bill.settled(uow, at=self.clock())
                response = replace(response, charge=GradingCharge(entry_id=line.id, credits=line.cost))
            response, exercise = await self._reviewed(uow, response, exercise)
            await uow.commit()
        return response, exercise

    async def _reviewed(self, uow: UnitOfWork, response: Response, exercise: Exercise) -> tuple[Response, Exercise]:
        score, chunk_id = response.grade.score, exercise.evidence.chunk_id
        card = await uow.reviews.card(owner=exercise.owner, exercise_id=exercise.id)
        at = review_moment(card, self.clock())
        card = self.scheduler.review(card, exercise_id=exercise.id, rating=rating_of(score), at=at)
        response = replace(
            response,
            created_at=at,
            next_review_at=card.due_at,
            suggested_review=(chunk_id,) if chunk_id is not None and score < 100 else (),
        )
        exercise = exercise.attempted(score, due_at=card.due_at)
        await uow.responses.add(response)
        await uow.exercises.save(exercise)
        entry = ReviewEntry(
            exercise_id=exercise.id,
            rating=rating_of(score),
            reviewed_at=at,
            duration_ms=response.response_time_ms,
        )
        await uow.reviews.save(card, entry, owner=exercise.owner)
        return response, exercise


def _unjudged(response: Response, why: NotJudged, exercise: Exercise) -> Response:
    return replace(response, grade=by_rules_alone(response.grade, why, language=exercise.language))


def _the_same(response: Response, exercise_id: ExerciseId) -> Response:
    if response.exercise_id != exercise_id:
        raise AttemptTaken
    return response
