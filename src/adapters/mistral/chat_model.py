"""Mistral's chat, streaming, through its official SDK."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

import httpx2

from adapters.mistral.connection import MistralConnection
from adapters.prompting.chat import ChatPrompt, chat_prompt
from adapters.streamed_answers import (
    PATIENCE,
    Delta,
    Deltas,
    Patience,
    failure,
    not_sent,
    not_understood,
    streamed,
    tell_left_out,
)
from adapters.system import utc_now
from adapters.tool_call_pieces import CallPiece
from application.chat.ports import ChatModel, ChatTask, Piece
from application.shared import Clock

if TYPE_CHECKING:
    from mistralai.client import Mistral
    from mistralai.client.models import CompletionChunk, DeltaMessage

_NAME: Final = "Mistral"
_SETTING: Final = "CHAT_MODEL"
_opened: ContextVar[list[httpx2.Response]] = ContextVar("opened")
"""The responses to the request that this task is sending."""
_NO_ID: Final = "null"
"""What the SDK gives for an id that was not told."""


class MistralChatModel(ChatModel):
    """A conversation takes `context_tokens` at most, by our estimate, the answer included; older words are left out.

    It may be used from several event loops; each has a connection of its own, which `aclose` closes.
    """

    def __init__(
        self,
        api_key: str,
        *,
        model: str,
        context_tokens: int,
        server_url: str | None = None,
        patience: Patience = PATIENCE,
        clock: Clock = utc_now,
    ) -> None:
        self._model = model
        self._context_tokens = context_tokens
        self._patience = patience
        self._clock = clock
        # The deadlines are kept in `streamed`; that of the network is only there lest it be the SDK's.
        self._connection = MistralConnection(
            api_key, server_url=server_url, deadline=patience.whole, on_response=_note_opened
        )

    @property
    def name(self) -> str:
        return self._model

    async def answer(self, task: ChatTask) -> AsyncGenerator[Piece, None]:
        prompt = chat_prompt(task, context_tokens=self._context_tokens)
        tell_left_out(prompt, model=self._model)
        # Loading the SDK, once a process, is no waiting for the provider; nor does anybody wait for it.
        sdk = await self._connection.sdk()
        await asyncio.to_thread(_load_chat, sdk)
        answer = streamed(lambda: self._deltas(sdk, prompt), provider=_NAME, patience=self._patience)
        async with aclosing(answer) as pieces:
            async for piece in pieces:
                yield piece

    async def aclose(self) -> None:
        """Close what the running event loop opened."""
        await self._connection.aclose()

    async def _deltas(self, sdk: Mistral, prompt: ChatPrompt) -> Deltas:
        """One request. Errors: NotNow, Unavailable, and those of httpx2."""
        from mistralai.client.errors import MistralError

        stream: Callable[..., Any] = sdk.chat.stream_async
        try:
            async with _closed_if_left():
                events = await stream(**self._request(prompt))
        except MistralError as error:
            raise self._failure(error) from None
        except ValueError:
            raise not_sent(_NAME) from None
        try:
            async with events:
                async for event in events:
                    yield _delta(event.data)
        except (MistralError, ValueError, RecursionError):
            raise not_understood(_NAME) from None

    def _request(self, prompt: ChatPrompt) -> dict[str, Any]:
        request: dict[str, Any] = {
            "model": self._model,
            "messages": list(prompt.messages),
            "temperature": 0.2,
            "max_tokens": prompt.most_tokens,
        }
        if prompt.tools:
            request["tools"] = list(prompt.tools)
        return request

    def _failure(self, error: Any) -> Exception:
        body: str = error.body
        headers: httpx2.Headers = error.headers
        if error.status_code == 200:
            return not_understood(_NAME)
        return failure(
            provider=_NAME, setting=_SETTING, status=error.status_code, body=body, headers=headers, now=self._clock()
        )


@asynccontextmanager
async def _closed_if_left() -> AsyncIterator[None]:
    """Close what was opened inside, if that does not end well.

    The SDK waits for a thread of its own between an answer's headers and its stream: who is cancelled meanwhile would
    leave the stream open, and the provider writing.
    """
    opened: list[httpx2.Response] = []
    before = _opened.set(opened)
    try:
        yield
    except BaseException:
        for response in opened:
            await response.aclose()
        raise
    finally:
        _opened.reset(before)


async def _note_opened(response: httpx2.Response) -> None:
    _opened.get([]).append(response)


def _load_chat(sdk: Mistral) -> None:
    """The SDK loads its parts when they are first used."""
    import mistralai.client.errors  # noqa: F401

    assert sdk.chat is not None


def _delta(chunk: CompletionChunk) -> Delta:
    usage = chunk.usage
    tokens = None if usage is None else (usage.prompt_tokens or 0) + (usage.completion_tokens or 0)
    choice = next((choice for choice in chunk.choices if choice.index == 0), None)
    if choice is None:
        return Delta(tokens=tokens)
    text, thinks = _content(choice.delta)
    return Delta(
        text=text,
        calls=tuple(_calls(choice.delta)),
        thinks=thinks,
        finish=choice.finish_reason or None,
        tokens=tokens,
    )


def _content(delta: DeltaMessage) -> tuple[str, bool]:
    """The words, and whether there is something beside them: reasoning models send their thoughts as parts."""
    if isinstance(delta.content, str):
        return delta.content, False
    if not isinstance(delta.content, list):
        return "", False
    return "".join(part.text for part in delta.content if part.type == "text"), bool(delta.content)


def _calls(delta: DeltaMessage) -> Iterator[CallPiece]:
    for call in delta.tool_calls or ():
        told = call.function.arguments
        yield CallPiece(
            index=call.index,
            id="" if call.id in (None, _NO_ID) else call.id,
            name=call.function.name,
            arguments=told if isinstance(told, str) else json.dumps(told, ensure_ascii=False),
        )
