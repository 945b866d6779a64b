"""Embeddings of a server that speaks OpenAI's language. The official clients of others refuse what some answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

import httpx2

from adapters.embedding_answers import (
    DIMENSIONS,
    OnLimits,
    failure,
    not_sent,
    not_understood,
    sendable,
    tell_limits,
    too_slow,
    unit_vectors,
    unreachable,
)
from adapters.system import utc_now
from application.library.ports import Embedder
from application.shared import Clock

_NAME: Final = "The server at OPENAI_COMPATIBLE_URL"


class OpenAICompatibleEmbedder(Embedder):
    """`url` is the server's address, with or without `/v1`; `embed` takes `deadline` seconds at most, without retries.

    A model of fewer than 1,024 dimensions will do: zeros fill its vectors up, which leaves every cosine as it is. It
    may be used from several event loops; each has a connection of its own, which `aclose` closes.
    """

    def __init__(
        self,
        url: str,
        *,
        model: str,
        api_key: str | None = None,
        deadline: float = 60.0,
        on_limits: OnLimits | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._url = url.rstrip("/").removesuffix("/v1") + "/v1/embeddings"
        self._model = model
        self._api_key = api_key
        self._deadline = deadline
        self._on_limits = on_limits
        self._clock = clock
        self._tokens = 0
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx2.AsyncClient] = WeakKeyDictionary()

    @property
    def model(self) -> str:
        return self._model

    @property
    def dimensions(self) -> int:
        return DIMENSIONS

    @property
    def tokens_used(self) -> int:
        return self._tokens

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        if not texts:
            return []
        try:
            async with asyncio.timeout(self._deadline):
                response = await self._client().post(self._url, json={"model": self._model, "input": sendable(texts)})
        except (TimeoutError, httpx2.TimeoutException):
            raise too_slow(_NAME, self._deadline) from None
        except httpx2.HTTPError as error:
            raise unreachable(_NAME, error) from None
        except ValueError:
            raise not_sent(_NAME) from None
        now = self._clock()
        await tell_limits(response.headers, now=now, to=self._on_limits)
        if response.status_code != 200:
            raise failure(
                provider=_NAME,
                key=self._api_key,
                texts=len(texts),
                status=response.status_code,
                body=response.text,
                headers=response.headers,
                now=now,
            )
        entries, tokens = _read(response)
        self._tokens += tokens
        return unit_vectors(entries, count=len(texts), provider=_NAME, model=self._model, padded=True)

    async def aclose(self) -> None:
        """Close what the running event loop opened."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    def _client(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            headers = {"authorization": f"Bearer {self._api_key}"} if self._api_key else {}
            client = self._clients[loop] = httpx2.AsyncClient(headers=headers, timeout=self._deadline)
        return client


def _read(response: httpx2.Response) -> tuple[list[tuple[Any, Any]], int]:
    """Pairs of index and vector, and the tokens used. Errors: Unavailable."""
    try:
        told = response.json()
        entries = [(entry.get("index"), entry["embedding"]) for entry in told["data"]]
    except (ValueError, LookupError, TypeError, AttributeError):
        raise not_understood(_NAME, "it is not of the agreed form") from None
    usage = told.get("usage")
    tokens = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    return entries, tokens if isinstance(tokens, int) else 0
