"""Clients that talk to the ASGI application in this process: one for HTTP, one for a WebSocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson
from starlette.types import ASGIApp, Message

PATIENCE = 10.0
"""Seconds that a test waits for what must come; nothing takes as long unless it is broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def data(self) -> Any:
        """The data of an answer without errors."""
        assert "errors" not in self.body, self.body["errors"]
        return self.body["data"]

    @property
    def error(self) -> dict[str, Any]:
        """The one error."""
        assert len(self.body.get("errors", ())) == 1, self.body
        error: dict[str, Any] = self.body["errors"][0]
        return error

    @property
    def failure(self) -> dict[str, Any]:
        """The `extensions` of the one error."""
        extensions: dict[str, Any] = self.error["extensions"]
        return extensions

    @property
    def code(self) -> str:
        return str(self.failure["code"])


@dataclass(frozen=True, slots=True)
class Api:
    """The API as one user sees it; without a token, as a stranger does."""

    app: ASGIApp
    token: str | None = None

    async def __call__(self, query: str, /, **variables: Any) -> Answer:
        """POST the operation as JSON."""
        return await self.post({"query": query, "variables": variables})

    async def post(self, body: Any, **headers: str) -> Answer:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.request("POST", content=content, **{"content-type": "application/json", **headers})

    async def request(self, method: str, url: str = "/graphql", *, content: Any = None, **headers: str) -> Answer:
        async with self._http() as http:
            response = await http.request(method, url, content=content, headers=_dashed(headers))
        return _answer(response)

    async def upload(self, query: str, *, files: Mapping[str, tuple[str, bytes]], **variables: Any) -> Answer:
        """A multipart request. `files` are by path (`variables.file`): file name and content."""
        parts = {str(number): (path, *file) for number, (path, file) in enumerate(files.items())}
        places = {number: [path] for number, (path, _, _) in parts.items()}
        form = {"operations": json.dumps({"query": query, "variables": variables}), "map": json.dumps(places)}
        return await self.multipart(form, {number: (name, content) for number, (_, name, content) in parts.items()})

    async def multipart(self, form: dict[str, str], files: dict[str, tuple[str, bytes]]) -> Answer:
        async with self._http() as http:
            return _answer(await http.post("/graphql", data=form, files=files))

    async def events(self, query: str, /, **variables: Any) -> list[dict[str, Any]]:
        """The results of an operation over server-sent events, to the end."""
        async with self._http() as http:
            response = await http.post(
                "/graphql", json={"query": query, "variables": variables}, headers={"accept": "text/event-stream"}
            )
        assert response.headers["content-type"].startswith("text/event-stream"), response.text
        *events, last = [event for event in response.text.split("\n\n") if event and not event.startswith(":")]
        assert last == "event: complete\ndata: "
        return [json.loads(event.removeprefix("event: next\ndata: ")) for event in events]

    @asynccontextmanager
    async def socket(self, **headers: str) -> AsyncIterator[SocketClient]:
        """An open WebSocket, before `connection_init`."""
        client = SocketClient(self.app, _dashed(headers))
        await client.open()
        try:
            yield client
        finally:
            await client.leave()

    @asynccontextmanager
    async def signed_in_socket(self) -> AsyncIterator[SocketClient]:
        """An acknowledged WebSocket."""
        async with self.socket() as socket:
            await socket.send({"type": "connection_init", "payload": {"authorization": f"Bearer {self.token}"}})
            assert await socket.receive() == {"type": "connection_ack"}
            yield socket

    def _http(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app),
            base_url="http://studiolo.test",
            headers={"authorization": f"Bearer {self.token}"} if self.token else {},
        )


@dataclass(slots=True)
class SocketClient:
    """A graphql-transport-ws client without a network: it speaks ASGI with the application."""

    app: ASGIApp
    headers: Mapping[str, str] = field(default_factory=dict)
    protocols: tuple[str, ...] = ("graphql-transport-ws",)
    _to_app: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    _from_app: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    _running: asyncio.Task[None] | None = None

    async def open(self) -> None:
        scope = {
            "type": "websocket",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "root_path": "",
            "scheme": "ws",
            "http_version": "1.1",
            "headers": [
                (b"host", b"studiolo.test"),
                *((name.encode(), value.encode()) for name, value in self.headers.items()),
            ],
            "subprotocols": list(self.protocols),
            "state": {},
        }
        self._running = asyncio.create_task(self.app(scope, self._to_app.get, self._from_app.put))  # type: ignore[arg-type]
        await self._to_app.put({"type": "websocket.connect"})
        accepted = await self._next()
        assert accepted["type"] == "websocket.accept", accepted

    async def send(self, message: Any) -> None:
        await self.send_text(orjson.dumps(message).decode())

    async def send_text(self, text: str) -> None:
        await self._to_app.put({"type": "websocket.receive", "text": text})

    async def send_bytes(self, data: bytes) -> None:
        await self._to_app.put({"type": "websocket.receive", "bytes": data})

    async def subscribe(self, id: str, query: str, **variables: Any) -> None:
        await self.send({"id": id, "type": "subscribe", "payload": {"query": query, "variables": variables}})

    async def receive(self) -> dict[str, Any]:
        """The next message. A frame must be text."""
        frame = await self._next()
        assert frame["type"] == "websocket.send", frame
        assert frame.get("bytes") is None, "a binary frame"
        message: dict[str, Any] = json.loads(frame["text"])
        return message

    async def close_code(self) -> tuple[int, str]:
        """With what code and reason the application closes, whatever it says before."""
        while (frame := await self._next())["type"] != "websocket.close":
            pass
        return frame["code"], frame.get("reason") or ""

    async def leave(self) -> None:
        """Go away, and wait until the application has noticed."""
        assert self._running
        await self._to_app.put({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(self._running, PATIENCE)

    async def _next(self) -> Message:
        assert self._running
        waiting = asyncio.ensure_future(self._from_app.get())
        await asyncio.wait({waiting, self._running}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done() or not self._from_app.empty():
            return await waiting
        waiting.cancel()
        if self._running.done():
            self._running.result()
        raise AssertionError("the application says nothing more")


def _answer(response: httpx2.Response) -> Answer:
    is_json = bool(response.content) and "json" in response.headers.get("content-type", "")
    return Answer(
        status=response.status_code, headers=response.headers, body=response.json() if is_json else response.text
    )


def _dashed(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
