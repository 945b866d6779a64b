"""Mistral's embeddings. The SDK translates and carries; retries and pace are the engine's, which sees every user."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import httpx2

from adapters.embedding_answers import (
    DIMENSIONS,
    OnLimits,
    failure,
    not_understood,
    sendable,
    tell_limits,
    too_slow,
    unit_vectors,
    unreachable,
)
from adapters.mistral.connection import MistralConnection
from adapters.system import utc_now
from application.library.ports import Embedder
from application.shared import Clock

MODEL = "mistral-embed"
_NAME: Final = "Mistral"
_OF_ANY_SIZE: Final = "codestral-embed"
"""Models of this name make vectors of the size that they are asked for."""


class MistralEmbedder(Embedder):
    """`embed` takes `deadline` seconds at most and sends one request, without any retry.

    What the headers of an answer say of the provider's limits goes to `on_limits`. It may be used from several event
    loops; each has a connection of its own, which `aclose` closes.
    """

    def __init__(
        self,
        api_key: str,
        *,
        model: str = MODEL,
        server_url: str | None = None,
        deadline: float = 30.0,
        on_limits: OnLimits | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._api_key = api_key
        self._model = model
        self._deadline = deadline
        self._on_limits = on_limits
        self._clock = clock
        self._tokens = 0
        self._connection = MistralConnection(
            api_key, server_url=server_url, deadline=deadline, on_response=self._look_at
        )

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
        sdk = await self._connection.sdk()
        from mistralai.client.errors import MistralError
        from mistralai.client.types import UNSET

        try:
            async with asyncio.timeout(self._deadline):
                answer = await sdk.embeddings.create_async(
                    model=self._model,
                    inputs=sendable(texts),
                    output_dimension=DIMENSIONS if self._model.startswith(_OF_ANY_SIZE) else UNSET,
                )
        except MistralError as error:
            if error.status_code == 200:
                raise not_understood(_NAME, "it is not of the agreed form") from None
            raise failure(
                provider=_NAME,
                key=self._api_key,
                texts=len(texts),
                status=error.status_code,
                body=error.body,
                headers=error.headers,
                now=self._clock(),
            ) from None
        except (TimeoutError, httpx2.TimeoutException):
            raise too_slow(_NAME, self._deadline) from None
        except httpx2.HTTPError as error:
            raise unreachable(_NAME, error) from None
        except ValueError:
            raise not_understood(_NAME, "it cannot be read") from None
        self._tokens += answer.usage.prompt_tokens or 0
        entries = [(entry.index, entry.embedding) for entry in answer.data]
        return unit_vectors(entries, count=len(texts), provider=_NAME, model=self._model)

    async def aclose(self) -> None:
        """Close what the running event loop opened."""
        await self._connection.aclose()

    async def _look_at(self, response: httpx2.Response) -> None:
        """The SDK shows the headers of no good answer: the connection does."""
        await tell_limits(response.headers, now=self._clock(), to=self._on_limits)
