"""A fresh exercise on the same point. On memory."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from application.practice import GeneratedExercises, NothingToPractise
from domain.accounts import InsufficientCredits
from domain.practice import Evidence, Exercise, ExerciseKind
from domain.shared import ExerciseId, NoSuch, NotYours
from tests.builders_library import a_stored_source
from tests.builders_practice import DANTE, LESSON, PO, an_exercise, stored_exercises
from tests.classroom import Classroom, ScriptedWriter, opened
from tests.desk import OTHER, OWNER, Desk
from tests.lessons import SENTENCES, balance, drafts_from, generated, lesson


@pytest.fixture
async def room() -> Classroom:
    desk = Desk()
    await opened(desk)
    return Classroom(desk)


class TestRenewExercise:
    async def renewed(self, room: Classroom, exercise: Exercise) -> GeneratedExercises:
        return await room.practice.renew_exercise(owner=OWNER, exercise_id=exercise.id)

    @pytest.mark.parametrize(
        "wanted",
        [
            {"kinds": [ExerciseKind.FILL_GAP], "grammar_focus": "articles-definite"},
            {"kinds": [ExerciseKind.MULTIPLE_CHOICE], "grammar_focus": "verbs-tense"},
            {"kinds": [ExerciseKind.SINGLE_ANSWER]},
        ],
    )
    async def test_it_is_on_the_same_point_and_never_the_same(self, room: Classroom, wanted: dict[str, Any]) -> None:
        await room.desk.read(PO)
        source = await room.desk.read(DANTE)
        (first,) = (await generated(room, count=1, source_ids=[source.id], **wanted)).exercises
        fingerprints = {first.fingerprint}
        credits = (await balance(room))[0]
        for _ in range(3):
            made = await self.renewed(room, first)
            (fresh,) = made.exercises
            assert (fresh.kind, fresh.grammar_focus, fresh.difficulty, fresh.language) == (
                first.kind,
                first.grammar_focus,
                first.difficulty,
                first.language,
            )
            assert fresh.evidence.source_id == source.id
            assert fresh.solution is None
            fingerprints.add(fresh.fingerprint)
            assert made.credits_charged >= 1
            credits -= made.credits_charged
        assert len(fingerprints) == 4
        assert await balance(room) == (credits, 0)
        assert (await room.practice.exercises.get(owner=OWNER, id=first.id)).fingerprint == first.fingerprint

    async def test_it_comes_from_near_the_others_proof_first(self, room: Classroom) -> None:
        """Forty chunks; the writer is shown those about the thirtieth first."""
        contents = [f"Il capitolo {number} parla di un fiume lontano e di un paese tranquillo." for number in range(40)]
        source, chunks = await a_stored_source(room.desk.uow, OWNER, contents=contents)
        evidence = Evidence(
            quote=contents[30], start=chunks[30].start, end=chunks[30].end, chunk_id=chunks[30].id, source_id=source.id
        )
        exercise = an_exercise(OWNER, evidence=evidence)
        await stored_exercises(room.desk.uow, exercise)
        room.writer = writer = ScriptedWriter()
        await self.renewed(room, exercise)
        shown = [[int(passage.text.split()[2]) for passage in passages] for passages in writer.shown]
        assert shown[0] == [30, 29, 31, 28, 32, 27]
        assert shown[1][:13] == [30, 29, 31, 28, 32, 27, 33, 26, 34, 25, 35, 24, 36]
        assert sorted(shown[1]) == list(range(40))

    async def test_without_its_source_it_comes_from_others_of_its_language(self, room: Classroom) -> None:
        dante = await room.desk.read(DANTE)
        wanted = {"kinds": [ExerciseKind.FILL_GAP], "grammar_focus": "verbs-tense"}
        (first,) = (await generated(room, count=1, **wanted)).exercises
        await room.desk.library.delete_source(owner=OWNER, id=dante.id)
        await room.desk.read("The Thames is a river in the south of England. " * 5, language="en")
        with pytest.raises(NothingToPractise) as refused:
            await self.renewed(room, first)
        assert refused.value.data["reason"] == "empty"
        po = await room.desk.read(PO)
        (fresh,) = (await self.renewed(room, first)).exercises
        assert (fresh.evidence.source_id, fresh.grammar_focus) == (po.id, "verbs-tense")

    async def test_where_the_source_holds_no_other_there_is_none_and_it_costs_nothing(self, room: Classroom) -> None:
        await room.desk.read(f"Era sera. {LESSON}")
        (first,) = (
            await generated(room, count=1, kinds=[ExerciseKind.FILL_GAP], grammar_focus="verbs-tense")
        ).exercises
        before = await balance(room)
        made = await self.renewed(room, first)
        assert (made.exercises, made.credits_charged) == ((), 0)
        assert await balance(room) == before

    async def test_a_writer_that_writes_the_same_again_has_written_nothing(self, room: Classroom) -> None:
        passage = await lesson(room)
        (draft,) = drafts_from(passage, SENTENCES[0])
        room.writer = ScriptedWriter([draft], [draft], [draft])
        (first,) = (await generated(room, count=1)).exercises
        made = await self.renewed(room, first)
        assert (made.exercises, made.credits_charged, made.rejected) == ((), 0, {"duplicate": 2})

    async def test_others_exercises_and_none_at_all_are_refused(self, room: Classroom) -> None:
        exercise = an_exercise(OTHER)
        await stored_exercises(room.desk.uow, exercise)
        with pytest.raises(NotYours):
            await self.renewed(room, exercise)
        with pytest.raises(NoSuch):
            await room.practice.renew_exercise(owner=OWNER, exercise_id=ExerciseId(uuid4()))

    async def test_without_credits_nothing_is_written(self, room: Classroom) -> None:
        desk = Desk()
        await opened(desk, credits=0)
        room = Classroom(desk, writer=(writer := ScriptedWriter()))
        exercise = an_exercise(OWNER)
        await stored_exercises(desk.uow, exercise)
        with pytest.raises(InsufficientCredits):
            await self.renewed(room, exercise)
        assert writer.asked == []
