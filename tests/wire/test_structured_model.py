"""Mistral's chat, asked for JSON: what is sent, what comes of each answer and failure, how long anybody waits."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import traceback
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from adapters.mistral import MistralStructuredModel
from adapters.prompting.prompt import Prompt, Shape, Unusable, read_shape
from domain.accounts import Usage
from domain.shared import RateLimited, StudioloError, Unavailable
from tests.wire.chat_server import (
    ChatServer,
    Reply,
    cut,
    cut_short,
    dripping,
    failing,
    garbled,
    hanging,
    no_choices,
    rate_limited,
    says,
    slow,
)

KEY = "sk-hunter2hunter2"
NO_USE = "The language model gave no usable answer."


class Colour(Shape):
    name: str
    depth: int


def read_colour(text: str) -> Colour:
    colour = read_shape(Colour, text)
    if colour.depth > 10:
        raise Unusable("`depth` is 0 to 10")
    return colour


PROMPT: Prompt[Colour] = Prompt(
    name="colour",
    system="Name a colour.",
    user="Which colour has a segreto?",
    schema=Colour.model_json_schema(),
    read=read_colour,
    most_tokens=50,
)
GREEN = Colour(name="verde", depth=3)
WELL = says(GREEN.model_dump_json())


@dataclass
class Line:
    """A provider, and our end of the line."""

    server: ChatServer
    opened: list[MistralStructuredModel] = field(default_factory=list)

    def model(
        self, *, key: str = KEY, url: str | None = None, deadline: float = 10.0, model: str = "mistral-small-latest"
    ) -> MistralStructuredModel:
        made = MistralStructuredModel(
            key,
            model=model,
            server_url=url or self.server.url,
            deadline=deadline,
            clock=lambda: datetime(2026, 11, 20, 12, tzinfo=UTC),
        )
        self.opened.append(made)
        return made

    async def refused(self, *replies: Reply, deadline: float = 10.0) -> StudioloError:
        """The error that these answers come to."""
        self.server.answer_next(*replies)
        with pytest.raises(StudioloError) as raised:
            await self.model(deadline=deadline).ask(PROMPT)
        return raised.value


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    with ChatServer(lambda _: GREEN.model_dump_json()) as server:
        line = Line(server)
        yield line
        for model in line.opened:
            await model.aclose()
        assert server.complaints == []


class TestRequests:
    async def test_they_ask_for_the_shape_and_leave_nothing_to_chance(self, line: Line) -> None:
        answer = await line.model().ask(PROMPT)
        (request,) = line.server.requests
        assert answer.value == GREEN
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert request.body["temperature"] == 0.0
        assert request.body["max_tokens"] == 50
        assert request.body["response_format"] == {
            "type": "json_schema",
            "json_schema": {"name": "colour", "schema": Colour.model_json_schema(), "strict": True},
        }
        assert [(one["role"], one["content"]) for one in request.messages] == [
            ("system", "Name a colour."),
            ("user", "Which colour has a segreto?"),
        ]

    async def test_tokens_read_and_written_are_counted(self, line: Line) -> None:
        assert (await line.model().ask(PROMPT)).usage == Usage(tokens=790)

    async def test_without_figures_there_is_no_usage(self, line: Line) -> None:
        nothing = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
        line.server.answer_next(says(GREEN.model_dump_json(), usage=nothing))
        assert (await line.model().ask(PROMPT)).usage is None

    async def test_thoughts_beside_the_text_are_passed_over(self, line: Line) -> None:
        thought = {"type": "thinking", "thinking": [{"type": "text", "text": "{"}]}
        line.server.answer_next(says([thought, {"type": "text", "text": GREEN.model_dump_json()}]))
        assert (await line.model().ask(PROMPT)).value == GREEN

    def test_each_event_loop_has_a_connection_of_its_own(self, line: Line) -> None:
        model = line.model()

        async def ask() -> Colour:
            async with aclosing(model):
                return (await model.ask(PROMPT)).value

        assert [asyncio.run(ask()) for _ in range(3)] == [GREEN] * 3

    async def test_it_says_whether_it_is_there(self, line: Line) -> None:
        line.server.answer_next(says('{"ready": true}'))
        assert await line.model().check() == Usage(tokens=790)
        assert line.model(model="m").name == "m"


UNUSABLE = {
    "prose": says("Certo! Il colore è il verde."),
    "a refusal": says("Mi dispiace, non posso rispondere a questa domanda."),
    "wrong JSON": says('{"name": "verde", "depth": "tre"}'),
    "another shape": says('{"colour": "verde"}'),
    "too much": says('{"name": "verde", "depth": 3, "extra": true}'),
    "a list": says("[]"),
    "half of it": cut_short('{"name": "ver'),
    "half of it, and no word about it": says('{"name": "ver'),
    "all of it, cut by length all the same": cut_short(GREEN.model_dump_json()),
    "an end that is none": says(GREEN.model_dump_json(), finish_reason="error"),
    "an end that nobody knows": says(GREEN.model_dump_json(), finish_reason="moderated"),
    "nothing": says(""),
    "no text": says(None),
    "no choices": no_choices(),
    "what its reader refuses": says('{"name": "verde", "depth": 11}'),
    "bytes of no kind": garbled(),
    "an answer of another form": garbled(b'{"object": "error", "message": "busy"}'),
    "numbers that are none": says('{"name": "verde", "depth": NaN}'),
}


class TestAnswersOfNoUse:
    @pytest.mark.parametrize("reply", UNUSABLE.values(), ids=UNUSABLE)
    async def test_one_is_asked_for_again(self, line: Line, reply: Reply) -> None:
        line.server.answer_next(reply, WELL)
        assert (await line.model().ask(PROMPT)).value == GREEN
        first, second = line.server.requests
        assert first.messages[1] == second.messages[1]
        assert second.messages[0]["content"].startswith("Name a colour.\nYour last answer could not be used: ")
        assert "verde" not in second.messages[0]["content"]

    @pytest.mark.parametrize("reply", UNUSABLE.values(), ids=UNUSABLE)
    async def test_two_are_enough(self, line: Line, reply: Reply) -> None:
        error = await line.refused(reply, reply, WELL)
        assert isinstance(error, Unavailable)
        assert error.message == NO_USE
        assert len(line.server.requests) == 2

    async def test_both_tries_are_counted(self, line: Line) -> None:
        line.server.answer_next(UNUSABLE["prose"], WELL)
        assert (await line.model().ask(PROMPT)).usage == Usage(tokens=2 * 790)

    async def test_what_grew_too_long_has_twice_the_room(self, line: Line) -> None:
        line.server.answer_next(cut_short(), WELL)
        await line.model().ask(PROMPT)
        assert [request.body["max_tokens"] for request in line.server.requests] == [50, 100]
        assert "write less" in line.server.requests[1].messages[0]["content"]


class TestFailures:
    @pytest.mark.parametrize(
        "reply",
        [
            failing(500, after=0),
            failing(502, after=0),
            failing(503),
            failing(504, after=0),
            rate_limited(after=0),
            cut(),
        ],
    )
    async def test_a_passing_one_is_tried_again_once(self, line: Line, reply: Reply) -> None:
        line.server.answer_next(reply)
        assert (await line.model().ask(PROMPT)).value == GREEN
        assert len(line.server.requests) == 2

    @pytest.mark.parametrize("status", [500, 503])
    async def test_two_of_them_are_a_failure(self, line: Line, status: int) -> None:
        error = await line.refused(failing(status, after=0), failing(status), WELL)
        assert isinstance(error, Unavailable)
        assert str(status) in error.message
        assert len(line.server.requests) == 2

    async def test_a_failure_and_an_answer_of_no_use_are_three_requests_at_most(self, line: Line) -> None:
        error = await line.refused(failing(503, after=0), UNUSABLE["prose"], failing(503, after=0), WELL)
        assert isinstance(error, Unavailable)
        assert len(line.server.requests) == 3

    async def test_too_many_requests_twice(self, line: Line) -> None:
        error = await line.refused(rate_limited(after=0), rate_limited(after=3))
        assert isinstance(error, RateLimited)
        assert error.data == {"retry_after": 3.0}

    async def test_a_short_pause_is_kept(self, line: Line) -> None:
        line.server.answer_next(rate_limited(after=0.3))
        await line.model().ask(PROMPT)
        first, second = line.server.requests
        assert second.at - first.at >= 0.3

    async def test_a_long_pause_is_told_at_once_and_not_waited_for(self, line: Line) -> None:
        started = time.monotonic()
        error = await line.refused(rate_limited(after=30))
        assert isinstance(error, RateLimited)
        assert error.data == {"retry_after": 30.0}
        assert time.monotonic() - started < 5
        assert len(line.server.requests) == 1

    async def test_a_pause_that_the_deadline_does_not_leave_room_for_is_told_too(self, line: Line) -> None:
        error = await line.refused(rate_limited(after=2), deadline=3.0)
        assert isinstance(error, RateLimited)
        assert len(line.server.requests) == 1

    @pytest.mark.parametrize("status", [400, 402, 404, 408, 422])
    async def test_others_are_not_tried_again(self, line: Line, status: int) -> None:
        error = await line.refused(failing(status), WELL)
        assert isinstance(error, Unavailable)
        assert "MISTRAL_CHAT_MODEL" in error.message
        assert len(line.server.requests) == 1

    async def test_nobody_listens(self, line: Line) -> None:
        with pytest.raises(Unavailable, match="cannot be reached"):
            await line.model(url="http://127.0.0.1:9").ask(PROMPT)

    @pytest.mark.parametrize("reply", [hanging(), dripping(), slow(30)], ids=["silence", "slow headers", "late"])
    async def test_nobody_waits_longer_than_the_deadline(self, line: Line, reply: Reply) -> None:
        model = line.model(deadline=0.5)
        await model.aclose()
        line.server.answer_next(reply)
        started = time.monotonic()
        with pytest.raises(Unavailable, match=r"within 0\.5 seconds"):
            await model.ask(PROMPT)
        assert time.monotonic() - started < 5

    async def test_the_deadline_is_for_both_tries_together(self, line: Line) -> None:
        error = await line.refused(UNUSABLE["prose"], hanging(), deadline=1.0)
        assert "within 1 seconds" in error.message

    async def test_a_cancelled_question_is_cancelled(self, line: Line) -> None:
        line.server.answer_next(hanging())
        question = asyncio.create_task(line.model().ask(PROMPT))
        await asyncio.to_thread(line.server.wait_for, 1)
        question.cancel()
        with pytest.raises(asyncio.CancelledError):
            await question


class TestSecrets:
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500])
    async def test_key_and_texts_are_in_no_message_and_in_no_log(
        self, line: Line, status: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Some providers repeat what they refuse."""
        caplog.set_level(logging.DEBUG)
        told = json.dumps(
            {"message": f"Incorrect: {KEY}, un segreto", "detail": [{"input": f"{KEY} segreto"}]}
        ).encode()
        reply = Reply(status=status, body=told, headers={"retry-after": "0"})
        with structlog.testing.capture_logs() as logs:
            error = await line.refused(reply, reply)
        everything = "".join(traceback.format_exception(error)) + f"{error!r} {logs} {caplog.text}"
        assert KEY not in everything
        assert "segreto" not in everything

    @pytest.mark.parametrize("status", [401, 403])
    async def test_a_refused_key_is_the_operators_affair(self, line: Line, status: int) -> None:
        error = await line.refused(failing(status), WELL)
        assert isinstance(error, Unavailable)
        assert "correct the key" in error.message
        assert len(line.server.requests) == 1

    @pytest.mark.parametrize("key", ["hunter2\n", "hunter2è", "hunter2\x00"])
    async def test_a_key_that_cannot_be_sent_is_not_told_either(self, line: Line, key: str) -> None:
        with pytest.raises(Unavailable) as raised:
            await line.model(key=key).ask(PROMPT)
        assert "hunter2" not in "".join(traceback.format_exception(raised.value))

    async def test_what_is_of_no_use_is_not_repeated(self, line: Line, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        with structlog.testing.capture_logs() as logs:
            error = await line.refused(says('{"name": "segreto"}'), says('{"segreto": 1}'))
        assert "segreto" not in "".join(traceback.format_exception(error)) + f"{logs} {caplog.text}"

    async def test_the_sdk_writes_no_log_of_texts(
        self, line: Line, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MISTRAL_DEBUG", "1")
        caplog.set_level(logging.DEBUG)
        await line.model().ask(PROMPT)
        assert KEY not in caplog.text
        assert "segreto" not in caplog.text


def test_a_prompt_can_be_shown_without_its_schema() -> None:
    shown: Any = repr(PROMPT)
    assert "properties" not in shown
