"""Jobs by name. Each parses ids and calls one use case; the use cases are safe to repeat, because a job may be."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias
from uuid import UUID

import structlog
from dramatiq import Broker, actor
from dramatiq.errors import Retry
from structlog.contextvars import bound_contextvars

from adapters.dramatiq.job_queue import QUEUE, REQUEST_ID
from application.app import Application
from domain.accounts import AccountErased
from domain.shared import Conflict, Forbidden, InvalidInput, NotFound, RateLimited, SourceId, Unavailable, UserId

_log = structlog.get_logger(__name__)

_POINTLESS_TO_REPEAT = (NotFound, Forbidden, InvalidInput, Conflict, AccountErased)
"""The row or the account is gone, or has moved on meanwhile. Anything else is tried again."""

_LONGEST_JOB = 600_000
"""Milliseconds."""


Job: TypeAlias = Callable[..., Awaitable[None]]
"""What an actor does with the Application. Arguments are ids as text; those that it does not know are let pass."""


async def ingest_source(application: Application, /, *, owner: str, source_id: str, **_: str) -> None:
    """Read, split and store a source."""
    await application.library.ingest_source(owner=UserId(UUID(owner)), source_id=SourceId(UUID(source_id)))


async def reindex_source(application: Application, /, *, owner: str, source_id: str, **_: str) -> None:
    """Index a source under its new title."""
    await application.library.reindex_source(owner=UserId(UUID(owner)), source_id=SourceId(UUID(source_id)))


async def remove_source(application: Application, /, *, owner: str, source_id: str, **_: str) -> None:
    """Remove what is left of a deleted source."""
    await application.library.remove_source(owner=UserId(UUID(owner)), source_id=SourceId(UUID(source_id)))


async def recheck_pages(application: Application, /, **_: str) -> None:
    """Look whether the pages of sources are still there."""
    _log.info("pages looked at", pages=await application.library.recheck_pages())


async def reset_credits(application: Application, /, **_: str) -> None:
    """Give every user the month's allowance."""
    users = await application.accounts.reset_credits()
    _log.info("credits reset", users=users)


async def erase_account(application: Application, /, *, owner: str, **_: str) -> None:
    """Remove everything of a user whose erasure was requested."""
    await application.accounts.erase_account(owner=UserId(UUID(owner)))


async def reconcile_vectors(application: Application, /, *, owner: str | None = None, **_: str) -> None:
    """Put right where the vector store and the database do not agree: of one user, or of everybody."""
    whose = None if owner is None else UserId(UUID(owner))
    found = await application.library.reconcile_vectors(owner=whose)
    _log.info("vectors reconciled", users=found.users, orphans=found.orphans, holes=found.holes)


async def keep_vectors_alive(application: Application, /, **_: str) -> None:
    """Ask the vector store something."""
    await application.library.keep_vectors_alive()


async def reanchor_citations(application: Application, /, *, owner: str, source_id: str, **_: str) -> None:
    """Find the words of citations again in a source that was read again."""
    found = await application.chat.reanchor_citations(owner=UserId(UUID(owner)), source_id=SourceId(UUID(source_id)))
    _log.info("citations looked for", citations=found)


JOBS: dict[str, Job] = {
    "accounts.erase": erase_account,
    "accounts.reset_credits": reset_credits,
    "chat.reanchor_citations": reanchor_citations,
    "library.ingest_source": ingest_source,
    "library.reindex_source": reindex_source,
    "library.remove_source": remove_source,
    "library.recheck_pages": recheck_pages,
    "library.reconcile_vectors": reconcile_vectors,
    "library.keep_vectors_alive": keep_vectors_alive,
}

OPTIONS: dict[str, dict[str, Any]] = {
    # After 15, 30 and 60 seconds, each stretched up to twice by chance. Whatever then is left, the scheduler asks for.
    "accounts.reset_credits": {"max_retries": 3, "min_backoff": 15_000, "max_backoff": 240_000},
}
"""Where a job is not to be retried as all others are. Milliseconds."""


def declare_actors(
    broker: Broker, running: Callable[[], Awaitable[Application]], *, wake_engine: Callable[[], None]
) -> None:
    """Make every job known to the broker under its name."""

    async def embed_chunks(_: Application, /, **__: str) -> None:
        wake_engine()  # it pays for its work, so it is a process of its own

    for name, job in {**JOBS, "library.embed_chunks": embed_chunks}.items():
        declared = actor(
            actor_name=name,
            queue_name=QUEUE,
            broker=broker,
            time_limit=_LONGEST_JOB,
            throws=_POINTLESS_TO_REPEAT,
            **OPTIONS.get(name, {}),
        )
        declared(_logged(name, job, running))


def _logged(name: str, job: Job, running: Callable[[], Awaitable[Application]]) -> Callable[..., Awaitable[None]]:
    """The job with the process's Application, one line in the log, and the request that asked for it in every line."""

    async def run(**arguments: str) -> None:
        request = {REQUEST_ID: arguments.pop(REQUEST_ID)} if REQUEST_ID in arguments else {}
        with bound_contextvars(job=name, **request):
            began = time.monotonic()
            outcome = "failed"
            try:
                await job(await running(), **arguments)
                outcome = "done"
            except (Unavailable, RateLimited) as fault:
                outcome = "put off"
                raise Retry(fault.message) from fault  # what is down is no fault of the job's, and needs no traceback
            finally:
                milliseconds = round((time.monotonic() - began) * 1000)
                _log.info("job", outcome=outcome, milliseconds=milliseconds, **arguments)

    return run
