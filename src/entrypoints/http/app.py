"""The ASGI application. `create_app` is what uvicorn is pointed at; `build_app` is what tests build."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from application.app import Application
from entrypoints.graphql.execution import EdgeSchema
from entrypoints.graphql.requests import RequestReader
from entrypoints.graphql.schema import build_schema
from entrypoints.graphql.view import GraphQLView
from entrypoints.http.middleware import RequestIds, RequestLog, SecurityHeaders
from entrypoints.http.probes import probes
from entrypoints.http.webhooks import webhooks
from entrypoints.settings import Settings, load_settings


def build_app(application: Application, settings: Settings, *, schema: EdgeSchema | None = None) -> Starlette:
    """Everything that is served, around an application that is running. Another schema is for tests of the edge."""
    view = GraphQLView(
        app=application,
        schema=schema or build_schema(),
        reader=RequestReader(file_limit=settings.max_upload_bytes),
        graphiql=settings.environment == "development",
        allowed_origins=settings.allowed_origins,
    )
    return Starlette(
        routes=[
            Route("/graphql", view, methods=None),
            WebSocketRoute("/graphql", view),
            *probes(application.dependencies),
            *webhooks(application.accounts.delivery_reader, application.accounts.receive_user_event),
        ],
        middleware=[
            Middleware(RequestIds),
            Middleware(RequestLog),
            Middleware(SecurityHeaders),
            Middleware(
                CORSMiddleware,
                allow_origins=settings.allowed_origins,
                allow_methods=["GET", "POST"],
                allow_headers=["authorization", "content-type", "x-request-id"],
                expose_headers=["retry-after", "x-request-id"],
                max_age=3600,
            ),
        ],
    )


def create_app() -> ASGIApp:
    """`uvicorn --factory entrypoints.http.app:create_app`: reads the settings, and opens everything at start-up."""
    settings = load_settings()
    served: Starlette | None = None

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        from entrypoints import bootstrap

        nonlocal served
        async with bootstrap.running(settings, role="api") as application:
            served = build_app(application, settings)
            yield

    outer = Starlette(lifespan=lifespan)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        inner = outer if scope["type"] == "lifespan" or served is None else served
        await inner(scope, receive, send)

    return app
