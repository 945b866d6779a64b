"""The ASGI application at /graphql: GraphQL over HTTP, server-sent events and graphql-transport-ws."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

import orjson
import structlog
from graphql import GraphQLError, OperationDefinitionNode
from graphql.language import OperationType
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL

from application.app import Application
from domain.shared import InvalidInput, StudioloError
from entrypoints.graphql.context import Caller, preferred_locale
from entrypoints.graphql.errors import STATUSES, as_graphql, internal
from entrypoints.graphql.events import EventStream
from entrypoints.graphql.execution import EdgeSchema, RefusedDocument
from entrypoints.graphql.graphiql import page
from entrypoints.graphql.negotiation import (
    JSON,
    RefusedRequest,
    accepts_events,
    encode,
    negotiate,
    refusal,
    response_to,
)
from entrypoints.graphql.requests import Asked, RequestReader
from entrypoints.graphql.websocket import Socket, TextFrames

_CONNECTION_INIT_WAIT = timedelta(seconds=5)
_OPERATIONS_PER_SOCKET = 50

_log: structlog.stdlib.BoundLogger = structlog.get_logger("studiolo.graphql")


class GraphQLView(GraphQL[Caller, None]):
    """Everything at /graphql. HTTP is answered here; Strawberry drives the socket, with our `Socket` as its handler."""

    websocket_adapter_class = TextFrames
    graphql_transport_ws_handler_class = Socket
    schema: EdgeSchema

    def __init__(
        self,
        *,
        app: Application,
        schema: EdgeSchema,
        reader: RequestReader,
        graphiql: bool,
        allowed_origins: Sequence[str] = (),
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=_CONNECTION_INIT_WAIT,
            max_subscriptions_per_connection=_OPERATIONS_PER_SOCKET,
            allowed_origins=allowed_origins,
        )
        self._app = app
        self._reader = reader
        self._graphiql = graphiql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        request = Request(scope, receive)
        media_type = negotiate(request.headers.get("accept")) or JSON
        files: list[UploadFile] = []
        try:
            answer = await self._answer(request, files)
        except ClientDisconnect:
            return  # in the middle of its own request: nobody is there to be answered
        except RefusedRequest as refused:
            answer = refusal(refused, media_type)
        except StudioloError as error:
            shown = as_graphql(error)
            status = STATUSES.get(str((shown.extensions or {}).get("code")), 400)
            answer = refusal(RefusedRequest(status, shown), media_type)
        except Exception as error:  # noqa: BLE001 - the last net: masked, and logged with an incident id
            incident = uuid4().hex
            _log.error("request_failed", incident_id=incident, exc_info=error)
            sentence = f"Something went wrong on our side (incident {incident})."
            answer = refusal(RefusedRequest(500, GraphQLError(sentence, extensions=internal(incident))), media_type)
        try:
            await answer(scope, receive, send)
        finally:
            for file in files:
                await file.close()

    async def _answer(self, request: Request, files: list[UploadFile]) -> ASGIApp:
        accept = request.headers.get("accept")
        if request.method not in {"GET", "POST"}:
            raise RefusedRequest(405, InvalidInput("Use GET or POST."), allow="GET, POST")
        if self._graphiql and request.method == "GET" and _is_browser(request):
            return page(token_urlsafe(16))
        events = accepts_events(accept)
        media_type = negotiate(accept)
        if media_type is None and not events:
            raise RefusedRequest(
                406, InvalidInput("Accept application/graphql-response+json, application/json or text/event-stream.")
            )
        context = await self._caller(request).sign_in()
        request.state.user_id = str(context.owner)
        asked = await self._reader.read(request, files)
        self._check(request, asked, events=events)
        arguments: dict[str, Any] = {
            "variable_values": asked.variables,
            "context_value": context,
            "operation_name": asked.operation_name,
            "operation_extensions": asked.extensions,
        }
        if events:
            return EventStream(await self.schema.stream(asked.query, **arguments))
        return response_to(await self.schema.execute(asked.query, **arguments), media_type or JSON)

    def _check(self, request: Request, asked: Asked, *, events: bool) -> None:
        """The kind of operation suits the way in which it is asked for. (Faults of the document are told later.)"""
        try:
            operation = self.schema.operation(asked.query, asked.operation_name)
        except RefusedDocument:
            return
        request.state.operation = _name_of(operation)
        if operation.operation is OperationType.MUTATION and request.method == "GET":
            raise RefusedRequest(405, InvalidInput("A mutation is sent by POST."), allow="POST")
        if operation.operation is OperationType.SUBSCRIPTION and not events:
            raise RefusedRequest(406, InvalidInput("A subscription needs `Accept: text/event-stream`, or a WebSocket."))

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Caller:  # noqa: ARG002
        return self._caller(request)

    def _caller(self, request: Request | WebSocket) -> Caller:
        return Caller(
            app=self._app,
            request_id=getattr(request.state, "request_id", None) or uuid4().hex,
            locale=preferred_locale(request.headers.get("accept-language")),
            authorization=request.headers.get("authorization"),
        )

    def encode_json(self, data: object) -> str:
        return encode(data).decode()

    def decode_json(self, data: str | bytes) -> object:
        return orjson.loads(data)


def _is_browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and "query" not in request.query_params


def _name_of(operation: OperationDefinitionNode) -> str | None:
    return operation.name.value if operation.name else None
