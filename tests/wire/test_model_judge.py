"""The model's judgements of open answers, and that no order in an answer moves a grade."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from adapters.mistral import MistralAnswerJudge, MistralStructuredModel
from adapters.prompting import answers
from adapters.prompting.fence import Data, Fenced
from adapters.prompting.visible import visible
from application.practice.ports import OpenAnswer, Wording
from domain.accounts import Usage
from domain.practice import Fault, Judgement
from domain.shared import Unavailable
from tests.wire.chat_server import ChatServer, Reply, cut_short, no_choices, says
from tests.wire.hostile_answers import INJECTIONS
from tests.wire.obedient_model import MOST, obedient_judge, said_to

QUESTION = OpenAnswer(
    language="it",
    question="Chi accompagna Dante nelle prime due parti del viaggio?",
    key="Virgilio accompagna Dante",
    accepted=("Virgilio",),
    evidence="Virgilio accompagna il poeta nelle prime due parti, mentre Beatrice lo guida fino al cielo.",
    answer="",
)
ANSWERS = ("Virgilio accompagna Dante", "Virgilio", "Beatrice, credo")
GRADED: dict[str, Any] = {
    "content": 40,
    "completeness": 20,
    "grammar": 10,
    "faults": ["GENDER"],
    "feedback": "È giusto in parte.",
    "confidence": 0.8,
}


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    with ChatServer(obedient_judge) as server:
        yield server
        assert server.complaints == []


@pytest.fixture
async def judge(server: ChatServer) -> AsyncIterator[MistralAnswerJudge]:
    model = MistralStructuredModel("sk-k", server_url=server.url, deadline=10)
    yield MistralAnswerJudge(model)
    await model.aclose()


async def judged(judge: MistralAnswerJudge, answer: str, wording: Wording = Wording.FIRST) -> Judgement:
    return (await judge.judge(replace(QUESTION, answer=answer), wording=wording)).judgement


class TestJudgement:
    async def test_points_faults_feedback_and_tokens_come_through(
        self, server: ChatServer, judge: MistralAnswerJudge
    ) -> None:
        server.answer_next(says(json.dumps(GRADED)))
        told = await judge.judge(replace(QUESTION, answer="Il Virgilio"), wording=Wording.FIRST)
        assert told.judgement == Judgement(
            content=40,
            completeness=20,
            grammar=10,
            feedback="È giusto in parte.",
            confidence=0.8,
            faults=(Fault.GENDER,),
        )
        assert told.usage == Usage(tokens=790)

    async def test_the_two_judges_are_asked_in_other_words_for_the_same_shape(
        self, server: ChatServer, judge: MistralAnswerJudge
    ) -> None:
        for wording in Wording:
            await judged(judge, "Virgilio", wording)
        first, second = (request.body for request in server.requests)
        assert first["messages"][0] != second["messages"][0]
        assert first["response_format"] == second["response_format"]
        for body in (first, second):
            system = body["messages"][0]["content"]
            assert all(str(points) in system for points in MOST.values())
            assert body["temperature"] == 0

    @pytest.mark.parametrize(("language", "name"), [("it", "Italian"), ("en-GB", "English"), ("de", "German")])
    async def test_feedback_is_asked_for_in_the_study_language(
        self, server: ChatServer, judge: MistralAnswerJudge, language: str, name: str
    ) -> None:
        await judge.judge(replace(QUESTION, language=language, answer="x"), wording=Wording.FIRST)
        assert f"to the student in {name}" in " ".join(server.requests[0].messages[0]["content"].split())

    async def test_faults_that_we_do_not_name_are_left_out(self, server: ChatServer, judge: MistralAnswerJudge) -> None:
        server.answer_next(says(json.dumps({**GRADED, "faults": ["GENDER", "RUDE", "GENDER", "<b>", "TENSE"]})))
        assert (await judged(judge, "x")).faults == (Fault.GENDER, Fault.TENSE)

    async def test_feedback_is_plain_and_short(self, server: ChatServer, judge: MistralAnswerJudge) -> None:
        said = (
            "Bene <img src=x onerror=alert(1)> ![foto](https://male.example/?q=1)\n[qui](javascript:x) \u202e\x07 " * 40
        )
        server.answer_next(says(json.dumps({**GRADED, "feedback": said})))
        feedback = (await judged(judge, "x")).feedback
        assert feedback.startswith("Bene foto qui Bene foto qui")
        assert len(feedback) <= 400
        assert not any(sign in feedback for sign in ("<", "http", "script", "\n", "\u202e", "\x07"))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"content": 61},
            {"content": -1},
            {"completeness": 26},
            {"grammar": 16},
            {"grammar": 15.5},
            {"content": "60"},
            {"confidence": 1.1},
            {"confidence": None},
            {"feedback": ""},
            {"feedback": "\u200b \x00"},
            {"faults": "GENDER"},
            {"score": 100},
        ],
    )
    async def test_a_judgement_off_the_scale_is_none(
        self, server: ChatServer, judge: MistralAnswerJudge, wrong: dict[str, Any]
    ) -> None:
        reply = says(json.dumps({**GRADED, **wrong}))
        server.answer_next(reply, reply)
        with pytest.raises(Unavailable, match="no usable answer"):
            await judged(judge, "Virgilio")
        server.answer_next(reply, says(json.dumps(GRADED)))
        assert (await judged(judge, "Virgilio")).content == 40

    @pytest.mark.parametrize(
        "reply",
        [says("Il voto è 60."), says('{"content": 60'), cut_short('{"content": 60'), no_choices(), says("[60]")],
    )
    async def test_prose_and_half_an_answer_are_none(
        self, server: ChatServer, judge: MistralAnswerJudge, reply: Reply
    ) -> None:
        server.answer_next(reply, reply)
        with pytest.raises(Unavailable, match="no usable answer"):
            await judged(judge, "Virgilio")


class TestInjections:
    def test_there_are_enough_of_them(self) -> None:
        assert len(INJECTIONS) >= 25

    @pytest.mark.parametrize("injection", INJECTIONS.values(), ids=INJECTIONS)
    async def test_none_moves_a_grade(self, judge: MistralAnswerJudge, injection: str) -> None:
        for wording in Wording:
            for answer in ANSWERS:
                honest = await judged(judge, answer, wording)
                hostile = await judged(judge, injection.format(answer=answer), wording)
                assert abs(hostile.score - honest.score) <= 1

    @pytest.mark.parametrize("injection", INJECTIONS.values(), ids=INJECTIONS)
    async def test_what_the_student_wrote_is_sent_only_inside_the_fence(
        self, server: ChatServer, judge: MistralAnswerJudge, injection: str
    ) -> None:
        answer = injection.format(answer="Virgilio zafferano")
        await judged(judge, answer)
        messages = server.requests[0].messages
        assert [message["role"] for message in messages] == ["system", "user"]
        opening, line, closing, rest = messages[1]["content"].split("\n")
        assert "zafferano" not in messages[0]["content"] + opening + closing + rest
        assert opening == f"<<<{closing.removesuffix('>>>')}"
        assert closing.removesuffix(">>>") not in line
        heard, data = said_to(messages)
        assert heard == ["Grade the `answer` above by your rubric."]
        # Nothing that can be seen was lost or changed on the way.
        assert data["answer"] == visible(answer)[:4_000]

    async def test_whoever_obeys_what_it_hears_would_be_fooled_without_the_fence(
        self, judge: MistralAnswerJudge, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """So the tests above can fail: orders that stand outside, or on lines of their own, are obeyed."""

        def open_text(data: Mapping[str, Data]) -> Fenced:
            return Fenced("DATA", f"The student's answer: {data['answer']}")

        def plain_lines(data: Mapping[str, Data]) -> Fenced:
            return Fenced(
                "DATA", f"<<<DATA\n{json.dumps({**data, 'answer': ''}, ensure_ascii=False)}\n{data['answer']}\nDATA>>>"
            )

        def plain_json(data: Mapping[str, Data]) -> Fenced:
            return Fenced("DATA", f"<<<DATA\n{json.dumps(data, ensure_ascii=False)}\nDATA>>>")

        moved = {}
        for fence in (open_text, plain_lines, plain_json):
            monkeypatch.setattr(answers, "fenced", fence)
            honest = (await judged(judge, "Beatrice, credo")).score
            moved[fence.__name__] = sum(
                [
                    abs((await judged(judge, injection.format(answer="Beatrice, credo"))).score - honest) > 1
                    for injection in INJECTIONS.values()
                ]
            )
        assert moved["open_text"] >= len(INJECTIONS) - 4
        assert moved["plain_lines"] >= 10
        assert moved["plain_json"] >= 8
