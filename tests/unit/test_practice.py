"""Exercises generated, answered and deleted, on memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from adapters.fsrs.scheduler import FsrsScheduler
from adapters.memory.database import Tables
from adapters.memory.practice import LOG
from application.practice import ExerciseFilter, GeneratedExercises, LanguageNotTaught, NothingToPractise
from domain.accounts import InsufficientCredits, opening
from domain.practice import (
    AnswerTooLong,
    CardState,
    Difficulty,
    Draft,
    Exercise,
    ExerciseKind,
    Fault,
    Rating,
    Response,
    UnknownFocus,
    UnsuitableAttemptId,
    streak,
)
from domain.shared import ExerciseId, InvalidInput, NoSuch, NotYours, Passage, SourceId, UserId
from tests.builders import NOON, a_user
from tests.builders_library import a_stored_source
from tests.builders_practice import DANTE, LESSON, PO, a_draft, a_quotation, an_exercise
from tests.classroom import Classroom, ScriptedWriter
from tests.desk import OTHER, OWNER, Desk


async def opened(desk: Desk, *, credits: int = 100, owner: UserId = OWNER) -> None:
    user = replace(a_user(), id=owner)
    account, grant = opening(owner, allowance=credits, at=NOON)
    async with desk.uow(owner) as uow:
        await uow.users.open(user, account, grant)
        await uow.commit()


@pytest.fixture
async def room() -> Classroom:
    desk = Desk()
    await opened(desk)
    return Classroom(desk)


async def generated(room: Classroom, **wanted: Any) -> GeneratedExercises:
    return await room.practice.generate_exercises(owner=OWNER, **wanted)


async def lesson(room: Classroom) -> Passage:
    """A source of one chunk, which scripted drafts can quote."""
    _, (chunk,) = await a_stored_source(room.desk.uow, OWNER, contents=[f"Era sera. {LESSON} Poi tornò a casa."])
    return chunk.as_passage(language="it")


def drafts_from(passage: Passage, *asks: str, **changes: Any) -> list[Draft]:
    """Good drafts from the lesson that differ in how they ask."""
    gapped = LESSON.replace("l'", "____ ")
    quotation = a_quotation(passage, LESSON)
    return [a_draft(question=f"{ask}\n{gapped}", evidence=quotation, **changes) for ask in asks]


ASKS = tuple(f"Completa con l'articolo determinativo giusto ({number})." for number in range(6))


class TestGenerateExercises:
    async def test_exercises_come_from_the_users_own_words(self, room: Classroom) -> None:
        source = await room.desk.read(DANTE)
        made = await generated(room, count=6)
        assert len(made.exercises) == 6
        text = await room.desk.library.sources.text(owner=OWNER, id=source.id)
        for exercise in made.exercises:
            evidence = exercise.evidence
            assert text[evidence.start : evidence.end] == evidence.quote
            assert evidence.source_id == source.id
            assert exercise.solution is None
        page = await room.practice.exercises.count(owner=OWNER, where=ExerciseFilter())
        assert page == 6

    async def test_only_what_is_wanted_is_written(self, room: Classroom) -> None:
        await room.desk.read(DANTE)
        po = await room.desk.read(PO)
        made = await generated(
            room,
            count=3,
            kinds=[ExerciseKind.MULTIPLE_CHOICE],
            difficulty=Difficulty.ADVANCED,
            grammar_focus="verbs-tense",
            source_ids=[po.id, po.id],
        )
        assert {
            (exercise.kind, exercise.difficulty, exercise.grammar_focus, exercise.evidence.source_id)
            for exercise in made.exercises
        } == {(ExerciseKind.MULTIPLE_CHOICE, Difficulty.ADVANCED, "verbs-tense", po.id)}

    async def test_a_topic_chooses_the_passages(self, room: Classroom) -> None:
        await room.desk.read(PO)
        dante = await room.desk.read(DANTE)
        made = await generated(room, count=2, topic="la Divina Commedia e l'esilio", source_ids=[dante.id])
        assert {exercise.evidence.source_id for exercise in made.exercises} == {dante.id}

    async def test_asking_again_brings_other_exercises(self, room: Classroom) -> None:
        await room.desk.read(DANTE)
        first, second = await generated(room, count=5), await generated(room, count=5)
        assert len({one.fingerprint for one in (*first.exercises, *second.exercises)}) == 10

    async def test_the_cost_is_charged_with_what_is_delivered(self, room: Classroom) -> None:
        await room.desk.read(DANTE)
        made = await generated(room, count=5)
        account = await room.credits.account(owner=OWNER)
        assert made.credits_charged >= 1
        assert (account.credits, account.held) == (100 - made.credits_charged, 0)

    async def test_drafts_that_fail_a_gate_are_counted_and_written_anew_once(self, room: Classroom) -> None:
        passage = await lesson(room)
        good, bad = drafts_from(passage, *ASKS[:4]), drafts_from(passage, *ASKS[4:], key="lo")
        room.writer = writer = ScriptedWriter([*good[:2], *bad, good[0]], [good[2]])
        made = await generated(room, count=5)
        assert [exercise.question for exercise in made.exercises] == [draft.question for draft in good[:3]]
        assert made.rejected == {"key_proved": 2, "duplicate": 1}
        assert [brief.count for brief in writer.asked] == [5, 3]
        assert {exercise.fingerprint for exercise in made.exercises[:2]} <= writer.asked[1].avoid

    async def test_drafts_that_fail_are_not_paid_for(self, room: Classroom) -> None:
        passage = await lesson(room)
        good, bad = drafts_from(passage, ASKS[0]), drafts_from(passage, *ASKS[1:4], key="lo")
        room.writer = ScriptedWriter([*good, *bad], tokens_each=2_000)
        made = await generated(room, count=4)
        assert (len(made.exercises), made.credits_charged) == (1, 2)

    async def test_nothing_delivered_costs_nothing(self, room: Classroom) -> None:
        passage = await lesson(room)
        room.writer = ScriptedWriter(drafts_from(passage, *ASKS, key="lo"), tokens_each=5_000)
        made = await generated(room, count=6)
        assert (made.exercises, made.credits_charged, made.rejected) == ((), 0, {"key_proved": 6})
        account = await room.credits.account(owner=OWNER)
        assert (account.credits, account.held) == (100, 0)
        assert await room.credits.count(owner=OWNER) == 1

    async def test_a_writer_that_fails_gives_the_credits_back(self, room: Classroom) -> None:
        await lesson(room)

        class Broken(ScriptedWriter):
            async def write(self, brief: Any, passages: Any) -> Any:
                raise ConnectionError

        room.writer = Broken()
        with pytest.raises(ConnectionError):
            await generated(room)
        account = await room.credits.account(owner=OWNER)
        assert (account.credits, account.held) == (100, 0)

    async def test_without_credits_nothing_is_written(self) -> None:
        desk = Desk()
        await opened(desk, credits=0)
        room = Classroom(desk, writer=(writer := ScriptedWriter()))
        await lesson(room)
        with pytest.raises(InsufficientCredits):
            await generated(room)
        assert writer.asked == []

    @pytest.mark.parametrize("count", [0, -1, 51, 1_000])
    async def test_the_count_has_limits(self, room: Classroom, count: int) -> None:
        with pytest.raises(InvalidInput, match="between 1 and 50"):
            await generated(room, count=count)

    async def test_a_topic_has_a_limit(self, room: Classroom) -> None:
        with pytest.raises(InvalidInput) as refused:
            await generated(room, topic="x" * 301)
        assert refused.value.data["field"] == "topic"

    async def test_there_must_be_something_to_practise_with(self, room: Classroom) -> None:
        with pytest.raises(NothingToPractise, match="add a source"):
            await generated(room)
        waiting = await room.desk.added(DANTE)
        for ids in (None, [waiting.id]):
            with pytest.raises(NothingToPractise, match="still being read"):
                await generated(room, source_ids=ids)

    async def test_an_unread_source_does_not_stop_the_others(self, room: Classroom) -> None:
        await room.desk.read(DANTE)
        await room.desk.added(PO)
        assert (await generated(room, count=2)).exercises

    async def test_a_topic_that_nothing_matches_is_said(self, room: Classroom) -> None:
        with pytest.raises(NothingToPractise, match="add a source"):
            await generated(room, topic="vulcani")
        await room.desk.read(DANTE)
        with pytest.raises(NothingToPractise, match="nothing on this topic"):
            await generated(room, topic="xyzzy")

    async def test_sources_of_nobody_and_of_others_are_refused(self, room: Classroom) -> None:
        theirs, _ = await a_stored_source(room.desk.uow, OTHER)
        with pytest.raises(NotYours):
            await generated(room, source_ids=[theirs.id])
        with pytest.raises(NoSuch):
            await generated(room, source_ids=[SourceId(uuid4())])
        account = await room.credits.account(owner=OWNER)
        assert account.held == 0

    async def test_a_language_that_the_writer_does_not_know_is_said(self, room: Classroom) -> None:
        source = await room.desk.read("The Thames is a river in the south of England. " * 5, language="en")
        with pytest.raises(LanguageNotTaught) as refused:
            await generated(room, source_ids=[source.id])
        assert refused.value.data["language"] == "en"

    async def test_an_unknown_focus_is_said(self, room: Classroom) -> None:
        await room.desk.read(DANTE)
        with pytest.raises(UnknownFocus):
            await generated(room, grammar_focus="tempi-verbali")


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
