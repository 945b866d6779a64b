"""Chat models of others: what they are sent, and what comes of the streams that they may send."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing

import pytest
import structlog

from application.chat.ports import ToolCall, ToolOffer, ToolResult, ToolRound
from domain.accounts import Usage
from domain.chat import MessageRole
from tests.builders import a_user
from tests.builders_chat import a_conversation, a_message
from tests.wire.chat_lines import KEY, SHORT, Line, a_line, a_task, answer_of
from tests.wire.chat_stream_server import Dialect
from tests.wire.chat_streams import (
    Step,
    Stream,
    asks,
    asks_at_once,
    call,
    chunk,
    events,
    hanging_after,
    in_bytes_of,
    says,
    with_comments,
    with_line_ends,
)
from tests.wire.embedding_specification import SPECIFICATION, specified

SAVE = ToolOffer(
    name="saveDocument",
    description="Save a document.",
    parameters={"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]},
)


@pytest.fixture(params=["mistral", "openai"])
async def line(request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    dialect: Dialect = request.param
    async with a_line(dialect) as opened:
        yield opened


def test_requests_are_checked_by_the_providers_own_specification() -> None:
    if specified("ChatCompletionRequest") is None:
        pytest.skip(f"{SPECIFICATION} is not on this machine")


class TestRequests:
    async def test_they_stream_and_offer_the_tools(self, line: Line) -> None:
        await line.answer(task=a_task(tools=(SAVE,), most_tokens=300))
        (request,) = line.server.requests
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert request.body["model"] == "mistral-small-latest"
        assert request.body["max_tokens"] == 300
        (tool,) = request.body["tools"]
        assert tool["type"] == "function"
        assert tool["function"]["parameters"] == SAVE.parameters

    async def test_without_tools_none_are_offered(self, line: Line) -> None:
        await line.answer()
        assert "tools" not in line.server.requests[0].body

    async def test_only_openais_language_asks_for_the_usage(self, line: Line) -> None:
        await line.answer()
        asked = line.server.requests[0].body.get("stream_options")
        assert asked == ({"include_usage": True} if line.server.dialect == "openai" else None)

    async def test_calls_and_what_they_came_to_are_told(self, line: Line) -> None:
        """Also arguments that are no JSON: the server is not let stumble over them."""
        well = ToolCall(id="Ab3dEf6hI", name="saveDocument", arguments='{"title": "Nizza"}')
        broken = ToolCall(id="Zb3dEf6hI", name="saveDocument", arguments='{"title": ')
        past = ToolRound(
            said="Salvo. ",
            results=(
                ToolResult(call=well, content='{"saved": true}', ok=True),
                ToolResult(call=broken, content="These are no JSON.", ok=False),
            ),
        )
        await line.answer(task=a_task(tools=(SAVE,), rounds=(past,)))
        _, _, assistant, first, second = line.server.requests[0].messages
        assert assistant["content"] == "Salvo. "
        assert [json.loads(one["function"]["arguments"]) for one in assistant["tool_calls"]] == [{"title": "Nizza"}, {}]
        assert (first["role"], first["tool_call_id"], first["name"]) == ("tool", well.id, "saveDocument")
        assert json.loads(first["content"].split("\n")[1]) == {"ok": True, "result": {"saved": True}}
        assert json.loads(second["content"].split("\n")[1]) == {"ok": False, "result": "These are no JSON."}

    async def test_a_conversation_that_is_too_long_is_shortened_and_the_log_says_so(self, line: Line) -> None:
        conversation = a_conversation(a_user().id)
        roles = (MessageRole.USER, MessageRole.ASSISTANT)
        history = [a_message(conversation, role=roles[n % 2], content=f"detto {n} " * 200) for n in range(10)]
        with structlog.testing.capture_logs() as logs:
            await line.answer(task=a_task(history=history, most_tokens=200), context_tokens=3_000)
        told = line.server.requests[0].messages[1]["content"]
        assert "detto 9" in told
        assert "detto 0" not in told
        (noted,) = [entry for entry in logs if "shortened" in entry["event"]]
        assert noted["messages"] % 2 == 0
        assert "detto" not in str(noted)


TEXT = "Perché Garibaldi è nato a Nizza 🇮🇹 [1]."
PIECES = ("Perché ", "Garibaldi è nato ", "a Nizza 🇮🇹 [1].")
THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "Vediamo."}]}
WRITTEN = {
    "plainly": says(*PIECES),
    "with the usage in a chunk of its own": says(*PIECES, apart=True),
    "byte by byte": in_bytes_of(says(*PIECES), 1),
    "seven bytes at a time": in_bytes_of(says(*PIECES), 7),
    "all at once": in_bytes_of(says(*PIECES), 100_000),
    "with CRLF": with_line_ends(says(*PIECES), b"\r\n"),
    "with CRLF, byte by byte": in_bytes_of(with_line_ends(says(*PIECES), b"\r\n"), 1),
    "with CR": with_line_ends(says(*PIECES), b"\r"),
    "with keep-alives": with_comments(says(*PIECES)),
    "behind a byte order mark": Stream(steps=(b"\xef\xbb\xbf", *says(*PIECES).steps)),
    "as parts": says([{"type": "text", "text": PIECES[0]}], [{"type": "text", "text": "".join(PIECES[1:])}]),
    "with thoughts beside it": says([THOUGHT], [THOUGHT, {"type": "text", "text": TEXT}]),
    "without [DONE]": Stream(steps=says(*PIECES).steps[:-1]),
    "with words in the last chunk": events(
        chunk({"content": "".join(PIECES[:2])}),
        chunk(
            {"content": PIECES[2]},
            finish="stop",
            usage={"prompt_tokens": 700, "completion_tokens": 90, "total_tokens": 790},
        ),
    ),
}


class TestText:
    @pytest.mark.parametrize("stream", WRITTEN.values(), ids=WRITTEN)
    async def test_it_is_read_however_it_is_written(self, line: Line, stream: Stream) -> None:
        answer = await line.answer(stream)
        assert answer.text == TEXT
        assert answer.usages == [Usage(tokens=790)]
        assert answer.calls == []

    async def test_words_come_as_they_are_streamed(self, line: Line) -> None:
        line.server.answer_next(hanging_after("Ciao ", "a tutti"))
        async with aclosing(line.model().answer(a_task())) as pieces:
            assert [await anext(pieces), await anext(pieces)] == ["Ciao ", "a tutti"]

    @pytest.mark.parametrize(
        "usage", [None, {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}], ids=["none", "nothing"]
    )
    async def test_without_figures_there_is_no_usage(self, line: Line, usage: dict[str, int] | None) -> None:
        assert (await line.answer(says("Ciao", usage=usage))).usages == []

    @pytest.mark.parametrize("reason", ["length", "model_length"])
    async def test_a_cut_answer_is_kept_and_the_log_says_so(self, line: Line, reason: str) -> None:
        with structlog.testing.capture_logs() as logs:
            answer = await line.answer(says("Garibaldi nacque a", finish=reason))
        assert answer.text == "Garibaldi nacque a"
        assert [entry["finish_reason"] for entry in logs if "cut" in entry["event"]] == [reason]

    async def test_closing_it_closes_the_stream_of_the_provider(self, line: Line) -> None:
        line.server.answer_next(hanging_after("Garibaldi "))
        async with aclosing(line.model().answer(a_task())) as pieces:
            assert await anext(pieces) == "Garibaldi "
        await asyncio.to_thread(line.server.wait_until_left, 1)

    async def test_cancelling_who_waits_closes_it_too(self, line: Line) -> None:
        line.server.answer_next(hanging_after())
        waiting = asyncio.create_task(answer_of(line.model()))
        await asyncio.to_thread(line.server.wait_for, 1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.to_thread(line.server.wait_until_left, 1)

    async def test_nor_is_it_forgotten_between_its_headers_and_its_words(self, line: Line) -> None:
        """There the SDK waits for a thread of its own."""
        loop, one, gate = asyncio.get_running_loop(), ThreadPoolExecutor(1), threading.Barrier(2)
        model = line.model()
        await answer_of(model)
        loop.set_default_executor(one)
        line.server.answer_next(Stream(steps=(Step.WAIT, Step.HANG), before_headers=True))
        with ThreadPoolExecutor(1) as another:
            waiting = asyncio.create_task(answer_of(model))
            await loop.run_in_executor(another, line.server.wait_for, 2)
            busy = [loop.run_in_executor(None, gate.wait), loop.run_in_executor(None, gate.wait)]
            # The only thread is at the first of them, and the second is taken up behind it.
            await loop.run_in_executor(another, gate.wait)
            while not one._work_queue.empty():
                await asyncio.sleep(0.01)
            try:
                line.server.go_on()
                if line.server.dialect == "mistral":
                    while one._work_queue.empty():
                        await asyncio.sleep(0.01)
                waiting.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await waiting
                await loop.run_in_executor(another, line.server.wait_until_left, 1)
            finally:
                gate.abort()
            await asyncio.gather(*busy, return_exceptions=True)

    async def test_what_follows_the_end_is_not_waited_for_long(self, line: Line) -> None:
        """A server may leave its stream open behind its last word."""
        whole = says("Ciao", usage=None)
        lasting = Stream(steps=(*whole.steps[:-1], *hanging_after().steps))
        began = time.monotonic()
        assert (await line.answer(lasting, patience=SHORT)).text == "Ciao"
        assert time.monotonic() - began < 5


NIZZA = call("saveDocument", '{"title": ', '"Niz', 'za"}', id="aaaaaaaaa")
ROMA = call("webSearch", '{"query": "Ro', 'ma"}', id="bbbbbbbbb")
BROKEN = call("webSearch", '{"query": "Ro', id="ccccccccc")


def told(*calls: ToolCall) -> list[tuple[str, str, str]]:
    return [(one.id, one.name, one.arguments) for one in calls]


class TestCalls:
    async def test_several_in_one_chunk(self, line: Line) -> None:
        """As Mistral sends them."""
        answer = await line.answer(asks_at_once(NIZZA, ROMA), task=a_task(tools=(SAVE,)))
        assert told(*answer.calls) == [
            ("aaaaaaaaa", "saveDocument", '{"title": "Nizza"}'),
            ("bbbbbbbbb", "webSearch", '{"query": "Roma"}'),
        ]
        assert answer.usages == [Usage(tokens=790)]

    async def test_arguments_that_are_no_json_are_passed_on_as_they_are(self, line: Line) -> None:
        answer = await line.answer(asks_at_once(BROKEN, NIZZA))
        assert [one.arguments for one in answer.calls] == ['{"query": "Ro', '{"title": "Nizza"}']

    async def test_they_come_when_they_are_complete_behind_the_words(self, line: Line) -> None:
        answer = await line.answer(
            Stream(steps=(*events(chunk({"content": "Cerco."})).steps, *asks_at_once(ROMA).steps))
        )
        assert answer.pieces[0] == "Cerco."
        assert isinstance(answer.pieces[1], ToolCall)

    async def test_calls_that_are_all_numbered_nought_are_told_apart(self, line: Line) -> None:
        """As some servers number them."""
        calls = [
            {"index": 0, "id": one.id, "function": {"name": one.name, "arguments": one.arguments}}
            for one in (NIZZA, ROMA)
        ]
        answer = await line.answer(
            events(chunk({"tool_calls": calls[:1]}), chunk({"tool_calls": calls[1:]}, finish="tool_calls"))
        )
        assert [one.id for one in answer.calls] == ["aaaaaaaaa", "bbbbbbbbb"]

    async def test_an_end_that_does_not_speak_of_calls_is_an_end(self, line: Line) -> None:
        answer = await line.answer(asks_at_once(ROMA, finish="stop"))
        assert len(answer.calls) == 1

    async def test_arguments_may_come_as_the_object_itself(self, line: Line) -> None:
        one = {"index": 0, "id": "aaaaaaaaa", "function": {"name": "webSearch", "arguments": {"query": "Perù"}}}
        answer = await line.answer(events(chunk({"tool_calls": [one]}, finish="tool_calls")))
        assert [one.arguments for one in answer.calls] == ['{"query": "Perù"}']

    async def test_a_call_without_an_id_is_given_one(self, line: Line) -> None:
        one = {"index": 0, "function": {"name": "webSearch", "arguments": "{}"}}
        answer = await line.answer(events(chunk({"tool_calls": [one]}, finish="tool_calls")))
        (made,) = answer.calls
        assert len(made.id) == 9
        assert made.id.isalnum()


class TestOpenAIsLanguageAlone:
    @pytest.fixture
    async def server(self) -> AsyncIterator[Line]:
        async with a_line("openai") as opened:
            yield opened

    @pytest.mark.parametrize("size", [None, 1, 13])
    async def test_calls_in_fragments(self, server: Line, size: int | None) -> None:
        stream = asks(NIZZA, ROMA, BROKEN, apart=True)
        answer = await server.answer(stream if size is None else in_bytes_of(stream, size))
        assert told(*answer.calls) == [(one.id, one.name, one.arguments) for one in (NIZZA, ROMA, BROKEN)]
        assert answer.usages == [Usage(tokens=790)]

    @pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
    async def test_thoughts_are_passed_over(self, server: Line, name: str) -> None:
        stream = Stream(steps=(*events(chunk({name: "Vediamo."}), chunk({name: "Sì."})).steps, *says("Ciao").steps))
        assert (await server.answer(stream)).text == "Ciao"

    async def test_parts_of_other_kinds_are_passed_over(self, server: Line) -> None:
        parts = [{"type": "reasoning", "text": "Vediamo."}, {"type": "text", "text": "Ciao"}]
        assert (await server.answer(says(parts))).text == "Ciao"

    async def test_an_empty_reason_is_no_end(self, server: Line) -> None:
        stream = events(chunk({"content": "Ciao "}, finish=""), chunk({"content": "a te"}, finish="stop"))
        assert (await server.answer(stream)).text == "Ciao a te"

    @pytest.mark.parametrize("url", ["{}", "{}/", "{}/v1", "{}/v1/"])
    async def test_the_address_may_be_written_either_way(self, server: Line, url: str) -> None:
        assert (await server.answer(says("Ciao"), url=url.format(server.server.url))).text == "Ciao"

    async def test_no_key_is_sent_where_none_is_wanted(self, server: Line) -> None:
        await server.answer(says("Ciao"), key=None)
        assert "authorization" not in server.server.requests[0].headers
