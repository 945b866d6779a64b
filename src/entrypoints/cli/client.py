"""A small GraphQL client: what the demonstration uses, and what a first client of yours may look like.

Operations over HTTP, uploads by the multipart request specification, subscriptions over `graphql-transport-ws`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx2
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol


class OperationFailed(Exception):
    """The server answered with errors. `code` is that of the first."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        first = errors[0]
        self.errors = errors
        self.code = first.get("extensions", {}).get("code", "")
        super().__init__(f"{self.code or 'error'}: {first.get('message', '')}")


class StudioloClient:
    """`async with StudioloClient(url, token) as client:`; `url` is that of the GraphQL endpoint."""

    def __init__(self, url: str, token: str, *, timeout_seconds: float = 120.0) -> None:
        self._url = url
        self._authorization = f"Bearer {token}"
        self._http = httpx2.AsyncClient(
            headers={"authorization": self._authorization, "accept": "application/json"},
            timeout=timeout_seconds,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def run(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run a query or mutation and return its data. Errors: OperationFailed, httpx2.HTTPError."""
        response = await self._http.post(self._url, json={"query": document, "variables": dict(variables or {})})
        return _data(response)

    async def upload(
        self, document: str, variables: Mapping[str, Any], *, at: str, filename: str, content: bytes
    ) -> dict[str, Any]:
        """Run a mutation with a file in place of the null at `at` (`variables.input.origin.file`)."""
        response = await self._http.post(
            self._url,
            headers={"graphql-require-preflight": "1"},
            data={
                "operations": json.dumps({"query": document, "variables": dict(variables)}),
                "map": json.dumps({"file": [at]}),
            },
            files={"file": (filename, content)},
        )
        return _data(response)

    async def subscribe(self, document: str, variables: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """The data of each event, until the server completes. Errors: OperationFailed, WebSocketException."""
        operation = str(uuid4())
        async with connect(
            self._url.replace("http", "ws", 1), subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None
        ) as socket:
            await socket.send(
                json.dumps({"type": "connection_init", "payload": {"authorization": self._authorization}})
            )
            async for frame in socket:
                message = json.loads(frame)
                match message["type"]:
                    case "connection_ack":
                        payload = {"query": document, "variables": dict(variables)}
                        await socket.send(json.dumps({"id": operation, "type": "subscribe", "payload": payload}))
                    case "ping":
                        await socket.send(json.dumps({"type": "pong"}))
                    case "next":
                        yield _data_of(message["payload"])
                    case "error":
                        raise OperationFailed(message["payload"])
                    case "complete":
                        return

    async def events(
        self, document: str, variables: Mapping[str, Any], field: str
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The subscription's one field of each event."""
        async with aclosing(self.subscribe(document, variables)) as events:
            async for event in events:
                yield event[field]


def _data(response: httpx2.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        response.raise_for_status()
        raise
    return _data_of(body)


def _data_of(body: dict[str, Any]) -> dict[str, Any]:
    if body.get("errors"):
        raise OperationFailed(body["errors"])
    data: dict[str, Any] = body["data"]
    return data
