"""A Pinecone on this machine: it holds every request and answer against the vendor's documents, and behaves.

One project, one index, namespaces, cosine, metadata filters, the limits, and what a test asks for: writes that show
late, 429, 5xx, and refusals of a part. The documents are of the API versions 2026-04 (data) and 2026-01.alpha
(indexes); the SDK names a later one, whose requests are the same.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.wire.pinecone_documents import PineconeDocuments
from tests.wire.pinecone_records import Namespaces, Refused

KEY = "pcsk_test_0123456789"


@dataclass
class Trouble:
    """The next `times` requests to `path`, after `spare` that go well, are answered with this status.

    With `about`, only those whose body has these characters.
    """

    path: str
    status: int
    times: int = 1
    spare: int = 0
    retry_after: str | None = None
    about: str = ""


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    text: str = field(repr=False)
    body: Any = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return len(self.text.encode())


class PineconeServer:
    """`trouble` is what goes wrong next. With `lag` set, a write shows after so many reads; with None, at `show()`."""

    def __init__(self, documents: PineconeDocuments) -> None:
        self.documents = documents
        self.url = ""
        self.index: dict[str, Any] | None = None
        self.namespaces = Namespaces(dimensions=1024)
        self.lag: int | None = 0
        self.looks_until_ready = 0
        self.silent = False
        self.trouble: list[Trouble] = []
        self.asked: list[Asked] = []
        self.connections = 0
        self._held_back: list[tuple[int | None, Callable[[], None]]] = []

    def show(self) -> None:
        """Whatever was written is there now."""
        held, self._held_back = self._held_back, []
        for _, write in held:
            write()

    def requests(self, path: str) -> list[Asked]:
        """Those that began with this path."""
        return [one for one in self.asked if one.path.startswith(path)]

    def answer(self, asked: Asked) -> tuple[int, dict[str, str], Any]:
        """Status, headers and body."""
        self.asked.append(asked)
        self.documents.check_request(asked.method, asked.path, asked.query, asked.headers, asked.body)
        if asked.headers.get("api-key") != KEY:
            return 401, {}, _fault(401, "UNAUTHENTICATED", "Invalid API Key")
        trouble = self._trouble_of(asked)
        if trouble is not None:
            headers = {} if trouble.retry_after is None else {"retry-after": trouble.retry_after}
            return trouble.status, headers, _fault(trouble.status, "UNKNOWN", "as the test wishes")
        try:
            status, body = self._done(asked)
        except Refused as refused:
            return refused.status, {}, _fault(refused.status, "INVALID_ARGUMENT", str(refused))
        self.documents.check_answer(asked.method, asked.path, status, body)
        return status, {}, body

    def _trouble_of(self, asked: Asked) -> Trouble | None:
        for trouble in self.trouble:
            if asked.path.startswith(trouble.path) and trouble.times and trouble.about in asked.text:
                if trouble.spare:
                    trouble.spare -= 1
                    return None
                trouble.times -= 1
                return trouble
        return None

    def _done(self, asked: Asked) -> tuple[int, Any]:
        path, body, query = asked.path, asked.body or {}, asked.query
        if path.startswith("/indexes"):
            return self._control(asked)
        namespace = body.get("namespace") or query.get("namespace", [""])[0]
        match asked.method, path:
            case "POST", "/vectors/upsert":
                write = self.namespaces.upsert(namespace, body["vectors"], size=asked.size)
                self._write(write)
                return 200, {"upsertedCount": len(body["vectors"])}
            case "POST", "/vectors/delete":
                self._write(self.namespaces.delete(namespace, body))
                return 200, {}
            case "DELETE", _ if path.startswith("/namespaces/"):
                self._write(self.namespaces.drop(unquote(path.removeprefix("/namespaces/"))))
                return 200, {}
        self._read()
        match asked.method, path:
            case "POST", "/query":
                return 200, self.namespaces.query(namespace, body)
            case "GET", "/vectors/fetch":
                return 200, self.namespaces.fetch(namespace, query.get("ids", []))
            case "GET", "/vectors/list":
                return 200, self.namespaces.list(namespace, query)
            case "GET", "/namespaces":
                return 200, self.namespaces.names(query)
        raise Refused(f"nothing at {asked.method} {path}", status=404)

    def _write(self, write: Callable[[], None]) -> None:
        if self.lag == 0:
            write()
        else:
            self._held_back.append((self.lag, write))

    def _read(self) -> None:
        """One look nearer to what was written; what shows from now on, shows in the order in which it was written."""
        aged = [(None if left is None else left - 1, write) for left, write in self._held_back]
        self._held_back = [(left, write) for left, write in aged if left is None or left >= 0]
        for left, write in aged:
            if left is not None and left < 0:
                write()

    def _control(self, asked: Asked) -> tuple[int, Any]:
        name = unquote(asked.path.removeprefix("/indexes").removeprefix("/"))
        if asked.method == "POST":
            if self.index is not None:
                raise Refused("Resource already exists", status=409)
            self.index = self.described(asked.body)
            return 201, self.index
        if self.index is None or self.index["name"] != name:
            raise Refused(f"Resource {name} not found", status=404)
        if self.looks_until_ready:
            self.looks_until_ready -= 1
        else:
            self.index["status"] = {"ready": True, "state": "Ready"}
        return 200, self.index

    def described(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """The index that was asked for, as Pinecone describes it."""
        return {
            "name": wanted["name"],
            "host": self.url,
            "status": {"ready": False, "state": "Initializing"},
            "deployment": wanted["deployment"],
            "schema": wanted["schema"],
            "deletion_protection": "disabled",
        }

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                asked = await _request(reader)
                if self.silent:
                    await reader.read()
                    return
                status, headers, body = self.answer(asked)
                content = json.dumps(body).encode()
                lines = [f"HTTP/1.1 {status} -", f"content-length: {len(content)}", "content-type: application/json"]
                lines += [f"{name}: {value}" for name, value in headers.items()]
                writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self.connections -= 1
            writer.close()


async def _request(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    content = await reader.readexactly(int(headers.get("content-length", 0)))
    if len(target) > 10_000:
        raise ConnectionError("the address is too long")
    parts = urlsplit(target)
    return Asked(
        method=method,
        path=parts.path,
        query=parse_qs(parts.query),
        headers=headers,
        text=content.decode(),
        body=json.loads(content) if content else None,
    )


def _fault(status: int, code: str, message: str) -> dict[str, Any]:
    return {"status": status, "error": {"code": code, "message": message}}


@asynccontextmanager
async def pinecone_server(specs: Path) -> AsyncIterator[PineconeServer]:
    """A server on a free port, stopped at the end; then it is told what the documents did not allow."""
    serving = PineconeServer(PineconeDocuments(specs))
    server = await asyncio.start_server(serving.serve, "127.0.0.1", 0, limit=1 << 20)
    host, port = server.sockets[0].getsockname()[:2]
    serving.url = f"http://{host}:{port}"
    try:
        yield serving
    finally:
        server.close()
        for _ in range(50):  # clients that were closed are gone in a moment
            if not serving.connections:
                break
            await asyncio.sleep(0.01)
    assert not serving.documents.violations, serving.documents.violations
