"""Chat models of others that refuse: what stays secret, and what a request can do without."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import AsyncIterator

import pytest
import structlog

from application.chat.ports import ToolOffer
from tests.wire.chat_lines import KEY, Line, a_line, a_task, answer_of
from tests.wire.chat_stream_server import Dialect
from tests.wire.chat_streams import refused, says


@pytest.fixture(params=["mistral", "openai"])
async def line(request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    dialect: Dialect = request.param
    async with a_line(dialect) as opened:
        yield opened


class TestSecrets:
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500])
    async def test_key_and_texts_are_in_no_message_and_in_no_log(
        self, line: Line, status: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Some providers repeat what they refuse."""
        caplog.set_level(logging.DEBUG)
        body = json.dumps({"message": f"Incorrect: {KEY}, un segreto", "detail": [{"input": f"{KEY} segreto"}]})
        streams = [refused(status, after=0, body=body.encode())] * 3
        with structlog.testing.capture_logs() as logs:
            failed = await line.failure(*streams)
        everything = "".join(traceback.format_exception(failed.error)) + f"{failed.error!r} {logs} {caplog.text}"
        assert KEY not in everything
        assert "segreto" not in everything

    @pytest.mark.parametrize("key", ["hunter2\n", "hunter2è", "hunter2\x00"])
    async def test_a_key_that_cannot_be_sent_is_not_told_either(self, line: Line, key: str) -> None:
        failed = await line.failure(key=key)
        assert "hunter2" not in "".join(traceback.format_exception(failed.error))

    async def test_no_log_of_texts_is_written(
        self, line: Line, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MISTRAL_DEBUG", "1")
        caplog.set_level(logging.DEBUG)
        await line.answer(says("un segreto"))
        assert KEY not in caplog.text
        assert "segreto" not in caplog.text
        assert "Garibaldi" not in caplog.text


class TestServersThatCannotDoAll:
    @pytest.fixture
    async def server(self) -> AsyncIterator[Line]:
        async with a_line("openai") as opened:
            yield opened

    @pytest.mark.parametrize(
        "message",
        [
            "[{'type': 'extra_forbidden', 'loc': ('body', 'stream_options'), 'msg': 'Extra inputs are not permitted'}]",
            "unknown field `stream_options`",
            "Unrecognized request argument supplied",
            "Additional properties are not allowed",
        ],
    )
    @pytest.mark.parametrize("status", [400, 422])
    async def test_one_that_does_not_tell_the_usage_is_asked_without(
        self, server: Line, message: str, status: int
    ) -> None:
        server.server.answer_next(refused(status, message=message), says("Ciao"), says("Ciao"))
        model = server.model()
        assert [(await answer_of(model)).text for _ in range(2)] == ["Ciao", "Ciao"]
        assert ["stream_options" in one.body for one in server.server.requests] == [True, False, False]

    @pytest.mark.parametrize(
        "message",
        [
            "registry.ollama.ai/library/gemma3:4b does not support tools",
            '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
            "tools param requires --jinja flag",
        ],
    )
    async def test_one_that_knows_no_tools_answers_without_them(self, server: Line, message: str) -> None:
        task = a_task(tools=(ToolOffer(name="webSearch", description="Search.", parameters={"type": "object"}),))
        with structlog.testing.capture_logs() as logs:
            answer = await server.answer(refused(400, message=message), says("Ciao"), task=task)
        assert answer.text == "Ciao"
        assert ["tools" in one.body for one in server.server.requests] == [True, False]
        assert [entry["field"] for entry in logs if "field" in entry] == ["tools"]
