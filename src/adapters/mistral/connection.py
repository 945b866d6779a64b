"""The way to Mistral: its SDK, with a connection for every event loop. Each request goes once; what comes is told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from weakref import WeakKeyDictionary

import httpx2

if TYPE_CHECKING:
    from mistralai.client import Mistral

OnResponse: TypeAlias = Callable[[httpx2.Response], Awaitable[None]]

# The SDK would log whole requests, texts and all, when MISTRAL_DEBUG is set: to nobody.
_SILENT = logging.Logger("mistral", level=logging.CRITICAL + 1)  # noqa: LOG001  in no hierarchy, heard by nobody


@dataclass(frozen=True, slots=True)
class _Line:
    """The SDK, and its connections."""

    sdk: Mistral
    http: httpx2.AsyncClient


class MistralConnection:
    """It may be used from several event loops; each has a connection of its own, which `aclose` closes.

    `deadline` (seconds) bounds each wait for the network; for a bound on the whole there is `asyncio.timeout`.
    `on_response` sees each answer's headers, which the SDK shows of none that is good.
    """

    def __init__(
        self, api_key: str, *, server_url: str | None, deadline: float, on_response: OnResponse | None = None
    ) -> None:
        self._api_key = api_key
        self._server_url = server_url
        self._deadline = deadline
        self._on_response = on_response
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, _Line] = WeakKeyDictionary()

    async def sdk(self) -> Mistral:
        """A client is bound to the event loop that first used it."""
        # A second or two the first time, and the loop goes on meanwhile.
        await asyncio.to_thread(_import_sdk)
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None:
            line = self._lines[loop] = self._opened()
        return line.sdk

    async def aclose(self) -> None:
        """Close what the running event loop opened."""
        line = self._lines.pop(asyncio.get_running_loop(), None)
        if line is not None:
            await line.http.aclose()

    def _opened(self) -> _Line:
        from mistralai.client import Mistral

        hooks = [] if self._on_response is None else [self._on_response]
        http = httpx2.AsyncClient(event_hooks={"response": hooks})
        # The key is given by hand: with None the SDK looks for one in files and in the environment.
        sdk = Mistral(
            api_key=self._api_key,
            server_url=self._server_url,
            async_client=http,
            timeout_ms=int(self._deadline * 1_000),
            retry_config=None,
            debug_logger=_SILENT,
        )
        return _Line(sdk, http)


def _import_sdk() -> None:
    import mistralai.client  # noqa: F401
