"""Answers graded and appealed against on one store, with its books in reach."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from adapters.fsrs.scheduler import FsrsScheduler
from adapters.memory.practice import LOG
from adapters.offline.lexicon import OfflineLexicon
from adapters.system import new_uuid7
from application.accounts import CreditReader
from application.practice import AppealGrade, ExerciseReader, MeteredAnswerJudge, ResponseReader, SubmitAnswer
from application.practice.ports import AnswerJudge
from application.shared import Window
from domain.accounts import CreditEntry, User
from domain.practice import Exercise, Rating, Response, ReviewCard, rating_of
from domain.shared import UserId
from tests.builders import TickingClock, a_holder
from tests.builders_practice import stored_exercises
from tests.contracts.conftest import Store

LEXICON = OfflineLexicon()
SCHEDULER = FsrsScheduler()


@dataclass
class GradingRoom:
    """Use cases over one store; another `judge` may be put in at any time."""

    store: Store
    exercises: ExerciseReader
    responses: ResponseReader
    ledger: CreditReader
    judge: AnswerJudge | None = None
    clock: TickingClock = field(default_factory=TickingClock)

    @property
    def _parts(self) -> dict[str, Any]:
        return {
            "uow": self.store.uow,
            "hold": a_holder(self.store.uow, self.clock),
            "exercises": self.exercises,
            "responses": self.responses,
            "lexicon": LEXICON,
            "judge": None if self.judge is None else MeteredAnswerJudge(self.judge),
            "scheduler": SCHEDULER,
            "clock": self.clock,
            "new_id": new_uuid7,
        }

    async def submit(
        self, exercise: Exercise, answer: str, *, attempt: str | None = None, **more: Any
    ) -> tuple[Response, Exercise]:
        use_case = SubmitAnswer(**self._parts)
        attempt_id = uuid4().hex if attempt is None else attempt
        return await use_case(
            owner=exercise.owner, exercise_id=exercise.id, attempt_id=attempt_id, answer=answer, **more
        )

    async def appeal(self, response: Response, *, owner: UserId | None = None, reason: str | None = None) -> Response:
        use_case = AppealGrade(**self._parts)
        return await use_case(owner=owner or response.owner, response_id=response.id, reason=reason)

    async def exercise(self, exercise: Exercise) -> Exercise:
        """Stored."""
        await stored_exercises(self.store.uow, exercise)
        return exercise

    async def now(self, exercise: Exercise) -> Exercise:
        return await self.exercises.get(owner=exercise.owner, id=exercise.id)

    async def answers(self, exercise: Exercise) -> tuple[Response, ...]:
        async with self.store.uow(exercise.owner) as uow:
            found: tuple[Response, ...] = await uow.responses.of_exercise(owner=exercise.owner, exercise_id=exercise.id)
        return found

    async def card(self, exercise: Exercise) -> ReviewCard | None:
        async with self.store.uow(exercise.owner) as uow:
            card: ReviewCard | None = await uow.reviews.card(owner=exercise.owner, exercise_id=exercise.id)
        return card

    async def log(self, exercise: Exercise) -> list[tuple[Rating, bool]]:
        """Ratings in the order in which they were written, and whether they correct an earlier line."""
        if self.store.memory is not None:
            lines = sorted(self.store.memory.committed[LOG].items())
            return [(entry.rating, entry.corrects) for _, (_, entry) in lines if entry.exercise_id == exercise.id]
        from sqlalchemy import select

        from adapters.postgres.tables.practice import review_log

        assert self.store.api is not None
        query = select(review_log.c.rating, review_log.c.corrects).where(review_log.c.exercise_id == exercise.id)
        async with self.store.api.read(exercise.owner) as connection:
            rows = await connection.execute(query.order_by(review_log.c.id))
            return [(row.rating, row.corrects) for row in rows]

    async def lines(self, user: User) -> list[CreditEntry]:
        """Of the ledger, oldest first, without the grant."""
        page = await self.ledger.page(owner=user.id, window=Window(first=100))
        return [entry for entry in reversed(page.items) if entry.id != user.id]

    async def balance(self, user: User) -> tuple[int, int]:
        """Credits, and how many of them are held."""
        account = await self.ledger.account(owner=user.id)
        return account.credits, account.held

    async def check(self, exercise: Exercise) -> None:
        """Counts, average and schedule are those of the present grades, whatever happened on the way."""
        answers, now = await self.answers(exercise), await self.now(exercise)
        scores = [answer.grade.score for answer in answers]
        assert now.times_attempted == len(scores)
        assert now.average_score == (sum(scores) / len(scores) if scores else None)
        card: ReviewCard | None = None
        for answer in answers:
            card = SCHEDULER.review(
                card, exercise_id=exercise.id, rating=rating_of(answer.grade.score), at=answer.created_at
            )
        assert await self.card(exercise) == card
        assert now.due_at == (None if card is None else card.due_at)
