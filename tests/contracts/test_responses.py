"""The contract of the stores of answers and of reviews."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from uuid import uuid4

import pytest

from adapters.system import new_uuid7
from application.practice import ResponseReader
from application.shared import Window
from domain.practice import (
    Appeal,
    AttemptTaken,
    Exercise,
    Fault,
    FocusProgress,
    Grade,
    Grader,
    GradingCharge,
    Response,
    RubricLine,
)
from domain.shared import ChunkId, CreditEntryId, NoSuch, NotYours
from tests.builders import NOON, signed_up
from tests.builders_practice import a_card, a_response, a_review_entry, an_exercise, stored_exercises, stored_responses
from tests.contracts.conftest import Store


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
        await stored_responses(store.uow, response)
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
        await stored_responses(store.uow, a_response(mine, attempt_id="1"), a_response(theirs, attempt_id="1"))
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


class TestAppealedResponse:
    async def test_a_save_changes_grade_and_appeal_and_nothing_else(
        self, store: Store, responses: ResponseReader
    ) -> None:
        user = await signed_up(store.uow)
        exercise = an_exercise(user.id)
        await stored_exercises(store.uow, exercise)
        charge = GradingCharge(entry_id=CreditEntryId(new_uuid7()), credits=2)
        response = a_response(exercise, charge=charge, suggested_review=(ChunkId(new_uuid7()),))
        await stored_responses(store.uow, response)
        assert await responses.get(owner=user.id, id=response.id) == response
        grade = Grade(
            score=90, rubric=(RubricLine("Contenuto", 90, 100),), feedback="Sì.", grader=Grader.MODEL, confidence=0.8
        )
        appeal = Appeal(upheld=True, decided_at=NOON, score_before=20, reason="Perché «sì».", credits_refunded=2)
        changed = replace(response.granted(appeal, grade, next_review_at=NOON + timedelta(days=3)), suggested_review=())
        async with store.uow(user.id) as uow:
            await uow.responses.save(replace(changed, answer="altro", attempt_id="altro", charge=None))
            assert await uow.responses.get(owner=user.id, id=response.id) == changed
            await uow.commit()
        assert await responses.get(owner=user.id, id=response.id) == changed

    async def test_without_commit_nothing_happens(self, store: Store, responses: ResponseReader) -> None:
        user = await signed_up(store.uow)
        exercise = an_exercise(user.id)
        await stored_exercises(store.uow, exercise)
        response = a_response(exercise)
        await stored_responses(store.uow, response)
        async with store.uow(user.id) as uow:
            await uow.responses.save(response.dismissed(Appeal(upheld=False, decided_at=NOON, score_before=20)))
        assert (await responses.get(owner=user.id, id=response.id)).appeal is None

    async def test_what_is_not_there_and_what_is_anothers_differ(self, store: Store) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        theirs = an_exercise(other.id)
        await stored_exercises(store.uow, theirs)
        response, nothing = a_response(theirs), a_response(theirs)
        await stored_responses(store.uow, response)
        for one, refusal in ((response, NotYours), (nothing, NoSuch)):
            async with store.uow(user.id) as uow:
                with pytest.raises(refusal):
                    await uow.responses.get(owner=user.id, id=one.id)
                with pytest.raises(refusal):
                    await uow.responses.save(replace(one, owner=user.id))

    async def test_the_answers_to_an_exercise_come_oldest_first(self, store: Store) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        exercise, another = an_exercise(user.id), an_exercise(user.id)
        await stored_exercises(store.uow, exercise, another)
        given = [a_response(exercise, created_at=NOON + timedelta(minutes=minutes)) for minutes in (3, 1, 2)]
        await stored_responses(store.uow, *given, a_response(another))
        async with store.uow(user.id) as uow:
            found = await uow.responses.of_exercise(owner=user.id, exercise_id=exercise.id)
        assert found == (given[1], given[2], given[0])
        async with store.uow(other.id) as uow:
            assert await uow.responses.of_exercise(owner=other.id, exercise_id=exercise.id) == ()


class TestResponseReader:
    async def test_newest_first_page_by_page(self, store: Store, responses: ResponseReader) -> None:
        user, other = await signed_up(store.uow), await signed_up(store.uow)
        exercise, theirs = an_exercise(user.id), an_exercise(other.id)
        await stored_exercises(store.uow, exercise)
        await stored_exercises(store.uow, theirs)
        given = [a_response(exercise, created_at=NOON + timedelta(minutes=index // 2)) for index in range(5)]
        await stored_responses(store.uow, *given, a_response(theirs))
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
        await stored_responses(store.uow, response)
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

        await stored_responses(
            store.uow,
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

    async def test_days_are_of_utc_whatever_the_clock_shows(self, store: Store, responses: ResponseReader) -> None:
        user = await signed_up(store.uow)
        exercise = an_exercise(user.id).attempted(50, due_at=NOON.replace(hour=23, minute=30))
        await stored_exercises(store.uow, exercise)
        late = NOON.replace(hour=22, minute=45)
        await stored_responses(
            store.uow, *(a_response(exercise, created_at=late - timedelta(days=days)) for days in range(2))
        )
        rome = timezone(timedelta(hours=1, minutes=30))
        for at in (late, late.astimezone(rome)):
            progress = await responses.progress(owner=user.id, at=at)
            assert (progress.due_now, progress.due_today, progress.streak_days) == (0, 1, 2)
        tomorrow = await responses.progress(owner=user.id, at=(late + timedelta(hours=2)).astimezone(rome))
        assert (tomorrow.due_now, tomorrow.streak_days) == (1, 2)

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
