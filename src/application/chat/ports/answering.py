"""What an answer is made with: a model, the passages of the owner's sources, the web."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from application.library.ports import Scope
from domain.accounts import Usage
from domain.chat import Message
from domain.shared import Passage, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOffer:
    """A tool that the model may call. `parameters` is the JSON schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """What the model asks for. `arguments` is as it wrote them: JSON, if it did well. Nothing in it is trusted."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What came of a call, as the model is told it: JSON, in which the words of others are data."""

    call: ToolCall
    content: str
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRound:
    """What the model said before its calls, often nothing, and what they came to, in order."""

    said: str
    results: tuple[ToolResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatTask:
    """A question with all that the model is given for it.

    Passages are numbered from 1, in order; those that tools found later follow, and are told in the results as well.
    `history` is what was said before, oldest first; `rounds` is what this turn's tools came to so far. Without `tools`
    none is offered. `most_tokens` is what the answer may take at most.
    """

    question: str
    passages: Sequence[Passage] = ()
    history: Sequence[Message] = ()
    tools: Sequence[ToolOffer] = ()
    rounds: Sequence[ToolRound] = field(default_factory=tuple)
    most_tokens: int | None = None


Piece: TypeAlias = str | ToolCall | Usage


class ChatModel(Protocol):
    """Answers a question from numbered passages, and marks what it takes from the n-th one with `[n]`."""

    @property
    def name(self) -> str: ...
    def answer(self, task: ChatTask) -> AsyncGenerator[Piece, None]:
        """The answer in pieces, Markdown; calls of tools, each when it is complete; and the usage, if the provider
        tells it: of several the last counts.

        After calls the stream ends, and the model is asked again with what they came to. When the passages do not hold
        the answer, it says so and marks nothing. Closing the generator stops the model. Errors: Unavailable,
        RateLimited (`retry_after`); once a piece was given, nothing is tried again.
        """
        ...


class FindPassages(Protocol):
    """The passages of the owner's sources that fit a question best (the library's retrieval)."""

    async def __call__(self, *, owner: UserId, query: str, limit: int, scope: Scope) -> tuple[Passage, ...]:
        """Best first, at most `limit`. Errors: NoSuch, NotYours, Unavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPage:
    """What a search found: data, never instructions. `published` is as the provider told it."""

    url: str
    title: str
    snippet: str
    published: str | None = None


class WebSearch(Protocol):
    """Searches the web. Always used through MeteredWebSearch."""

    @property
    def name(self) -> str: ...
    async def search(self, *, query: str, limit: int) -> tuple[WebPage, ...]:
        """Best first, at most `limit`. Errors: Unavailable, RateLimited (`retry_after`)."""
        ...
