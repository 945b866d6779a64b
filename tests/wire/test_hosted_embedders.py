"""Embedders over the wire: each request as the provider specifies it, each answer and failure told for what it is."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import hypot
from typing import Any, Literal

import pytest
import structlog

from adapters.mistral import MistralEmbedder
from adapters.openai_compatible import OpenAICompatibleEmbedder
from application.library.ports import BatchTooLarge, ObservedLimits, TextRefused
from domain.shared import RateLimited, StudioloError, Unavailable
from tests.wire.embedding_server import (
    Answer,
    EmbeddingServer,
    cut,
    failing,
    garbled,
    hanging,
    rate_limited,
    too_many_tokens,
    vector_of,
    with_vectors,
)

KEY = "sk-hunter2hunter2"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
Hosted = MistralEmbedder | OpenAICompatibleEmbedder


@dataclass
class Line:
    """A provider, our end of the line, and what it told of its limits."""

    kind: Literal["mistral", "openai"]
    server: EmbeddingServer
    told: list[ObservedLimits] = field(default_factory=list)
    opened: list[Hosted] = field(default_factory=list)
    embedder: Hosted = field(init=False)

    def __post_init__(self) -> None:
        self.embedder = self.made()

    def made(
        self, url: str | None = None, *, key: str = KEY, model: str | None = None, deadline: float = 5.0
    ) -> Hosted:
        url = url or self.server.url
        made: Hosted
        if self.kind == "mistral":
            made = MistralEmbedder(
                key,
                model=model or "mistral-embed",
                server_url=url,
                deadline=deadline,
                on_limits=self.note,
                clock=lambda: NOW,
            )
        else:
            made = OpenAICompatibleEmbedder(
                url, model=model or "bge-m3", api_key=key, deadline=deadline, on_limits=self.note, clock=lambda: NOW
            )
        self.opened.append(made)
        return made

    async def note(self, limits: ObservedLimits) -> None:
        self.told.append(limits)

    async def refused(self, answer: Answer, *texts: str) -> StudioloError:
        """The error that this answer to a request becomes."""
        self.server.answer_next(answer)
        with pytest.raises(StudioloError) as raised:
            await self.embedder.embed(list(texts) or ["uno"])
        return raised.value


@pytest.fixture(params=["mistral", "openai"])
async def line(request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    with EmbeddingServer(dialect=request.param) as server:
        line = Line(request.param, server)
        yield line
        for embedder in line.opened:
            await embedder.aclose()


def answering(*vectors: Any, **changes: Any) -> Answer:
    """200 with these `(index, vector)` pairs."""
    data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in vectors]
    usage = {"prompt_tokens": 3, "completion_tokens": 0, "total_tokens": 3}
    told = {"id": "e", "object": "list", "model": "m", "data": data, "usage": usage, **changes}
    return garbled(json.dumps(told).encode())


class TestRequests:
    async def test_they_are_what_the_specification_says(self, line: Line) -> None:
        await line.embedder.embed(["uno", "", "\x00 due"])
        (request,) = line.server.requests
        assert (line.server.complaints, request.texts) == ([], ("uno", ".", "\x00 due"))
        assert request.headers["authorization"] == f"Bearer {KEY}"

    async def test_nothing_is_sent_for_nothing(self, line: Line) -> None:
        assert await line.embedder.embed([]) == []
        assert line.server.requests == []

    @pytest.mark.parametrize("answer", [rate_limited(after=0), failing(500), failing(503), cut(), garbled()])
    async def test_one_call_is_one_request_whatever_comes(self, line: Line, answer: Answer) -> None:
        await line.refused(answer)
        assert len(line.server.requests) == 1

    def test_each_event_loop_has_a_connection_of_its_own(self, line: Line) -> None:
        """A thread may run its own loop, as the doctor and the worker do."""
        embedder = line.made()

        async def ask() -> int:
            async with aclosing(embedder):
                return len(await embedder.embed(["uno"]))

        for _ in range(3):
            assert asyncio.run(ask()) == 1

    async def test_tokens_are_counted(self, line: Line) -> None:
        await line.embedder.embed(["uno"])
        await line.embedder.embed(["due", "tre"])
        assert line.embedder.tokens_used == 3

    async def test_a_cancelled_call_is_cancelled(self, line: Line) -> None:
        line.server.answer_next(hanging())
        call = asyncio.create_task(line.embedder.embed(["uno"]))
        await asyncio.to_thread(line.server.wait_for, 1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call


class TestAnswers:
    async def test_vectors_are_in_the_order_of_the_texts_and_of_unit_length(self, line: Line) -> None:
        uno, due = [2.0] + [0.0] * 1023, [0.0, 3.0] + [0.0] * 1022
        line.server.answer_next(answering((1, due), (0, uno)))
        vectors = await line.embedder.embed(["uno", "due"])
        assert [(vector[0], vector[1], hypot(*vector)) for vector in vectors] == [(1.0, 0.0, 1.0), (0.0, 1.0, 1.0)]

    @pytest.mark.parametrize(
        "answer",
        [
            with_vectors(1),
            with_vectors(3),
            with_vectors(0),
            with_vectors(dimensions=1_536),
            garbled(),
            garbled(b""),
            garbled(b"<html>Bad gateway</html>"),
            garbled(b"[]"),
            garbled(b"null"),
            garbled(b'{"data": null}'),
            answering((0, [1.0] * 1024), (0, [1.0] * 1024)),
            answering((1, [1.0] * 1024), (2, [1.0] * 1024)),
            answering((0, [1.0] * 1024), (1, [1.0] * 1023 + [float("nan")])),
            answering((0, [1.0] * 1024), (1, [1.0] * 1023 + [float("inf")])),
            answering((0, [1.0] * 1024), (1, [1.0] * 1023 + [None])),
            answering((0, [1.0] * 1024), (1, [0.0] * 1024)),
            answering((0, [1.0] * 1024), (1, "AAAA")),
            answering((0, [1.0] * 1024), (1, [])),
            answering((0, [1.0] * 1024), (1, [1.0] * 1023)),
        ],
    )
    async def test_what_cannot_be_used_is_not_used(self, line: Line, answer: Answer) -> None:
        with structlog.testing.capture_logs() as logs:
            assert isinstance(await line.refused(answer, "uno", "due"), Unavailable)
        assert [entry["event"] for entry in logs] == ["no vectors"]

    async def test_the_next_call_is_none_the_worse(self, line: Line) -> None:
        for answer in (cut(), garbled(), failing(500)):
            await line.refused(answer)
        (vector,) = await line.embedder.embed(["uno"])
        assert vector == pytest.approx(vector_of("uno"), abs=1e-6)


class TestFailures:
    async def test_too_many_requests_with_a_pause_in_seconds(self, line: Line) -> None:
        error = await line.refused(rate_limited(after=7))
        assert isinstance(error, RateLimited)
        assert error.data == {"retry_after": 7.0}

    async def test_too_many_requests_with_a_pause_until_a_date_by_the_providers_clock(self, line: Line) -> None:
        """Its clock and ours may differ by years: the answer says what time it is there."""
        then = datetime.now(UTC) + timedelta(seconds=90)
        pause = (await line.refused(rate_limited(after=then))).data["retry_after"]
        assert pause == pytest.approx(90, abs=5)

    @pytest.mark.parametrize(
        ("told", "pause"), [("Fri, 20 Nov 2026 11:00:00 GMT", 0.0), ("-5", 0.0), ("1e9", 3_600.0), ("0.5", 0.5)]
    )
    async def test_no_pause_is_negative_or_endless(self, line: Line, told: str, pause: float) -> None:
        answer = Answer(status=429, headers={"retry-after": told})
        assert (await line.refused(answer)).data["retry_after"] == pause

    @pytest.mark.parametrize("told", ["soon", "nan", "inf", "", "Fri, 99 Nov 2026 11:00:00 GMT"])
    async def test_a_pause_that_cannot_be_read_is_none(self, line: Line, told: str) -> None:
        error = await line.refused(Answer(status=429, headers={"retry-after": told}))
        assert isinstance(error, RateLimited)
        assert "retry_after" not in error.data

    @pytest.mark.parametrize("status", [302, 402, 404, 408, 500, 502, 503, 504, 529])
    async def test_faults_of_the_provider(self, line: Line, status: int) -> None:
        assert isinstance(await line.refused(failing(status)), Unavailable)

    async def test_a_fault_may_tell_when_it_will_be_over(self, line: Line) -> None:
        assert (await line.refused(failing(503, after=4))).data == {"retry_after": 4.0}

    async def test_a_cut_connection(self, line: Line) -> None:
        assert isinstance(await line.refused(cut()), Unavailable)

    async def test_nobody_listens(self, line: Line) -> None:
        with pytest.raises(Unavailable):
            await line.made("http://127.0.0.1:9").embed(["uno"])

    async def test_silence_ends_at_the_deadline(self, line: Line) -> None:
        line.server.answer_next(hanging())
        with pytest.raises(Unavailable, match="within"):
            await line.made(deadline=0.2).embed(["uno"])

    async def test_a_batch_with_too_many_tokens(self, line: Line) -> None:
        assert isinstance(await line.refused(too_many_tokens(), "uno", "due"), BatchTooLarge)

    async def test_a_batch_with_too_many_inputs(self, line: Line) -> None:
        line.server.most_inputs = 2
        with pytest.raises(BatchTooLarge):
            await line.embedder.embed(["uno", "due", "tre"])

    async def test_a_batch_that_is_too_large_for_what_stands_in_front(self, line: Line) -> None:
        assert isinstance(await line.refused(failing(413), "uno", "due"), BatchTooLarge)

    async def test_one_text_alone_is_no_batch(self, line: Line) -> None:
        assert isinstance(await line.refused(too_many_tokens(), "uno"), TextRefused)

    async def test_a_text_that_the_provider_does_not_want(self, line: Line) -> None:
        line.server.refused.add("veleno")
        with pytest.raises(TextRefused, match="can not be embedded"):
            await line.embedder.embed(["uno", "con veleno"])

    async def test_a_request_that_is_not_understood(self, line: Line) -> None:
        answer = Answer(status=422, message="value is too long", body=b'{"detail": [{"msg": "value is too long"}]}')
        assert isinstance(await line.refused(answer), TextRefused)

    @pytest.mark.parametrize(
        "body",
        [
            b'{"object": "error", "message": "Invalid model: m", "type": "invalid_model", "code": "1500"}',
            b'{"error": {"message": "The model `m` does not exist.", "code": 404}}',
            b'{"error": "model \\"m\\" not found, try pulling it first"}',
        ],
    )
    async def test_an_unknown_model_is_the_operators_affair_not_the_texts(self, line: Line, body: bytes) -> None:
        for status in (400, 404):
            assert isinstance(await line.refused(Answer(status=status, body=body)), Unavailable)


class TestKey:
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500])
    async def test_it_is_in_no_message_and_in_no_log(
        self, line: Line, status: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Some providers repeat it when they refuse it."""
        caplog.set_level(logging.DEBUG)
        body = json.dumps({"message": f"Incorrect API key: {KEY}", "error": f"Incorrect API key: {KEY}"}).encode()
        with structlog.testing.capture_logs() as logs:
            error = await line.refused(Answer(status=status, body=body))
        assert KEY not in "".join(traceback.format_exception(error))
        assert KEY not in f"{error!r} {logs} {caplog.text}"

    @pytest.mark.parametrize("status", [401, 403])
    async def test_a_refused_key_is_told_to_the_operator(self, line: Line, status: int) -> None:
        error = await line.refused(failing(status))
        assert isinstance(error, Unavailable)
        assert "correct the key" in error.message

    @pytest.mark.parametrize("key", ["hunter2\n", "hunter2è", "hunter2\x00"])
    async def test_one_that_cannot_be_sent_is_not_told_either(self, line: Line, key: str) -> None:
        with pytest.raises(Unavailable) as raised:
            await line.made(key=key).embed(["uno"])
        assert "hunter2" not in "".join(traceback.format_exception(raised.value))

    async def test_it_and_the_texts_stay_out_of_the_logs_that_the_sdk_can_write(
        self, line: Line, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MISTRAL_DEBUG", "1")
        caplog.set_level(logging.DEBUG)
        await line.made().embed(["un segreto"])
        assert KEY not in caplog.text
        assert "segreto" not in caplog.text


class TestLimits:
    async def test_those_of_good_answers_are_told(self, line: Line) -> None:
        line.server.headers.update(
            {"x-ratelimit-limit-req-minute": "60", "x-ratelimit-remaining-req-minute": "59", "x-other": "1"}
        )
        await line.embedder.embed(["uno"])
        assert line.told == [ObservedLimits(requests_per_minute=60, remaining=59)]

    async def test_those_of_refusals_too(self, line: Line) -> None:
        await line.refused(rate_limited(after=3))
        assert line.told == [ObservedLimits(retry_after=3.0)]

    async def test_nothing_is_told_of_nothing(self, line: Line) -> None:
        line.server.headers.update({"x-ratelimit-limit-req-minute": "many", "x-ratelimit-remaining-req-minute": "-1"})
        await line.embedder.embed(["uno"])
        assert line.told == []

    async def test_a_limit_that_cannot_be_noted_costs_no_vector(
        self, line: Line, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def down(_: ObservedLimits) -> None:
            raise Unavailable("The database is down.")

        monkeypatch.setattr(line, "note", down)
        line.server.headers["x-ratelimit-limit-req-minute"] = "60"
        assert len(await line.made().embed(["uno"])) == 1


class TestMistral:
    async def test_a_model_of_any_size_is_asked_for_ours(self) -> None:
        with EmbeddingServer() as server:
            async with aclosing(MistralEmbedder(KEY, model="codestral-embed", server_url=server.url)) as embedder:
                await embedder.embed(["uno"])
            assert server.requests[0].body["output_dimension"] == 1024
            assert server.complaints == []

    async def test_another_size_is_refused(self) -> None:
        with EmbeddingServer() as server:
            server.answer_next(with_vectors(dimensions=768))
            async with aclosing(MistralEmbedder(KEY, server_url=server.url)) as embedder:
                with pytest.raises(Unavailable, match="768 numbers, and 1024 are needed"):
                    await embedder.embed(["uno"])


class TestOpenAICompatible:
    @pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/"])
    async def test_the_address_may_name_the_version(self, path: str) -> None:
        with EmbeddingServer(dialect="openai") as server:
            async with aclosing(OpenAICompatibleEmbedder(server.url + path, model="m")) as embedder:
                assert len(await embedder.embed(["uno"])) == 1
            assert "authorization" not in server.requests[0].headers

    async def test_a_smaller_model_keeps_its_angles(self) -> None:
        with EmbeddingServer(dialect="openai") as server:
            server.answer_next(with_vectors(dimensions=384))
            async with aclosing(OpenAICompatibleEmbedder(server.url, model="all-minilm")) as embedder:
                one, other = await embedder.embed(["uno", "due"])
        assert len(one) == len(other) == 1024
        expected = sum(a * b for a, b in zip(vector_of("uno", 384), vector_of("due", 384), strict=True))
        assert sum(a * b for a, b in zip(one, other, strict=True)) == pytest.approx(expected, abs=1e-6)

    async def test_a_larger_one_is_refused_and_the_size_that_is_needed_is_told(self) -> None:
        with EmbeddingServer(dialect="openai") as server:
            server.answer_next(with_vectors(dimensions=4_096))
            async with aclosing(OpenAICompatibleEmbedder(server.url, model="qwen")) as embedder:
                with pytest.raises(
                    Unavailable, match="qwen makes vectors of 4096 numbers, and 1024 or fewer are needed"
                ):
                    await embedder.embed(["uno"])

    @pytest.mark.parametrize(
        ("status", "words", "error"),
        [
            (400, "This model's maximum context length is 512 tokens, you requested 600 tokens.", TextRefused),
            (500, "input is too large to process. increase the physical batch size", TextRefused),
            (413, "batch size 33 > maximum allowed batch size 32", BatchTooLarge),
            (422, "batch size 33 > maximum allowed batch size 32", BatchTooLarge),
            (400, "the request exceeds the available context size, try increasing it", TextRefused),
        ],
    )
    async def test_what_servers_say_of_too_much(self, status: int, words: str, error: Callable[..., Any]) -> None:
        with EmbeddingServer(dialect="openai") as server:
            server.answer_next(Answer(status=status, message=words))
            async with aclosing(OpenAICompatibleEmbedder(server.url, model="m")) as embedder:
                with pytest.raises(StudioloError) as raised:
                    await embedder.embed(["uno", "due"])
        assert type(raised.value) is error
