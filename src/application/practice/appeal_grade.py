"""Look at a grade a second time, once for each response."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime

from application.accounts import HoldCredits, refund
from application.practice.metered_judge import Bill, MeteredAnswerJudge, judging_credits, open_answer
from application.practice.ports import (
    ExerciseReader,
    Lexicon,
    OpenUnitOfWork,
    ResponseReader,
    ReviewScheduler,
    UnitOfWork,
    Wording,
)
from application.shared import Clock, NewId
from domain.accounts import CreditOperation, NothingToRefund
from domain.practice import (
    Appeal,
    Exercise,
    Grade,
    NothingToAppeal,
    Response,
    ReviewCard,
    ReviewEntry,
    checked_reason,
    grade,
    grade_by,
    is_alternative,
    is_convincing,
    may_be_judged,
    rating_of,
    succeeds,
)
from domain.shared import CreditEntryId, ResponseId, UserId

REFUND_REASON = "Appeal upheld."


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealGrade:
    """The rules again, for they and the accepted answers may have grown, then a differently worded judge.

    An appeal that is granted is free, gives back what the first grading cost, and puts the exercise's average and its
    next review where they would be had the answer been graded so at once. One that fails changes no grade and pays for
    its judge. A grade is never lowered.
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

    async def __call__(self, *, owner: UserId, response_id: ResponseId, reason: str | None = None) -> Response:
        """The response with its `appeal`; of one that was heard before, as it was decided then.

        An appeal that cannot be heard is not used up. Errors: NoSuch, NotYours, UnsuitableAppeal, UnstorableText,
        NothingToAppeal; and from the judge InsufficientCredits, Unavailable, RateLimited.
        """
        reason = checked_reason(reason)
        response = await self.responses.get(owner=owner, id=response_id)
        if response.appeal is not None:
            return response
        if response.grade.score == 100:
            raise NothingToAppeal
        exercise = await self.exercises.get(owner=owner, id=response.exercise_id)
        second = grade(exercise, response.answer, is_word=lambda word: self.lexicon.is_word(word, exercise.language))
        async with AsyncExitStack() as holding:
            bill = None
            granted: Grade | None = second if succeeds(response.grade, second) else None
            if granted is None and self.judge is not None and may_be_judged(exercise, second):
                granted, bill = await self._judged(exercise, response, self.judge, holding)
            return await self._decided(response, granted, bill, reason)

    async def _judged(
        self, exercise: Exercise, response: Response, judge: MeteredAnswerJudge, holding: AsyncExitStack
    ) -> tuple[Grade | None, Bill]:
        """The grade that the judge grants, if any, and what is to be settled if none."""
        asked = open_answer(exercise, response.answer)
        hold = self.hold(
            owner=exercise.owner, operation=CreditOperation.GRADING, estimate=judging_credits(asked, judges=1)
        )
        held = await holding.enter_async_context(hold)
        judgement, usage = await judge.one(asked, wording=Wording.SECOND)
        result = grade_by(judgement, exercise)
        granted = is_convincing(exercise, judgement) and succeeds(response.grade, result)
        return result if granted else None, Bill(held, usage)

    async def _decided(self, response: Response, granted: Grade | None, bill: Bill | None, reason: str) -> Response:
        """What the appeal changes, and its credits: all or nothing."""
        owner, at = response.owner, self.clock()
        async with self.uow(owner) as uow:
            # Under the lock no other answer or appeal of this exercise comes between.
            exercise = await uow.exercises.lock(owner=owner, id=response.exercise_id)
            response = await uow.responses.get(owner=owner, id=response.id)
            if response.appeal is not None:
                return response
            refunded = await self._refunded(uow, response, at) if granted else 0
            line = await bill.settled(uow, at=at) if bill and not granted else None
            appeal = Appeal(
                upheld=granted is not None,
                decided_at=at,
                score_before=response.grade.score,
                reason=reason,
                credits_refunded=refunded,
                credits_charged=0 if line is None else line.cost,
            )
            if granted is None:
                response = response.dismissed(appeal)
            else:
                response = await self._regraded(uow, exercise, response, appeal, granted)
            await uow.responses.save(response)
            await uow.commit()
        return response

    async def _refunded(self, uow: UnitOfWork, response: Response, at: datetime) -> int:
        """What the first grading cost, given back; 0 where it cost nothing."""
        if response.charge is None:
            return 0
        line = CreditEntryId(self.new_id())
        try:
            entry = await refund(
                uow,
                owner=response.owner,
                entry_id=response.charge.entry_id,
                reason=REFUND_REASON,
                refund_id=line,
                at=at,
            )
        except NothingToRefund:
            return 0
        # An operator may have given it back before: then this appeal gives nothing.
        return -entry.cost if entry.id == line else 0

    async def _regraded(
        self, uow: UnitOfWork, exercise: Exercise, response: Response, appeal: Appeal, granted: Grade
    ) -> Response:
        """The new grade, and average, schedule and accepted answers as if it had been the first."""
        owner, before = response.owner, response.grade.score
        answers = await uow.responses.of_exercise(owner=owner, exercise_id=exercise.id)
        card: ReviewCard | None = None
        next_review_at = response.created_at
        for answer in answers:
            score = granted.score if answer.id == response.id else answer.grade.score
            card = self.scheduler.review(card, exercise_id=exercise.id, rating=rating_of(score), at=answer.created_at)
            if answer.id == response.id:
                next_review_at = card.due_at
        assert card is not None, "the appealed response is one of its exercise's"
        exercise = exercise.regraded(before=before, after=granted.score, due_at=card.due_at)
        if is_alternative(exercise, response.answer, granted):
            exercise = exercise.accepting(response.answer.strip())
        await uow.exercises.save(exercise)
        correction = ReviewEntry(
            exercise_id=exercise.id,
            rating=rating_of(granted.score),
            reviewed_at=response.created_at,
            duration_ms=response.response_time_ms,
            corrects=True,
        )
        await uow.reviews.save(card, correction, owner=owner)
        return response.granted(appeal, granted, next_review_at=next_review_at)
