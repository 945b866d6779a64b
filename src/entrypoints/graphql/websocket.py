"""graphql-transport-ws: many operations on one socket, each with its own context, until the token expires."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from time import perf_counter
from typing import Any
from uuid import uuid4

import structlog
from starlette.websockets import WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)

from domain.shared import RateLimited, StudioloError, Unauthenticated
from entrypoints.graphql.context import Caller
from entrypoints.graphql.errors import as_graphql
from entrypoints.graphql.execution import EdgeSchema, RefusedDocument

FORBIDDEN = 4403
BAD_MESSAGE = 4400
TOO_MANY_INITS = 4429
TRY_AGAIN_LATER = 1013
OUR_FAULT = 1011

_LONGEST_ID = 128
_LONGEST_REASON = 120

_log: structlog.stdlib.BoundLogger = structlog.get_logger("studiolo.graphql")


class TextFrames(ASGIWebSocketAdapter):
    """Sends JSON as text frames (bytes would make binary ones, which browsers do not parse), and closes once."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        if self.ws.application_state is not WebSocketState.CONNECTED:
            raise WebSocketDisconnected
        await super().send_json(message)

    async def close(self, code: int, reason: str) -> None:
        if self.ws.application_state is WebSocketState.CONNECTED:
            await super().close(code, reason.encode()[:_LONGEST_REASON].decode(errors="ignore"))


class Socket(BaseGraphQLTransportWSHandler[Caller, None]):
    """One connection. Malformed messages close it with 4400, a bad or expired token with 4403."""

    schema: EdgeSchema
    _expiry: asyncio.Task[None] | None = None

    async def handle_message(self, message: Message) -> None:
        fault = _fault_of(message)
        if fault:
            await self.handle_invalid_message(fault)
        else:
            await super().handle_message(message)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        if self.connection_timed_out:
            return
        if self.connection_init_received:
            await self.websocket.close(TOO_MANY_INITS, "Too many initialisation requests")
            return
        self.connection_init_received = True
        if self.connection_init_timeout_task:
            self.connection_init_timeout_task.cancel()
        given = (message.get("payload") or {}).get("authorization")
        if isinstance(given, str):
            self.context.authorization = given
        try:
            context = await self.context.sign_in()
        except Unauthenticated as refused:
            await self.websocket.close(FORBIDDEN, refused.message)
        except StudioloError as fault:
            await self.websocket.close(TRY_AGAIN_LATER, fault.message)
        except Exception as error:  # noqa: BLE001 - a socket has no other way to say it than to close
            await self.handle_task_exception(error)
            await self.websocket.close(OUR_FAULT, "Something went wrong on our side")
        else:
            await self.send_message({"type": "connection_ack"})
            self.connection_acknowledged = True
            self._expiry = asyncio.create_task(self._close_at(context.expires_at))

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        limit = self.max_subscriptions_per_connection
        if limit is not None and len(self.operations) >= limit and message["id"] not in self.operations:
            refused = RateLimited(f"A socket carries at most {limit} operations at a time.", limit=limit, retry_after=1)
            await self.send_message(
                {"id": message["id"], "type": "error", "payload": [as_graphql(refused).formatted]},
            )
            return
        await super().handle_subscribe(message)

    async def run_operation(self, operation: Operation[Caller, None]) -> None:
        begun = perf_counter()
        try:
            await self._run(operation)
        except WebSocketDisconnected:
            self.operations.pop(operation.id, None)
        except Exception as error:  # noqa: BLE001 - the other operations of the socket go on
            await self.handle_task_exception(error)
            with suppress(WebSocketDisconnected):
                await operation.send_operation_message({"id": operation.id, "type": "complete"})
        finally:
            _log.info(
                "graphql_operation",
                transport="websocket",
                operation=self._name_of(operation),
                duration_ms=round((perf_counter() - begun) * 1000, 2),
            )

    async def _run(self, operation: Operation[Caller, None]) -> None:
        try:
            context = await self.context.sign_in()
        except Unauthenticated as refused:
            await self.websocket.close(FORBIDDEN, refused.message)
            return
        except StudioloError as fault:
            await operation.send_initial_errors([as_graphql(fault)])
            return
        results = await self.schema.stream(
            operation.query,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.operation_name,
        )
        async with aclosing(results):
            await self._send_result_stream(operation, results)
        await operation.send_operation_message({"id": operation.id, "type": "complete"})

    def _name_of(self, operation: Operation[Caller, None]) -> str | None:
        try:
            chosen = self.schema.operation(operation.query, operation.operation_name)
        except RefusedDocument:
            return None
        return chosen.name.value if chosen.name else None

    async def _close_at(self, moment: datetime) -> None:
        await asyncio.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))
        await self.websocket.close(FORBIDDEN, "The token expired.")

    async def shutdown(self) -> None:
        if self._expiry:
            self._expiry.cancel()
            with suppress(asyncio.CancelledError):
                await self._expiry
        await super().shutdown()

    async def handle_task_exception(self, error: Exception) -> None:
        _log.error("operation_failed", incident_id=uuid4().hex, transport="websocket", exc_info=error)


def _fault_of(message: Any) -> str | None:
    """What is wrong with the shape of a message, before anything trusts it."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "A message is an object with a type"
    if message["type"] == "connection_init" and not isinstance(message.get("payload"), dict | None):
        return "The payload of connection_init is an object"
    if message["type"] not in {"subscribe", "complete"}:
        return None
    if not isinstance(message.get("id"), str) or not 0 < len(message["id"]) <= _LONGEST_ID:
        return f"An id is a string of 1 to {_LONGEST_ID} characters"
    return _fault_of_payload(message.get("payload")) if message["type"] == "subscribe" else None


def _fault_of_payload(payload: Any) -> str | None:
    if not isinstance(payload, dict) or not isinstance(payload.get("query"), str):
        return "The payload of subscribe is an object with a query"
    if not isinstance(payload.get("variables"), dict | None) or not isinstance(
        payload.get("operationName"), str | None
    ):
        return "`variables` is an object, `operationName` a string"
    return None
