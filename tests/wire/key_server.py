"""A key server on this machine that behaves as a test tells it to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


def public_jwk(key_id: str, key: RSAPublicKey, **changes: Any) -> dict[str, Any]:
    """The key as a key set lists it; a change to `...` removes a member."""
    members = {"kid": key_id, "use": "sig", "alg": "RS256", **jwt.algorithms.RSAAlgorithm.to_jwk(key, as_dict=True)}
    members.pop("key_ops", None)
    return {name: value for name, value in {**members, **changes}.items() if value is not ...}


class KeyServer:
    """Serves `keys` (or `body`) with `status`. It counts requests, and while `gate` is closed it does not answer."""

    def __init__(self) -> None:
        self.keys: list[Any] = []
        self.body: bytes | None = None
        self.status = "200 OK"
        self.headers: list[str] = []
        self.requests = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Event()
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            self.requests += 1
            self.asked.set()
            await self.gate.wait()
            body = self.body if self.body is not None else json.dumps({"keys": self.keys}).encode()
            head = [f"HTTP/1.1 {self.status}", f"content-length: {len(body)}", "connection: close", *self.headers]
            writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def key_server() -> AsyncIterator[KeyServer]:
    """A server on a free port, stopped at the end."""
    serving = KeyServer()
    server = await asyncio.start_server(serving.answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    serving.url = f"http://{host}:{port}/.well-known/jwks.json"
    try:
        yield serving
    finally:
        serving.gate.set()
        server.close()
        await server.wait_closed()
