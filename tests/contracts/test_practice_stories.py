"""Answers and appeals in any order, judged by whatever a judge may say; after each step the books are read whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

import pytest

from application.accounts import CreditReader
from application.practice import ExerciseReader, ResponseReader
from domain.accounts import InsufficientCredits, User
from domain.practice import Exercise, NothingToAppeal, Response, rating_of
from domain.shared import Unavailable
from tests.builders import signed_up
from tests.builders_practice import an_exercise
from tests.contracts.conftest import Store
from tests.contracts.grading_room import GradingRoom
from tests.scripted_judge import KEY, PARAPHRASE, ScriptedJudge, an_open_exercise

Says: TypeAlias = int | Unavailable

DOWN = Unavailable("Down.", retry_after=1)
SCORES: tuple[Says, ...] = (0, 20, 40, 59, 60, 75, 80, 95, 100, 100, DOWN)
ANSWERS = (
    (
        *(PARAPHRASE, "fu costretto ad andarsene", "dovette scappare dalla città", "i rivali lo bandirono"),
        *("non poteva più restare", "lo volevano morto", "per una sentenza ingiusta", "boh", "", KEY),
    ),
    ("quell'", "un", "bell'", "boh", "", "l'"),
)


@dataclass
class Story:
    """Of one user with two exercises, an open one and a gap."""

    room: GradingRoom
    chance: Random
    user: User
    credits: int
    exercises: tuple[Exercise, ...] = ()
    given: list[Response] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)

    async def step(self) -> None:
        self.room.clock.advance(hours=self.chance.choice([0, 1, 30]))
        says = self.chance.choices(SCORES, k=2)
        self.room.judge = None if self.chance.random() < 0.15 else ScriptedJudge(*says)
        if self.given and self.chance.random() < 0.45:
            await self._appeal(self.chance.choice(self.given))
        else:
            which = self.chance.randrange(2)
            await self._answer(self.exercises[which], self.chance.choice(ANSWERS[which]))

    async def _answer(self, exercise: Exercise, answer: str) -> None:
        response, _ = await self.room.submit(exercise, answer)
        again, _ = await self.room.submit(exercise, "altro", attempt=response.attempt_id)
        assert again == response
        self.given.append(response)
        self.happened[response.grade.grader] += 1

    async def _appeal(self, response: Response) -> None:
        before = await self.room.responses.get(owner=self.user.id, id=response.id)
        try:
            after = await self.room.appeal(before)
        except (NothingToAppeal, InsufficientCredits, Unavailable) as refusal:
            self.happened[type(refusal).__name__] += 1
            assert await self.room.responses.get(owner=self.user.id, id=response.id) == before
            return
        assert after.appeal is not None
        assert after.grade.score >= before.grade.score
        assert await self.room.appeal(after) == after
        self.happened["again" if before.appeal else "granted" if after.appeal.upheld else "dismissed"] += 1

    async def check(self) -> None:
        """Averages, schedules, log and ledger say what the responses say."""
        charged = 0
        for exercise in self.exercises:
            await self.room.check(exercise)
            answers, log = await self.room.answers(exercise), await self.room.log(exercise)
            first = [answer.appeal.score_before if answer.appeal else answer.grade.score for answer in answers]
            granted = [answer.grade.score for answer in answers if answer.appeal and answer.appeal.upheld]
            assert [rating for rating, corrects in log if not corrects] == [rating_of(score) for score in first]
            assert sorted(rating for rating, corrects in log if corrects) == sorted(map(rating_of, granted))
            charged += sum(answer.charge.credits for answer in answers if answer.charge)
            appeals = [answer.appeal for answer in answers if answer.appeal]
            charged += sum(appeal.credits_charged - appeal.credits_refunded for appeal in appeals)
        assert sum(line.cost for line in await self.room.lines(self.user)) == charged
        assert await self.room.balance(self.user) == (self.credits - charged, 0)


@pytest.mark.parametrize(("seed", "credits"), [(1, 1_000), (2, 1_000), (3, 4), (4, 0)])
async def test_any_story_keeps_averages_schedules_and_the_ledger_true(
    store: Store, exercises: ExerciseReader, responses: ResponseReader, ledger: CreditReader, seed: int, credits: int
) -> None:
    room = GradingRoom(store, exercises, responses, ledger)
    user = await signed_up(store.uow, credits=credits)
    story = Story(room, Random(seed), user, credits)
    story.exercises = (
        await room.exercise(an_open_exercise(user.id)),
        await room.exercise(an_exercise(user.id, grammar_focus=None)),
    )
    for _ in range(50):
        await story.step()
        await story.check()
    if credits == 1_000:
        assert all(story.happened[step] >= 2 for step in ("MODEL", "RULES", "granted", "dismissed")), story.happened
    else:
        assert story.happened["InsufficientCredits"], story.happened
