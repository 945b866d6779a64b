"""A streaming provider, and the models that are connected to it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pytest

from adapters.mistral.chat_model import MistralChatModel
from adapters.openai_compatible import OpenAICompatibleChatModel
from adapters.streamed_answers import Patience
from application.chat.ports import ChatModel, ChatTask, Piece, ToolCall
from domain.accounts import Usage
from domain.shared import StudioloError
from tests.builders_chat import a_passage
from tests.wire.chat_stream_server import ChatStreamServer, Dialect, StreamingModel
from tests.wire.chat_streams import Stream

KEY = "sk-hunter2hunter2"
HostedModel: TypeAlias = MistralChatModel | OpenAICompatibleChatModel

QUICK = Patience(first_token=10, between_tokens=10, whole=20, pause=0.01)
SHORT = Patience(first_token=0.4, between_tokens=0.4, whole=20, pause=0.01)


@dataclass(frozen=True)
class Answer:
    """What came of a question."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return "".join(piece for piece in self.pieces if isinstance(piece, str))

    @property
    def calls(self) -> list[ToolCall]:
        return [piece for piece in self.pieces if isinstance(piece, ToolCall)]

    @property
    def usages(self) -> list[Usage]:
        return [piece for piece in self.pieces if isinstance(piece, Usage)]


def a_task(question: str = "Dove nacque Garibaldi?", **changes: Any) -> ChatTask:
    return ChatTask(**{"question": question, "passages": (a_passage(),), **changes})


async def answer_of(model: ChatModel, task: ChatTask | None = None) -> Answer:
    """All pieces."""
    async with aclosing(model.answer(task or a_task())) as pieces:
        return Answer(tuple([piece async for piece in pieces]))


@dataclass
class Line:
    """A provider, and our end of the line."""

    server: ChatStreamServer
    opened: list[HostedModel] = field(default_factory=list)

    def model(self, **changes: Any) -> HostedModel:
        """Connected to the server, unless `url` says otherwise."""
        given: dict[str, Any] = {
            "model": "mistral-small-latest",
            "context_tokens": 32_000,
            "patience": QUICK,
            "clock": lambda: datetime(2026, 11, 20, 12, tzinfo=UTC),
            **changes,
        }
        key, url = given.pop("key", KEY), given.pop("url", self.server.url)
        made: HostedModel
        if self.server.dialect == "mistral":
            made = MistralChatModel(key, server_url=url, **given)
        else:
            made = OpenAICompatibleChatModel(url, api_key=key, **given)
        self.opened.append(made)
        return made

    async def answer(self, *streams: Stream, task: ChatTask | None = None, **changes: Any) -> Answer:
        """What these streams come to."""
        self.server.answer_next(*streams)
        return await answer_of(self.model(**changes), task)

    async def failure(self, *streams: Stream, **changes: Any) -> Failure:
        """The error that these streams come to, and what was said before it."""
        self.server.answer_next(*streams)
        said: list[Piece] = []
        model = self.model(**changes)
        began = time.monotonic()
        with pytest.raises(StudioloError) as raised:
            await _listen(model, said)
        return Failure(raised.value, tuple(said), len(self.server.requests), time.monotonic() - began)


@dataclass(frozen=True)
class Failure:
    """What went wrong, what had been said by then, how many requests it took, and how many seconds."""

    error: StudioloError
    said: tuple[Piece, ...]
    requests: int
    seconds: float


async def _listen(model: ChatModel, said: list[Piece]) -> None:
    async with aclosing(model.answer(a_task())) as pieces:
        async for piece in pieces:
            said.append(piece)  # noqa: PERF401  what was said before a failure counts


@asynccontextmanager
async def a_line(dialect: Dialect, model: StreamingModel | None = None) -> AsyncIterator[Line]:
    """With a server that has nothing to complain of in the end."""
    with ChatStreamServer(dialect, model) as server:
        line = Line(server)
        try:
            yield line
        finally:
            for opened in line.opened:
                await opened.aclose()
        assert server.complaints == []
