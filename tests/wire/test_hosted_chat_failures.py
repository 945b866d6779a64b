"""Chat models of others that fail: what is tried again, how long anybody waits, what is told and what is not."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import structlog

from adapters.streamed_answers import Patience
from domain.shared import RateLimited, Unavailable
from tests.wire.chat_lines import SHORT, Line, a_line, a_task
from tests.wire.chat_stream_server import Dialect
from tests.wire.chat_streams import (
    Step,
    Stream,
    asks,
    call,
    chunk,
    cut_after,
    empty,
    event,
    events,
    garbled,
    hanging,
    hanging_after,
    refused,
    says,
    unfinished,
)

WELL = says("Ciao")


@pytest.fixture(params=["mistral", "openai"])
async def line(request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    dialect: Dialect = request.param
    async with a_line(dialect) as opened:
        yield opened


class TestBeforeTheFirstToken:
    @pytest.mark.parametrize(
        "stream",
        [
            *(refused(status, after=0) for status in (429, 500, 502, 503, 504)),
            refused(503),
            cut_after(),
            empty(),
            events("[DONE]"),
            unfinished(""),
            says(finish="error"),
        ],
        ids=["429", "500", "502", "503", "504", "no pause", "cut", "empty", "nothing", "no end", "error"],
    )
    async def test_a_passing_failure_is_tried_again_twice(self, line: Line, stream: Stream) -> None:
        answer = await line.answer(stream, stream, WELL)
        assert answer.text == "Ciao"
        assert len(line.server.requests) == 3

    async def test_three_failures_are_enough(self, line: Line) -> None:
        failed = await line.failure(*[refused(503, after=0)] * 3, WELL)
        assert isinstance(failed.error, Unavailable)
        assert "503" in failed.error.message
        assert failed.requests == 3

    async def test_too_many_requests_three_times(self, line: Line) -> None:
        failed = await line.failure(*[refused(429, after=0)] * 2, refused(429, after=3), WELL)
        assert isinstance(failed.error, RateLimited)
        assert failed.error.data == {"retry_after": 3.0}

    async def test_too_many_requests_without_a_word_of_how_long(self, line: Line) -> None:
        failed = await line.failure(*[refused(429)] * 3)
        assert isinstance(failed.error, RateLimited)
        assert failed.error.data == {}
        assert failed.requests == 3

    async def test_a_short_pause_is_kept(self, line: Line) -> None:
        await line.answer(refused(429, after=0.3), WELL)
        first, second = line.server.requests
        assert second.at - first.at >= 0.3

    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize("dated", [False, True], ids=["seconds", "date"])
    async def test_a_long_pause_is_told_at_once_and_not_waited_for(self, line: Line, status: int, dated: bool) -> None:
        after = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True) if dated else 30
        failed = await line.failure(refused(status, after=after), WELL, patience=Patience(first_token=100, whole=200))
        assert isinstance(failed.error, RateLimited if status == 429 else Unavailable)
        assert failed.error.data["retry_after"] == pytest.approx(30, abs=5)
        assert failed.requests == 1
        assert failed.seconds < 5

    async def test_a_pause_for_which_there_is_no_time_is_told_too(self, line: Line) -> None:
        patience = Patience(first_token=3, between_tokens=3, whole=10)
        failed = await line.failure(refused(429, after=2), WELL, patience=patience)
        assert isinstance(failed.error, RateLimited)
        assert failed.requests == 1

    @pytest.mark.parametrize("status", [400, 402, 404, 408, 422])
    async def test_a_refusal_is_not_tried_again(self, line: Line, status: int) -> None:
        failed = await line.failure(refused(status), WELL)
        assert isinstance(failed.error, Unavailable)
        assert "CHAT_MODEL" in failed.error.message
        assert failed.requests == 1

    @pytest.mark.parametrize("status", [401, 403])
    async def test_a_refused_key_is_the_operators_affair(self, line: Line, status: int) -> None:
        failed = await line.failure(refused(status), WELL)
        assert isinstance(failed.error, Unavailable)
        assert "correct the key" in failed.error.message
        assert failed.requests == 1

    async def test_nobody_listens(self, line: Line) -> None:
        failed = await line.failure(url="http://127.0.0.1:9")
        assert isinstance(failed.error, Unavailable)
        assert "cannot be reached" in failed.error.message


class TestOnceItBegan:
    @pytest.mark.parametrize(
        "stream",
        [
            cut_after("Garibaldi "),
            unfinished("Garibaldi "),
            says("Garibaldi ", finish="error"),
            Stream(steps=(*unfinished("Garibaldi ").steps, event("[DONE]"))),
            Stream(steps=(*unfinished("Garibaldi ").steps, event(chunk({"content": "nac"}))[:-9])),
        ],
        ids=["cut", "no end", "error", "done without an end", "half an event"],
    )
    async def test_nothing_is_tried_again(self, line: Line, stream: Stream) -> None:
        failed = await line.failure(stream, WELL)
        assert isinstance(failed.error, Unavailable)
        assert failed.said == ("Garibaldi ",)
        assert failed.requests == 1

    async def test_half_a_call_is_no_call_and_is_not_asked_for_again(self, line: Line) -> None:
        whole = asks(call("webSearch", '{"query": "Ni', id="aaaaaaaaa"))
        failed = await line.failure(Stream(steps=(*whole.steps[:2], Step.CUT)), WELL)
        assert failed.said == ()
        assert failed.requests == 1

    async def test_a_stream_that_is_cut_behind_its_end_is_whole(self, line: Line) -> None:
        answer = await line.answer(Stream(steps=(*says("Ciao").steps[:-1], Step.CUT)))
        assert answer.text == "Ciao"

    async def test_a_stream_that_is_garbled_behind_its_end_is_whole_too(self, line: Line) -> None:
        answer = await line.answer(Stream(steps=(*says("Ciao").steps[:-1], b"data: {\n\n")))
        assert answer.text == "Ciao"


GARBLED = {
    "half an object": b'data: {"choices": [\n\n',
    "no object": b"data: 5\n\n",
    "a list": b"data: []\n\n",
    "words": b"data: Ciao!\n\n",
    "an error in the midst": b'data: {"object": "error", "message": "un segreto", "code": 3}\n\n',
    "an error as OpenAI writes it": b'data: {"error": {"message": "un segreto"}}\n\n',
    "an error line": b"error: un segreto\n\n",
    "bytes of no kind": b"data: \xff\xfe\xfd\n\n",
    "a page": b"<html><body>un segreto</body></html>",
    "objects without an empty line between them": 2 * event(chunk({"content": "a"}))[:-1] + b"\n",
    "a depth without end": b"data: " + b"[" * 100_000 + b"\n\n",
}


class TestGarbledStreams:
    @pytest.mark.parametrize("raw", GARBLED.values(), ids=GARBLED)
    @pytest.mark.parametrize("said", [(), ("Garibaldi ",)], ids=["at first", "in the midst"])
    async def test_they_are_a_failure_that_repeats_nothing(
        self, line: Line, raw: bytes, said: tuple[str, ...], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        stream = garbled(raw, behind=said)
        with structlog.testing.capture_logs() as logs:
            failed = await line.failure(stream, stream, stream)
        assert isinstance(failed.error, Unavailable)
        assert failed.said == said
        everything = "".join(traceback.format_exception(failed.error)) + f"{logs} {caplog.text}"
        assert "segreto" not in everything

    @pytest.mark.parametrize("raw", [GARBLED["an error in the midst"], GARBLED["an error as OpenAI writes it"]])
    async def test_an_error_is_one_even_if_the_stream_goes_on(self, line: Line, raw: bytes) -> None:
        stream = Stream(steps=(raw, *says("Ciao").steps))
        failed = await line.failure(stream, stream, stream)
        assert failed.said == ()

    async def test_an_answer_that_does_not_stream_is_not_understood(self, line: Line) -> None:
        whole = {"id": "c", "object": "chat.completion", "choices": [{"message": {"content": "un segreto"}}]}
        stream = Stream(headers={"content-type": "application/json"}, steps=(json.dumps(whole).encode(),))
        failed = await line.failure(stream, stream, stream)
        assert isinstance(failed.error, Unavailable)
        assert "segreto" not in failed.error.message


class TestDeadlines:
    @pytest.mark.parametrize(
        "stream",
        [hanging(), hanging_after(), hanging_after("")],
        ids=["before its headers", "behind its headers", "behind an empty chunk"],
    )
    async def test_of_the_first_token(self, line: Line, stream: Stream) -> None:
        failed = await line.failure(stream, WELL, patience=SHORT)
        assert failed.error.message.endswith("did not begin to answer within 0.4 seconds.")
        assert failed.requests == 1
        assert failed.seconds < 5
        await asyncio.to_thread(line.server.wait_until_left, 1)

    async def test_of_the_first_token_for_all_tries_together(self, line: Line) -> None:
        failed = await line.failure(refused(503, after=0), hanging(), WELL, patience=SHORT)
        assert "did not begin" in failed.error.message
        assert failed.requests == 2

    async def test_between_tokens(self, line: Line) -> None:
        failed = await line.failure(hanging_after("Garibaldi "), WELL, patience=SHORT)
        assert failed.error.message.endswith("fell silent in its answer for 0.4 seconds.")
        assert failed.said == ("Garibaldi ",)
        await asyncio.to_thread(line.server.wait_until_left, 1)

    async def test_keep_alives_are_no_tokens(self, line: Line) -> None:
        lively = Stream(steps=(b": keep-alive\n\n",) * 50 + (Step.HANG,))
        failed = await line.failure(lively, patience=SHORT)
        assert "did not begin" in failed.error.message

    async def test_of_the_whole(self, line: Line) -> None:
        patience = Patience(first_token=10, between_tokens=10, whole=0.4)
        failed = await line.failure(hanging_after("Garibaldi "), WELL, patience=patience)
        assert failed.error.message.endswith("did not come to the end of its answer within 0.4 seconds.")

    async def test_empty_chunks_are_none_either(self, line: Line) -> None:
        failed = await line.failure(Stream(steps=(Step.DRIP,)), patience=SHORT)
        assert "did not begin" in failed.error.message
        assert failed.seconds < 5

    async def test_who_reads_slowly_takes_nothing_from_the_providers_time(self, line: Line) -> None:
        line.server.answer_next(Stream(steps=(*unfinished("Ciao ").steps, Step.WAIT, *says("a te").steps)))
        model = line.model(patience=Patience(first_token=10, between_tokens=1, whole=20))
        async with aclosing(model.answer(a_task())) as pieces:
            assert await anext(pieces) == "Ciao "
            await asyncio.sleep(1.2)
            asyncio.get_running_loop().call_later(0.05, line.server.go_on)
            assert await anext(pieces) == "a te"
