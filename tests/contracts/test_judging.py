"""Open answers graded by a judge, on every store: what is asked, stored and charged."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from adapters.memory.accounts import HOLDS
from application.accounts import CreditReader
from application.practice import ExerciseReader, ResponseReader
from application.practice.ports import Wording
from domain.accounts import CreditOperation, Usage
from domain.practice import AttemptTaken, ExerciseKind, Grader, UnsuitableAttemptId
from domain.shared import InvalidInput, NoSuch, RateLimited, Unavailable
from tests.builders import signed_up
from tests.builders_practice import an_exercise
from tests.contracts.conftest import Store
from tests.contracts.grading_room import GradingRoom
from tests.scripted_judge import KEY, PARAPHRASE, ScriptedJudge, a_judgement, an_open_exercise

DOWN = Unavailable("The language model is not available at the moment.", retry_after=5)


@pytest.fixture
def room(store: Store, exercises: ExerciseReader, responses: ResponseReader, ledger: CreditReader) -> GradingRoom:
    return GradingRoom(store, exercises, responses, ledger)


async def test_what_the_rules_leave_open_is_judged_and_charged_with_the_response(room: GradingRoom) -> None:
    user = await signed_up(room.store.uow, credits=100)
    exercise = await room.exercise(an_open_exercise(user.id))
    room.judge = judge = ScriptedJudge(90)
    response, after = await room.submit(exercise, PARAPHRASE)
    assert judge.wordings == [Wording.FIRST]
    grade = response.grade
    assert (grade.score, grade.grader, grade.confidence, grade.feedback) == (90, Grader.MODEL, 0.9, "Vale 90 punti.")
    assert [line.criterion for line in grade.rubric] == ["Contenuto", "Completezza", "Grammatica"]
    assert await room.responses.get(owner=user.id, id=response.id) == response
    (line,) = await room.lines(user)
    assert (line.operation, line.cost, line.tokens_used) == (CreditOperation.GRADING, 1, 700)
    assert response.charge is not None
    assert (response.charge.entry_id, response.charge.credits) == (line.id, 1)
    assert await room.balance(user) == (99, 0)
    assert after.average_score == 90
    await room.check(exercise)


async def test_the_judge_is_shown_the_answer_and_what_it_is_measured_by(room: GradingRoom) -> None:
    user = await signed_up(room.store.uow)
    exercise = await room.exercise(an_open_exercise(user.id, accepted=("per la condanna",)))
    room.judge = judge = ScriptedJudge(90)
    await room.submit(exercise, PARAPHRASE)
    ((_, asked),) = judge.asked
    assert (asked.answer, asked.question, asked.key) == (PARAPHRASE, exercise.question, KEY)
    assert (asked.accepted, asked.evidence, asked.language) == (("per la condanna",), exercise.evidence.quote, "it")


@pytest.mark.parametrize(
    ("kind", "answer"),
    [(ExerciseKind.SINGLE_ANSWER, KEY), (ExerciseKind.SINGLE_ANSWER, ""), (ExerciseKind.FILL_GAP, "boh"),
     (ExerciseKind.MULTIPLE_CHOICE, "boh")],
)  # fmt: skip
async def test_what_the_rules_settle_is_free(room: GradingRoom, kind: ExerciseKind, answer: str) -> None:
    user = await signed_up(room.store.uow, credits=0)
    exercise = an_open_exercise(user.id) if kind is ExerciseKind.SINGLE_ANSWER else an_exercise(user.id, kind=kind)
    await room.exercise(exercise)
    room.judge = judge = ScriptedJudge(90)
    response, _ = await room.submit(exercise, answer)
    assert (response.grade.grader, response.charge, judge.asked) == (Grader.RULES, None, [])
    assert "crediti" not in response.grade.feedback
    assert await room.lines(user) == []
    if room.store.memory is not None:
        assert not room.store.memory.committed[HOLDS]


@pytest.mark.parametrize(
    ("first", "second", "score"), [(40, 44, 42), (79, 83, 81), (75, 35, 75), (a_judgement(95, confidence=0.6), 99, 97)]
)
async def test_a_middling_score_is_judged_twice(room: GradingRoom, first: Any, second: int, score: int) -> None:
    user = await signed_up(room.store.uow, credits=100)
    exercise = await room.exercise(an_open_exercise(user.id))
    room.judge = judge = ScriptedJudge(first, second)
    response, _ = await room.submit(exercise, PARAPHRASE)
    assert judge.wordings == [Wording.FIRST, Wording.SECOND]
    assert response.grade.score == score
    (line,) = await room.lines(user)
    assert (line.cost, line.tokens_used) == (2, 1_400)


async def test_a_second_judge_who_is_down_takes_nothing_from_the_first(room: GradingRoom) -> None:
    user = await signed_up(room.store.uow, credits=100)
    exercise = await room.exercise(an_open_exercise(user.id))
    room.judge = ScriptedJudge(62, DOWN)
    response, _ = await room.submit(exercise, PARAPHRASE)
    assert (response.grade.score, response.grade.grader, response.grade.confidence) == (62, Grader.MODEL, 0.9)
    assert [line.cost for line in await room.lines(user)] == [1]


@pytest.mark.parametrize(
    "failure", [DOWN, RateLimited("Not so fast.", retry_after=30), InvalidInput("Content has 0 to 60 points.")]
)
async def test_an_answer_never_fails_because_of_its_judge(room: GradingRoom, failure: Any) -> None:
    user = await signed_up(room.store.uow, credits=100)
    exercise = await room.exercise(an_open_exercise(user.id))
    without, _ = await room.submit(exercise, PARAPHRASE)
    room.judge = ScriptedJudge(failure)
    response, after = await room.submit(exercise, PARAPHRASE)
    assert (response.grade.score, response.grade.confidence) == (without.grade.score, without.grade.confidence)
    assert (response.grade.grader, response.charge) == (Grader.RULES, None)
    assert response.grade.confidence < 0.9
    assert response.grade.feedback.startswith(without.grade.feedback)
    assert "per ora non è possibile" in response.grade.feedback
    assert (await room.lines(user), await room.balance(user)) == ([], (100, 0))
    assert after.times_attempted == 2


async def test_without_credits_the_rules_decide_and_say_so(room: GradingRoom) -> None:
    user = await signed_up(room.store.uow, credits=1)
    exercise = await room.exercise(an_open_exercise(user.id))
    room.judge = judge = ScriptedJudge(90)
    response, _ = await room.submit(exercise, PARAPHRASE)
    assert judge.asked == []
    assert response.grade.grader is Grader.RULES
    assert "i crediti non bastano" in response.grade.feedback
    assert await room.balance(user) == (1, 0)


async def test_figures_that_a_model_does_not_give_are_estimated(room: GradingRoom) -> None:
    user = await signed_up(room.store.uow, credits=100)
    exercise = await room.exercise(an_open_exercise(user.id))
    for usage in (None, Usage(tokens=0)):
        room.judge = ScriptedJudge(90, usage=usage)
        await room.submit(exercise, PARAPHRASE)
    lines = await room.lines(user)
    assert [line.estimated for line in lines] == [True, True]
    assert all(line.tokens_used and 1_500 < line.tokens_used < 1_700 for line in lines)


async def test_no_transaction_is_open_while_the_model_thinks(room: GradingRoom) -> None:
    user = await signed_up(room.store.uow, credits=100)
    exercise = await room.exercise(an_open_exercise(user.id))

    async def somebody_else_changes_it() -> None:
        async with asyncio.timeout(5), room.store.uow(user.id) as uow:
            await uow.credits.lock(owner=user.id)
            await uow.exercises.lock(owner=user.id, id=exercise.id)
            await uow.commit()

    room.judge = ScriptedJudge(50, meanwhile=somebody_else_changes_it)
    response, _ = await room.submit(exercise, PARAPHRASE)
    room.judge = ScriptedJudge(20, meanwhile=somebody_else_changes_it)
    assert (await room.appeal(response)).appeal is not None


async def test_one_attempt_sent_five_times_at_once_is_stored_and_charged_once(room: GradingRoom) -> None:
    user = await signed_up(room.store.uow, credits=100)
    exercise = await room.exercise(an_open_exercise(user.id))
    everybody = asyncio.Barrier(5)

    async def together() -> None:
        await everybody.wait()

    room.judge = judge = ScriptedJudge(90, meanwhile=together)
    results = await asyncio.gather(*(room.submit(exercise, PARAPHRASE, attempt="a") for _ in range(5)))
    assert len({response.id for response, _ in results}) == 1
    assert len(judge.asked) == 5
    (again, _) = await room.submit(exercise, PARAPHRASE, attempt="a")
    assert (again.id, len(judge.asked)) == (results[0][0].id, 5)
    assert [line.cost for line in await room.lines(user)] == [1]
    assert await room.balance(user) == (99, 0)
    assert (await room.now(exercise)).times_attempted == 1
    await room.check(exercise)


async def test_one_attempt_id_for_two_exercises_at_once_is_one_answer_and_a_conflict(room: GradingRoom) -> None:
    user = await signed_up(room.store.uow, credits=100)
    both = [await room.exercise(an_open_exercise(user.id, question=f"Perché partì ({n})?")) for n in range(2)]
    everybody = asyncio.Barrier(2)

    async def together() -> None:
        await everybody.wait()

    room.judge = ScriptedJudge(90, meanwhile=together)
    results = await asyncio.gather(
        *(room.submit(exercise, PARAPHRASE, attempt="a") for exercise in both), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["AttemptTaken", "tuple"]
    assert [line.cost for line in await room.lines(user)] == [1]
    assert await room.balance(user) == (99, 0)
    for exercise in both:
        await room.check(exercise)
    answered = (await room.now(both[0])).times_attempted
    with pytest.raises(AttemptTaken):
        await room.submit(both[answered], PARAPHRASE, attempt="a")


async def test_twenty_answers_at_once_are_all_in_the_average(room: GradingRoom) -> None:
    user = await signed_up(room.store.uow, credits=1_000)
    exercise = await room.exercise(an_open_exercise(user.id))
    room.judge = ScriptedJudge(83)
    answers = [KEY, PARAPHRASE, "", "boh"] * 5
    await asyncio.gather(*(room.submit(exercise, answer) for answer in answers))
    assert (await room.now(exercise)).times_attempted == 20
    assert len({response.created_at for response in await room.answers(exercise)}) == 20
    await room.check(exercise)


async def test_nobody_is_paid_for_what_cannot_be_stored(room: GradingRoom) -> None:
    user = await signed_up(room.store.uow, credits=100)
    exercise = await room.exercise(an_open_exercise(user.id))
    room.judge = judge = ScriptedJudge(90)
    with pytest.raises(UnsuitableAttemptId):
        await room.submit(exercise, PARAPHRASE, attempt="x" * 101)
    with pytest.raises(InvalidInput):
        await room.submit(exercise, PARAPHRASE, response_time_ms=-1)
    assert judge.asked == []


async def test_an_exercise_deleted_while_it_is_judged_costs_nothing(room: GradingRoom) -> None:
    user = await signed_up(room.store.uow, credits=100)
    exercise = await room.exercise(an_open_exercise(user.id))

    async def deleted() -> None:
        async with room.store.uow(user.id) as uow:
            await uow.exercises.delete(owner=user.id, id=exercise.id)
            await uow.commit()

    room.judge = ScriptedJudge(90, meanwhile=deleted)
    with pytest.raises(NoSuch):
        await room.submit(exercise, PARAPHRASE)
    assert (await room.lines(user), await room.balance(user)) == ([], (100, 0))
