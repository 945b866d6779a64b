"""The composition root: from one `Settings`, one `Application`. Only this folder knows the container and adapters.

Synchronous providers only, of objects that connect when they are first used: nothing here does I/O until it is asked,
and what was opened is closed at the end of `running`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from importlib.metadata import version
from typing import Literal, TypeAlias

from dependency_injector import providers

from adapters.postgres.engine import API_ROLE, WORKER_ROLE
from application.accounts import RESET
from application.app import Application, ServiceInfo
from application.chat import WebSearch
from application.library import RECHECK, day_start
from application.shared import FireDueJobs, Scheduled
from domain.accounts import period_start
from entrypoints.bootstrap.chat import ChatContainer
from entrypoints.bootstrap.vectors import UPKEEP
from entrypoints.settings import Settings

Role: TypeAlias = Literal["api", "worker"]

_SCHEDULE = (Scheduled(job=RESET, latest=period_start), Scheduled(job=RECHECK, latest=day_start))

_LOST_AFTER = timedelta(hours=1)
"""How long a scheduled job may take; it is then asked for again. Longer than its retries together."""


def _named(search: WebSearch | None) -> str | None:
    return None if search is None else search.name


class Container(ChatContainer):
    """Adapters and use cases of every context. A test overrides the adapters and keeps the rest."""

    service = providers.Singleton(
        ServiceInfo,
        version=version("studiolo"),
        language_model=ChatContainer.chat_model.provided.name,
        embedder=ChatContainer.embedder.provided.model,
        vector_store=ChatContainer.vector_store_name,
        web_search=providers.Callable(_named, ChatContainer.web_search),
        monthly_allowance=ChatContainer.allowance,
    )
    application = providers.Singleton(
        Application,
        accounts=ChatContainer.accounts,
        library=ChatContainer.library,
        practice=ChatContainer.practice,
        writing=ChatContainer.writing,
        chat=ChatContainer.chat,
        fire_due_jobs=providers.Singleton(
            FireDueJobs,
            schedule=providers.Selector(
                ChatContainer.store_kind,
                pgvector=providers.Object(_SCHEDULE),
                pinecone=providers.Object(_SCHEDULE + UPKEEP),
            ),
            ticks=ChatContainer.ticks,
            jobs=ChatContainer.jobs,
            clock=ChatContainer.clock,
            patience=_LOST_AFTER,
        ),
        service=service,
        clock=ChatContainer.clock,
        dependencies=providers.Factory(tuple, ChatContainer.servers),
    )


@asynccontextmanager
async def running(settings: Settings, role: Role) -> AsyncIterator[Application]:
    """The application of an API or worker process, for as long as the block is open.

    Nothing connects before it is used. DATABASE_URL and REDIS_URL must be set by now (the command line sets them when
    it runs the embedded servers).
    """
    if settings.database_url is None or settings.redis_url is None:
        raise RuntimeError("DATABASE_URL and REDIS_URL are not set: start with `studiolo up`, `serve` or `worker`")
    container = Container(settings=settings, role=API_ROLE if role == "api" else WORKER_ROLE)
    async with AsyncExitStack() as opened:
        opened.push_async_callback(container.engine().dispose)
        opened.push_async_callback(container.redis().aclose)
        opened.push_async_callback(container.listening_redis().aclose)
        opened.push_async_callback(container.channels().aclose)
        opened.callback(container.broker().close)
        if settings.clerk_issuer is not None:
            opened.push_async_callback(container.clerk_keys().aclose)
        opened.callback(container.extractor().close)
        opened.push_async_callback(container.embedding_providers().aclose)
        if settings.chat_provider != "offline":
            opened.push_async_callback(container.chat_model().aclose)
        if settings.asks_language_model:
            opened.push_async_callback(container.structured_model().aclose)
        if settings.web_search != "off":
            opened.push_async_callback(container.web_search().aclose)
        if settings.vector_store == "pinecone":
            opened.push_async_callback(container.pinecone().aclose)
        application = container.application()
        # First of all: turns put down how they ended.
        opened.push_async_callback(application.chat.running.aclose)
        yield application
