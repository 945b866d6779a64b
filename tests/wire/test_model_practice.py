"""Exercises written, solved and judged by a model over the wire, through the use cases, down to the credits."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import uuid4

import pytest

from adapters.mistral import MistralAnswerJudge, MistralExerciseWriter, MistralItemSolver, MistralStructuredModel
from application.practice import GeneratedExercises
from domain.practice import Difficulty, Evidence, Exercise, ExerciseKind, Grade, Grader
from domain.shared import RateLimited, Unavailable
from tests.builders_library import a_stored_source
from tests.builders_practice import DANTE, an_exercise, stored_exercises
from tests.classroom import Classroom, opened
from tests.desk import OWNER, Desk
from tests.wire.chat_server import ChatServer, Message, failing, rate_limited, says
from tests.wire.hostile_answers import INJECTIONS
from tests.wire.obedient_model import obedient_judge, said_to

PART = DANTE.split("\n\n")[0]
BEATRICE: dict[str, Any] = {
    "kind": "SINGLE_ANSWER",
    "passage": 1,
    "quote": "A nove anni incontrò Beatrice durante una festa di primavera, e quel giorno cambiò la sua vita.",
    "ask": "Chi incontrò Dante Alighieri durante una festa di primavera?",
    "sentence": "",
    "answer": "Beatrice",
    "accepted": [],
    "distractors": [],
    "explanation": "Secondo il testo, a nove anni Dante incontrò Beatrice.",
    "focus": "",
}
BIRTH = {
    **BEATRICE,
    "quote": "Dante Alighieri nacque a Firenze nel 1265.",
    "ask": "In quale anno nacque Dante Alighieri?",
    "answer": "1265",
    "accepted": ["nel 1265"],
    "explanation": "Il testo dice che Dante nacque nel 1265.",
}
INVENTED = {**BIRTH, "quote": "Dante Alighieri nacque a Ravenna nel 1321.", "answer": "1321"}


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    with ChatServer(obedient_judge) as server:
        yield server
        assert server.complaints == []


@pytest.fixture
async def model(server: ChatServer) -> AsyncIterator[MistralStructuredModel]:
    model = MistralStructuredModel("sk-k", server_url=server.url, deadline=10)
    yield model
    await model.aclose()


@pytest.fixture
async def room(model: MistralStructuredModel) -> Classroom:
    desk = Desk()
    await opened(desk)
    await a_stored_source(desk.uow, OWNER, contents=[PART])
    return Classroom(desk, writer=MistralExerciseWriter(model), judge=MistralAnswerJudge(model))


def written(*items: dict[str, Any]) -> Any:
    return says(json.dumps({"exercises": items}, ensure_ascii=False))


async def generated(room: Classroom, count: int = 2) -> GeneratedExercises:
    return await room.practice.generate_exercises(
        owner=OWNER, count=count, kinds=(ExerciseKind.SINGLE_ANSWER,), difficulty=Difficulty.INTERMEDIATE
    )


async def balance(room: Classroom) -> tuple[int, int]:
    account = await room.credits.account(owner=OWNER)
    return account.credits, account.held


class TestGenerating:
    async def test_an_invented_quotation_is_refused_told_and_mended(self, server: ChatServer, room: Classroom) -> None:
        server.answer_next(written(BEATRICE, INVENTED), written(BIRTH))
        result = await generated(room)
        assert sorted(exercise.key for exercise in result.exercises) == ["1265", "Beatrice"]
        assert result.rejected == {"quotation_verbatim": 1}
        (refused,) = said_to(server.requests[1].messages)[1]["refused"]
        assert (refused["gate"], refused["quote"]) == ("quotation_verbatim", INVENTED["quote"])
        # 790 tokens a request; of the first one half was delivered.
        assert await balance(room) == (100 - 2, 0)

    async def test_what_was_not_delivered_costs_nothing(self, server: ChatServer, room: Classroom) -> None:
        server.answer_next(says("Ecco gli esercizi."), says("Ecco, di nuovo."))
        with pytest.raises(Unavailable, match="no usable answer"):
            await generated(room)
        assert await balance(room) == (100, 0)

    async def test_a_limit_is_told_with_its_pause(self, server: ChatServer, room: Classroom) -> None:
        server.answer_next(rate_limited(after=60))
        with pytest.raises(RateLimited) as limited:
            await generated(room)
        assert limited.value.data == {"retry_after": 60.0}
        assert await balance(room) == (100, 0)

    async def test_what_is_known_without_the_passage_is_dropped(
        self, server: ChatServer, room: Classroom, model: MistralStructuredModel
    ) -> None:
        def solver(messages: Sequence[Message]) -> str:
            """Knows the year by heart, and Beatrice only from the passage."""
            told = said_to(messages)[1]
            if "passages" in told:
                return json.dumps({"exercises": [BEATRICE, BIRTH]})
            known = [
                "1265" if "anno" in item["question"] else "Beatrice" if "passage" in item else ""
                for item in told["items"]
            ]
            return json.dumps({"answers": [{"number": at, "answer": one} for at, one in enumerate(known, start=1)]})

        server.model = solver
        room.solver = MistralItemSolver(model)
        result = await generated(room)
        assert [exercise.key for exercise in result.exercises] == ["Beatrice"]
        assert sum(result.rejected.values()) >= 1


class TestJudging:
    ANSWER = "Perché Beatrice entrò nei suoi pensieri, credo."

    @pytest.fixture
    async def question(self, room: Classroom) -> Exercise:
        question = an_exercise(
            OWNER,
            kind=ExerciseKind.SINGLE_ANSWER,
            question="Perché la vita di Dante cambiò quando aveva nove anni?",
            key="incontrò Beatrice durante una festa",
            explanation="Il testo dice che incontrò Beatrice durante una festa di primavera.",
            evidence=Evidence(quote=BEATRICE["quote"], start=0, end=len(BEATRICE["quote"])),
            grammar_focus=None,
        )
        (stored,) = await stored_exercises(room.desk.uow, question)
        return stored

    async def graded(self, room: Classroom, question: Exercise, answer: str = ANSWER) -> Grade:
        response, _ = await room.practice.submit_answer(
            owner=OWNER, exercise_id=question.id, attempt_id=uuid4().hex, answer=answer
        )
        return response.grade

    async def test_what_rules_leave_open_is_judged_and_charged(
        self, server: ChatServer, room: Classroom, question: Exercise
    ) -> None:
        grade = await self.graded(room, question)
        assert (grade.grader, grade.feedback) == (Grader.MODEL, "Ecco il voto.")
        credits, held = await balance(room)
        assert (credits < 100, held) == (True, 0)
        assert len(server.requests) in (1, 2)

    @pytest.mark.parametrize("name", ["a plain order", "a closed fence", "a role in a chat template"])
    async def test_orders_in_the_answer_move_nothing(self, room: Classroom, question: Exercise, name: str) -> None:
        honest = await self.graded(room, question)
        hostile = await self.graded(room, question, INJECTIONS[name].format(answer=self.ANSWER))
        assert hostile.grader is Grader.MODEL
        assert abs(hostile.score - honest.score) <= 1

    async def test_when_the_judge_is_down_the_rules_grade_stands(
        self, server: ChatServer, room: Classroom, question: Exercise
    ) -> None:
        server.answer_next(failing(400), failing(400))
        assert (await self.graded(room, question)).grader is Grader.RULES
        assert await balance(room) == (100, 0)
