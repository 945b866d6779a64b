"""A client of graphql-transport-ws that costs little, so that a thousand of them fit beside the server they measure."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Self

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

_OPENING = 60.0


@dataclass(slots=True)
class Socket:
    """One connection that was acknowledged. `received` counts events with words."""

    connection: ClientConnection
    received: int = 0

    @classmethod
    async def opened(cls, port: int, token: str | None) -> Self:
        """Errors: RuntimeError when the server does not acknowledge, OSError, WebSocketException."""
        connection = await connect(
            f"ws://127.0.0.1:{port}/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
            compression=None,
            proxy=None,
            open_timeout=_OPENING,
            ping_interval=None,
        )
        payload = {"authorization": f"Bearer {token}"} if token else {}
        await connection.send(orjson.dumps({"type": "connection_init", "payload": payload}), text=True)
        answer = orjson.loads(await connection.recv())
        if answer["type"] != "connection_ack":
            raise RuntimeError(str(answer))
        return cls(connection)

    async def subscribe(self, query: str, variables: dict[str, Any]) -> int:
        """Ask; when that was sent, in nanoseconds of the monotonic clock."""
        payload = {"query": query, "variables": variables}
        message = orjson.dumps({"id": "1", "type": "subscribe", "payload": payload})
        sent = time.monotonic_ns()
        await self.connection.send(message, text=True)
        return sent

    async def words(self) -> AsyncGenerator[tuple[int, str], None]:
        """When each event with words came, and its words, until the server completes. Errors: RuntimeError."""
        async for frame in self.connection:
            now = time.monotonic_ns()
            message = orjson.loads(frame)
            if message["type"] == "complete":
                return
            if message["type"] != "next" or message["payload"].get("errors"):
                raise RuntimeError(str(message))
            event = message["payload"]["data"]["event"]
            if event["__typename"] == "TextDelta":
                self.received += 1
                yield now, event["text"]
            elif event["__typename"] == "TurnFailed":
                raise RuntimeError(str(event))

    async def close(self) -> None:
        await self.connection.close()
