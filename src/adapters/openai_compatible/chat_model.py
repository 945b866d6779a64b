"""The chat of a server that speaks OpenAI's language, streaming: vLLM, llama.cpp, Ollama and others."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final
from weakref import WeakKeyDictionary

import httpx2
import structlog

from adapters.openai_compatible.chat_chunks import read_chunk
from adapters.openai_compatible.event_stream import Garbled, events_in
from adapters.prompting.chat import ChatPrompt, chat_prompt
from adapters.streamed_answers import (
    PATIENCE,
    Deltas,
    Patience,
    failure,
    not_sent,
    not_understood,
    streamed,
    tell_left_out,
)
from adapters.system import utc_now
from application.chat.ports import ChatModel, ChatTask, Piece
from application.shared import Clock

_NAME: Final = "The server at OPENAI_COMPATIBLE_URL"
_SETTING: Final = "CHAT_MODEL"
_LAST: Final = "[DONE]"
_MOST_OF_A_REFUSAL: Final = 65_536
"""Bytes that are read of an answer other than 200."""
_OPTIONAL: Final = {
    "stream_options": re.compile(
        r"stream_options|include_usage|(?:extra|unknown|unrecogni[sz]ed|unexpected|additional)\W+(?:\w+\W+){0,3}?"
        r"(?:field|input|argument|parameter|propert|key)",
        re.IGNORECASE,
    ),
    "tools": re.compile(
        r"(?:not support|unsupported|requires?|without)\b.{0,60}\btool"
        r"|\btools?\b.{0,60}(?:not support|unsupported|requires)",
        re.IGNORECASE,
    ),
}
"""What a request can do without, and how servers say that they do not take it."""

_log: structlog.stdlib.BoundLogger = structlog.get_logger("studiolo.language_model")


class OpenAICompatibleChatModel(ChatModel):
    """`url` is the server's address, with or without `/v1`. A conversation takes `context_tokens` at most, by our
    estimate, the answer included; older words are left out: name what the server was started with.

    A server that refuses to tell the usage, or to offer tools, is asked without, from then on. It may be used from
    several event loops; each has a connection of its own, which `aclose` closes.
    """

    def __init__(
        self,
        url: str,
        *,
        model: str,
        context_tokens: int,
        api_key: str | None = None,
        patience: Patience = PATIENCE,
        clock: Clock = utc_now,
    ) -> None:
        self._url = url.rstrip("/").removesuffix("/v1") + "/v1/chat/completions"
        self._model = model
        self._api_key = api_key
        self._context_tokens = context_tokens
        self._patience = patience
        self._clock = clock
        self._refused: set[str] = set()
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx2.AsyncClient] = WeakKeyDictionary()

    @property
    def name(self) -> str:
        return self._model

    async def answer(self, task: ChatTask) -> AsyncGenerator[Piece, None]:
        prompt = chat_prompt(task, context_tokens=self._context_tokens)
        tell_left_out(prompt, model=self._model)
        answer = streamed(lambda: self._deltas(prompt), provider=_NAME, patience=self._patience)
        async with aclosing(answer) as pieces:
            async for piece in pieces:
                yield piece

    async def aclose(self) -> None:
        """Close what the running event loop opened."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    async def _deltas(self, prompt: ChatPrompt) -> Deltas:
        """One request, or one more for each thing that the server refuses. Errors: NotNow, Unavailable, httpx2's."""
        while True:
            request = self._request(prompt)
            try:
                sending = self._client().build_request("POST", self._url, json=request)
                response = await self._client().send(sending, stream=True)
            except (ValueError, httpx2.InvalidURL):
                raise not_sent(_NAME) from None
            async with aclosing(response):
                if response.status_code == 200:
                    async with aclosing(events_in(response.aiter_bytes())) as events:
                        try:
                            async for data in events:
                                if data == _LAST:
                                    break
                                yield read_chunk(data, provider=_NAME)
                        except Garbled:
                            raise not_understood(_NAME) from None
                    return
                refused = await _beginning(response)
            if not self._can_do_without(request, response.status_code, refused):
                raise failure(
                    provider=_NAME,
                    setting=_SETTING,
                    status=response.status_code,
                    body=refused,
                    headers=response.headers,
                    now=self._clock(),
                )

    def _request(self, prompt: ChatPrompt) -> dict[str, Any]:
        request: dict[str, Any] = {
            "model": self._model,
            "messages": list(prompt.messages),
            "temperature": 0.2,
            "max_tokens": prompt.most_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if prompt.tools:
            request["tools"] = list(prompt.tools)
        return {name: value for name, value in request.items() if name not in self._refused}

    def _can_do_without(self, request: dict[str, Any], status: int, body: str) -> bool:
        """Whether the server refuses something that a request need not have; it is left out from now on."""
        if status not in (400, 422, 500, 501):
            return False
        for name, said in _OPTIONAL.items():
            if name in request and said.search(body):
                _log.warning("the server of the language model does not take this: it is left out", field=name)
                self._refused.add(name)
                return True
        return False

    def _client(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            headers = {"authorization": f"Bearer {self._api_key}"} if self._api_key else {}
            # The deadlines are kept in `streamed`; an answer must not wait for a hundred others to end.
            client = self._clients[loop] = httpx2.AsyncClient(
                headers=headers,
                timeout=self._patience.whole,
                limits=httpx2.Limits(max_connections=None, max_keepalive_connections=20),
            )
        return client


async def _beginning(response: httpx2.Response) -> str:
    """As much of a refusal as is looked at."""
    read = bytearray()
    async for some in response.aiter_bytes():
        read += some
        if len(read) >= _MOST_OF_A_REFUSAL:
            break
    return bytes(read[:_MOST_OF_A_REFUSAL]).decode(errors="replace")
