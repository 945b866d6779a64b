"""What every context needs from outside: time, fresh ids, a transaction, a queue of jobs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

Clock: TypeAlias = Callable[[], datetime]
"""Now, aware, in UTC."""

NewId: TypeAlias = Callable[[], UUID]
"""A fresh id (UUIDv7: later ids sort later)."""


class Transaction(Protocol):
    """Everything done through it happens together at `commit`, or not at all."""

    async def commit(self) -> None:
        """Make it so. Errors: Unavailable when the store is down."""
        ...


class JobQueue(Protocol):
    """Asks a worker to do something, by the actor's name. Call it after the commit that the job will read.

    Best effort: with the broker down the call is logged and returns. What wants work says so in the store, and a
    sweeper asks again, so nothing is lost.
    """

    async def enqueue(self, job: str, /, **arguments: str) -> None:
        """Queue `job` (`library.ingest_source`) with arguments that are ids, as text."""
        ...


class Ticks(Protocol):
    """Which hours of the schedule were dealt with, remembered for all workers together."""

    async def claim(self, *, job: str, tick: datetime, at: datetime, lost_before: datetime) -> bool:
        """Whether this tick is the caller's now: nobody claimed it, or it was claimed before `lost_before` and never
        finished. Of many who ask at once one is told so. Errors: Unavailable.
        """
        ...

    async def finish(self, *, job: str, tick: datetime, at: datetime) -> None:
        """The tick's work is done and is not asked for again, whether it was claimed or not. Errors: Unavailable."""
        ...


class Dependency(Protocol):
    """Something that the whole service stands on: the database, the broker."""

    @property
    def name(self) -> str: ...
    async def check(self) -> None:
        """Return when it answers. Errors: Unavailable."""
        ...
