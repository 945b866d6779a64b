"""The contract of the exercise stores."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.system import new_uuid7
from application.practice import ExerciseFilter, ExerciseReader, ResponseReader
from application.shared import Window
from domain.practice import (
    Difficulty,
    Evidence,
    ExerciseKind,
)
from domain.shared import ChunkId, ExerciseId, NoSuch, NotYours, SourceId
from tests.builders import NOON, signed_up
from tests.builders_library import a_stored_source
from tests.builders_practice import a_card, a_response, a_review_entry, an_exercise, stored_exercises, stored_responses
from tests.contracts.conftest import Store


class TestExerciseRepository:
    async def test_an_exercise_is_found_as_it_was_added(self, store: Store, exercises: ExerciseReader) -> None:
        user = await signed_up(store.uow)
        exercise = an_exercise(
            user.id,
            kind=ExerciseKind.MULTIPLE_CHOICE,
            difficulty=Difficulty.ADVANCED,
            options=("l'", "il", "lo"),
            accepted=("l' ",),
            evidence=Evidence(quote="Ho visto l'amico di Paolo.", start=7, end=33, page=2),
        )
        assert await stored_exercises(store.uow, exercise) == (exercise,)
        assert await exercises.get(owner=user.id, id=exercise.id) == exercise
        assert await exercises.many(owner=user.id, ids=[exercise.id, ExerciseId(uuid4())]) == {exercise.id: exercise}
        assert await exercises.fingerprints(owner=user.id) == {exercise.fingerprint}

    async def test_a_question_that_the_owner_has_is_not_added_again(
        self, store: Store, exercises: ExerciseReader
    ) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        first = an_exercise(user.id, question="Chi scrisse la Divina Commedia?")
        again = an_exercise(user.id, question="chi scrisse la «divina commedia»")
        theirs = an_exercise(other.id, question=first.question)
        await stored_exercises(store.uow, first)
        fresh = an_exercise(user.id)
        assert await stored_exercises(store.uow, again, fresh) == (fresh,)
        assert await stored_exercises(store.uow, theirs) == (theirs,)
        assert await exercises.count(owner=user.id, where=ExerciseFilter()) == 2

    async def test_the_same_question_added_ten_times_at_once_is_there_once(
        self, store: Store, exercises: ExerciseReader
    ) -> None:
        user = await signed_up(store.uow)
        added = await asyncio.gather(
            *(stored_exercises(store.uow, an_exercise(user.id, question="Chi scoprì l'America?")) for _ in range(10))
        )
        assert sorted(map(len, added)) == [0] * 9 + [1]
        assert await exercises.count(owner=user.id, where=ExerciseFilter()) == 1

    async def test_a_save_changes_attempts_average_and_due_time(self, store: Store, exercises: ExerciseReader) -> None:
        user = await signed_up(store.uow)
        exercise = an_exercise(user.id)
        await stored_exercises(store.uow, exercise)
        changed = exercise.attempted(80, due_at=NOON + timedelta(days=1)).attempted(91, due_at=NOON)
        async with store.uow(user.id) as uow:
            await uow.exercises.save(changed)
            await uow.commit()
        found = await exercises.get(owner=user.id, id=exercise.id)
        assert found == changed
        assert (found.times_attempted, found.average_score) == (2, 85.5)

    async def test_a_save_keeps_answers_that_were_accepted_since(self, store: Store, exercises: ExerciseReader) -> None:
        user = await signed_up(store.uow)
        exercise = an_exercise(user.id, accepted=("lo",))
        await stored_exercises(store.uow, exercise)
        async with store.uow(user.id) as uow:
            await uow.exercises.save(exercise.accepting("quell'").accepting("un'\"altra"))
            await uow.commit()
        assert (await exercises.get(owner=user.id, id=exercise.id)).accepted == ("lo", "quell'", "un'\"altra")

    async def test_what_is_not_there_and_what_is_anothers_differ(self, store: Store, exercises: ExerciseReader) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        theirs, nothing = an_exercise(other.id), an_exercise(user.id)
        await stored_exercises(store.uow, theirs)
        for exercise, refusal in ((nothing, NoSuch), (theirs, NotYours)):
            async with store.uow(user.id) as uow:
                with pytest.raises(refusal):
                    await uow.exercises.lock(owner=user.id, id=exercise.id)
                with pytest.raises(refusal):
                    await uow.exercises.save(replace(exercise, owner=user.id))
                with pytest.raises(refusal):
                    await uow.exercises.delete(owner=user.id, id=exercise.id)
            with pytest.raises(refusal):
                await exercises.get(owner=user.id, id=exercise.id)
        assert await exercises.many(owner=user.id, ids=[theirs.id]) == {}
        assert await exercises.get(owner=other.id, id=theirs.id) == theirs

    async def test_without_commit_nothing_happens(self, store: Store, exercises: ExerciseReader) -> None:
        user = await signed_up(store.uow)
        exercise = an_exercise(user.id)
        async with store.uow(user.id) as uow:
            assert await uow.exercises.add([exercise]) == (exercise,)
        with pytest.raises(NoSuch):
            await exercises.get(owner=user.id, id=exercise.id)

    async def test_a_deleted_exercise_takes_its_responses_along(
        self, store: Store, exercises: ExerciseReader, responses: ResponseReader
    ) -> None:
        user = await signed_up(store.uow)
        exercise = an_exercise(user.id)
        await stored_exercises(store.uow, exercise)
        await stored_responses(store.uow, a_response(exercise))
        async with store.uow(user.id) as uow:
            await uow.reviews.save(a_card(exercise), a_review_entry(exercise), owner=user.id)
            await uow.exercises.delete(owner=user.id, id=exercise.id)
            await uow.commit()
        assert await responses.count(owner=user.id) == 0
        with pytest.raises(NoSuch):
            await exercises.get(owner=user.id, id=exercise.id)

    async def test_evidence_outlives_its_source(self, store: Store, exercises: ExerciseReader) -> None:
        user = await signed_up(store.uow)
        source, chunks = await a_stored_source(store.uow, user.id, contents=["Ho visto l'amico di Paolo."])
        evidence = Evidence(
            quote="Ho visto l'amico di Paolo.", start=0, end=26, chunk_id=chunks[0].id, source_id=source.id
        )
        exercise = an_exercise(user.id, evidence=evidence)
        await stored_exercises(store.uow, exercise)
        assert (await exercises.get(owner=user.id, id=exercise.id)).evidence == evidence
        async with store.uow(user.id) as uow:
            await uow.sources.delete(owner=user.id, id=source.id)
            await uow.commit()
        left = (await exercises.get(owner=user.id, id=exercise.id)).evidence
        assert left == replace(evidence, chunk_id=None, source_id=None)

    async def test_evidence_never_points_at_anothers_chunk(self, store: Store, exercises: ExerciseReader) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        source, chunks = await a_stored_source(store.uow, other.id, contents=["Ho visto l'amico di Paolo."])
        places: Sequence[tuple[ChunkId, SourceId]] = (
            (chunks[0].id, source.id),
            (ChunkId(new_uuid7()), SourceId(new_uuid7())),
        )
        for chunk_id, source_id in places:
            evidence = Evidence(quote="Ho visto", start=0, end=8, chunk_id=chunk_id, source_id=source_id)
            exercise = an_exercise(user.id, evidence=evidence)
            await stored_exercises(store.uow, exercise)
            found = (await exercises.get(owner=user.id, id=exercise.id)).evidence
            assert (found.chunk_id, found.source_id) == (None, None)


class TestExerciseReader:
    async def test_newest_first_page_by_page(self, store: Store, exercises: ExerciseReader) -> None:
        user = await signed_up(store.uow)
        new = [an_exercise(user.id, created_at=NOON + timedelta(minutes=index // 2)) for index in range(5)]
        await stored_exercises(store.uow, *new)
        expected = sorted(new, key=lambda exercise: (exercise.created_at, exercise.id), reverse=True)
        first = await exercises.page(owner=user.id, window=Window(first=3), where=ExerciseFilter())
        rest = await exercises.page(
            owner=user.id, window=Window(first=3, after=first.positions[-1]), where=ExerciseFilter()
        )
        assert [*first.items, *rest.items] == expected
        assert (first.has_next, rest.has_next) == (True, False)

    async def test_filters_restrict(self, store: Store, exercises: ExerciseReader) -> None:
        user = await signed_up(store.uow)
        source, chunks = await a_stored_source(store.uow, user.id, contents=["Ho visto l'amico."])
        gap = an_exercise(user.id)
        choice = an_exercise(
            user.id, kind=ExerciseKind.MULTIPLE_CHOICE, difficulty=Difficulty.ADVANCED, grammar_focus="verbs-mood"
        )
        sourced = an_exercise(
            user.id,
            grammar_focus=None,
            evidence=Evidence(quote="Ho visto", start=0, end=8, chunk_id=chunks[0].id, source_id=source.id),
        )
        done = an_exercise(user.id).attempted(50, due_at=NOON)
        await stored_exercises(store.uow, gap, choice, sourced, done)
        for where, expected in (
            (ExerciseFilter(kind=ExerciseKind.MULTIPLE_CHOICE), {choice.id}),
            (ExerciseFilter(difficulty=Difficulty.ADVANCED), {choice.id}),
            (ExerciseFilter(grammar_focus="verbs-mood"), {choice.id}),
            (ExerciseFilter(source_id=source.id), {sourced.id}),
            (ExerciseFilter(answered=True), {done.id}),
            (ExerciseFilter(answered=False, difficulty=Difficulty.BEGINNER), {gap.id, sourced.id}),
        ):
            page = await exercises.page(owner=user.id, window=Window(), where=where)
            assert {exercise.id for exercise in page.items} == expected
            assert await exercises.count(owner=user.id, where=where) == len(expected)

    async def test_what_is_due_comes_most_overdue_first(self, store: Store, exercises: ExerciseReader) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        due = [an_exercise(user.id).attempted(50, due_at=NOON - timedelta(hours=hours)) for hours in (1, 3, 2, 0)]
        later = an_exercise(user.id).attempted(50, due_at=NOON + timedelta(seconds=1))
        await stored_exercises(store.uow, *due, later, an_exercise(user.id))
        await stored_exercises(store.uow, an_exercise(other.id).attempted(50, due_at=NOON))
        found = await exercises.due(owner=user.id, at=NOON, limit=20)
        assert [exercise.id for exercise in found] == [due[index].id for index in (1, 2, 0, 3)]
        assert len(await exercises.due(owner=user.id, at=NOON, limit=2)) == 2
