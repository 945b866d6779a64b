"""The contract of the practice stores."""

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
    AttemptTaken,
    Difficulty,
    Evidence,
    Exercise,
    ExerciseKind,
    Fault,
    FocusProgress,
    Grade,
    Response,
    RubricLine,
)
from domain.shared import ChunkId, ExerciseId, NoSuch, NotYours, SourceId
from tests.builders import NOON, signed_up
from tests.builders_library import a_stored_source
from tests.builders_practice import a_card, a_response, a_review_entry, an_exercise, stored_exercises
from tests.contracts.conftest import Store


async def answered(store: Store, *new: Response) -> None:
    for response in new:
        async with store.uow(response.owner) as uow:
            await uow.responses.add(response)
            await uow.commit()


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
        await answered(store, a_response(exercise))
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


class TestResponseRepository:
    async def test_a_response_is_found_as_it_was_added(self, store: Store, responses: ResponseReader) -> None:
        user = await signed_up(store.uow)
        exercise = an_exercise(user.id)
        await stored_exercises(store.uow, exercise)
        grade = Grade(
            score=30,
            rubric=(RubricLine("Parola", 30, 30), RubricLine("Forma", 0, 70, "La persona.")),
            feedback="Il verbo è quello giusto.",
            faults=(Fault.PERSON, Fault.WORD_ORDER),
            confidence=0.95,
        )
        response = a_response(
            exercise,
            grade=grade,
            suggested_review=(ChunkId(new_uuid7()),),
            response_time_ms=1200,
            next_review_at=NOON + timedelta(minutes=10),
        )
        await answered(store, response)
        assert await responses.get(owner=user.id, id=response.id) == response
        assert await responses.with_attempt(owner=user.id, attempt_id=response.attempt_id) == response
        async with store.uow(user.id) as uow:
            assert await uow.responses.with_attempt(owner=user.id, attempt_id=response.attempt_id) == response
            assert await uow.responses.with_attempt(owner=user.id, attempt_id="another") is None

    async def test_an_attempt_is_answered_once_for_each_owner(self, store: Store, responses: ResponseReader) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        mine, theirs = an_exercise(user.id), an_exercise(other.id)
        await stored_exercises(store.uow, mine)
        await stored_exercises(store.uow, theirs)
        await answered(store, a_response(mine, attempt_id="1"), a_response(theirs, attempt_id="1"))
        async with store.uow(user.id) as uow:
            with pytest.raises(AttemptTaken):
                await uow.responses.add(a_response(mine, attempt_id="1"))
        assert await responses.count(owner=user.id) == 1

    async def test_an_exercise_that_is_gone_or_anothers_cannot_be_answered(self, store: Store) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        theirs = an_exercise(other.id)
        await stored_exercises(store.uow, theirs)
        for exercise in (an_exercise(user.id), replace(theirs, owner=user.id)):
            async with store.uow(user.id) as uow:
                with pytest.raises(NoSuch):
                    await uow.responses.add(a_response(exercise))

    async def test_without_commit_nothing_happens(self, store: Store, responses: ResponseReader) -> None:
        user = await signed_up(store.uow)
        exercise = an_exercise(user.id)
        await stored_exercises(store.uow, exercise)
        async with store.uow(user.id) as uow:
            await uow.responses.add(a_response(exercise))
        assert await responses.count(owner=user.id) == 0


class TestResponseReader:
    async def test_newest_first_page_by_page(self, store: Store, responses: ResponseReader) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        exercise, theirs = an_exercise(user.id), an_exercise(other.id)
        await stored_exercises(store.uow, exercise)
        await stored_exercises(store.uow, theirs)
        given = [a_response(exercise, created_at=NOON + timedelta(minutes=index // 2)) for index in range(5)]
        await answered(store, *given, a_response(theirs))
        expected = sorted(given, key=lambda response: (response.created_at, response.id), reverse=True)
        first = await responses.page(owner=user.id, window=Window(first=2))
        rest = await responses.page(owner=user.id, window=Window(first=5, after=first.positions[-1]))
        assert [*first.items, *rest.items] == expected
        assert await responses.count(owner=user.id) == 5

    async def test_what_is_not_there_and_what_is_anothers_differ(self, store: Store, responses: ResponseReader) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        theirs = an_exercise(other.id)
        await stored_exercises(store.uow, theirs)
        response = a_response(theirs)
        await answered(store, response)
        with pytest.raises(NotYours):
            await responses.get(owner=user.id, id=response.id)
        with pytest.raises(NoSuch):
            await responses.get(owner=user.id, id=uuid4())
        assert await responses.with_attempt(owner=user.id, attempt_id=response.attempt_id) is None

    async def test_progress_counts_averages_and_days(self, store: Store, responses: ResponseReader) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        article = an_exercise(user.id).attempted(50, due_at=NOON - timedelta(hours=1))
        verb = an_exercise(user.id, grammar_focus="verbs-tense").attempted(50, due_at=NOON + timedelta(hours=2))
        fact = an_exercise(user.id, grammar_focus=None).attempted(50, due_at=NOON + timedelta(days=2))
        theirs = an_exercise(other.id)
        await stored_exercises(store.uow, article, verb, fact)
        await stored_exercises(store.uow, theirs)

        def scored(exercise: Exercise, score: int, days_ago: float) -> Response:
            grade = Grade(score=score, rubric=(), feedback="")
            return a_response(exercise, grade=grade, created_at=NOON - timedelta(days=days_ago))

        await answered(
            store,
            scored(article, 100, 0),
            scored(article, 50, 1),
            scored(verb, 30, 1),
            scored(fact, 0, 2),
            scored(fact, 70, 4),
            scored(theirs, 0, 3),
        )
        progress = await responses.progress(owner=user.id, at=NOON)
        assert (progress.answered, progress.average_score) == (5, 50.0)
        assert (progress.due_now, progress.due_today, progress.streak_days) == (1, 2, 3)
        assert progress.by_focus == (
            FocusProgress(focus="articles-definite", answered=2, average_score=75.0),
            FocusProgress(focus="verbs-tense", answered=1, average_score=30.0),
        )

    async def test_progress_of_nothing(self, store: Store, responses: ResponseReader) -> None:
        user = await signed_up(store.uow)
        progress = await responses.progress(owner=user.id, at=NOON)
        assert (progress.answered, progress.average_score, progress.streak_days) == (0, None, 0)
        assert progress.by_focus == ()


class TestReviewRepository:
    async def test_the_card_is_what_was_saved_last(self, store: Store) -> None:
        user = await signed_up(store.uow)
        exercise = an_exercise(user.id)
        await stored_exercises(store.uow, exercise)
        for card in (a_card(exercise), a_card(exercise, step=None, stability=5.5, due_at=NOON + timedelta(days=6))):
            async with store.uow(user.id) as uow:
                await uow.reviews.save(card, a_review_entry(exercise), owner=user.id)
                await uow.commit()
            async with store.uow(user.id) as uow:
                assert await uow.reviews.card(owner=user.id, exercise_id=exercise.id) == card

    async def test_there_is_no_card_before_the_first_review_nor_for_others(self, store: Store) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        exercise = an_exercise(other.id)
        await stored_exercises(store.uow, exercise)
        async with store.uow(other.id) as uow:
            assert await uow.reviews.card(owner=other.id, exercise_id=exercise.id) is None
            await uow.reviews.save(a_card(exercise), a_review_entry(exercise), owner=other.id)
            await uow.commit()
        async with store.uow(user.id) as uow:
            assert await uow.reviews.card(owner=user.id, exercise_id=exercise.id) is None

    async def test_without_commit_nothing_happens(self, store: Store) -> None:
        user = await signed_up(store.uow)
        exercise = an_exercise(user.id)
        await stored_exercises(store.uow, exercise)
        async with store.uow(user.id) as uow:
            await uow.reviews.save(a_card(exercise), a_review_entry(exercise), owner=user.id)
        async with store.uow(user.id) as uow:
            assert await uow.reviews.card(owner=user.id, exercise_id=exercise.id) is None
