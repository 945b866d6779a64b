"""How far an index is: what PostgreSQL says of its build, one line at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_LEAST_STEP = 5
"""Per cent between two lines of one phase."""

_PROGRESS = text(
    """
    select p.phase, p.lockers_total, p.lockers_done, p.blocks_total, p.blocks_done, p.tuples_total, p.tuples_done
    from pg_stat_progress_create_index p where p.pid = :process
    """
)
_PROCESS = text("select pg_backend_pid()")


@asynccontextmanager
async def reported(
    engine: AsyncEngine, builder: AsyncConnection, tell: Callable[[str], None], *, every: float
) -> AsyncIterator[None]:
    """While the block lasts, what `builder` is building is told every so many seconds, and what the server notes."""
    process = (await builder.execute(_PROCESS)).scalar_one()
    driver: Any = (await builder.get_raw_connection()).driver_connection
    note = _teller(tell)
    driver.add_notice_handler(note)
    done = asyncio.Event()
    async with engine.connect() as looker:
        following = asyncio.create_task(_follow(looker, process, tell, every, done))
        try:
            yield
        finally:
            driver.remove_notice_handler(note)
            done.set()
            await following


def _teller(tell: Callable[[str], None]) -> Callable[[Any], None]:
    """A notice of the server, such as that the graph has outgrown its memory."""

    def note(diagnostic: Any) -> None:
        hint = f" ({diagnostic.message_hint.rstrip('.')})" if diagnostic.message_hint else ""
        tell(f"PostgreSQL: {diagnostic.message_primary}{hint}")

    return note


async def _follow(
    looker: AsyncConnection, process: int, tell: Callable[[str], None], every: float, done: asyncio.Event
) -> None:
    """A look that fails ends the telling, not the build."""
    began, told = monotonic(), ("", -_LEAST_STEP)
    with suppress(DBAPIError):
        while not await _passes(done, every):
            row = (await looker.execute(_PROGRESS, {"process": process})).one_or_none()
            if row is None:
                continue
            share = _share(row)
            if row.phase != told[0] or share >= told[1] + _LEAST_STEP:
                told = (row.phase, share)
                tell(f"{monotonic() - began:>6.0f} s  {_sentence(row, share)}")


async def _passes(event: asyncio.Event, seconds: float) -> bool:
    """Whether it happens within this time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


def _share(row: Any) -> int:
    """Per cent of this phase."""
    for done, total in (
        (row.lockers_done, row.lockers_total),
        (row.tuples_done, row.tuples_total),
        (row.blocks_done, row.blocks_total),
    ):
        if total:
            return min(100, int(100 * done / total))
    return 0


def _sentence(row: Any, share: int) -> str:
    if row.phase.startswith("waiting for") and row.lockers_total:
        return f"{row.phase} ({row.lockers_done} of {row.lockers_total} transactions have ended)"
    return f"{row.phase}, {share}%" if share else str(row.phase)
