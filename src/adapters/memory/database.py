"""A database in memory that keeps its word: copy on open, swap on commit, one transaction at a time.

It takes the place of PostgreSQL in tests and benchmarks, and passes the same contracts. A table is named by a typed
key, so that each context brings its own without this module knowing it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from application.shared import Page, Position, SortKey, Window, page_of
from domain.shared import NoSuch, NotYours, UserId, without_accents

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Table(Generic[K, V]):
    """The name of a table and the type of its rows. Rows are immutable values."""

    name: str


class Tables:
    """All tables at one moment."""

    def __init__(self, rows: dict[str, dict[Any, Any]] | None = None) -> None:
        self._rows = rows if rows is not None else {}

    def __getitem__(self, table: Table[K, V]) -> dict[K, V]:
        return cast("dict[K, V]", self._rows.setdefault(table.name, {}))

    def copy(self) -> Tables:
        return Tables({name: dict(rows) for name, rows in self._rows.items()})


class MemoryDatabase:
    """What was committed, and the lock that makes transactions take turns."""

    def __init__(self) -> None:
        self.committed = Tables()
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryTransaction]:
        async with self._turn:
            yield MemoryTransaction(self)


class MemoryTransaction:
    """A copy of all tables that `commit` puts in place of the committed ones."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database
        self.before = database.committed
        self.tables = database.committed.copy()

    async def commit(self) -> None:
        # Yield once, as a real store would: code that relies on running through is found out.
        await asyncio.sleep(0)
        self._database.committed = self.tables.copy()


def own(rows: dict[Any, V], id: UUID, *, owner: UserId, owner_of: Callable[[V], UserId], kind: str) -> V:
    """The owner's row. Errors: NoSuch, NotYours."""
    row = rows.get(id)
    if row is None:
        raise NoSuch(kind)
    if owner_of(row) != owner:
        raise NotYours(kind)
    return row


def contains(sought: str | None, *fields: str | None) -> bool:
    """Whether a field has these words somewhere, accents and case ignored; nothing to look for is everywhere."""
    wanted = without_accents((sought or "").strip()).casefold()
    return any(wanted in without_accents(field or "").casefold() for field in fields)


def window_of(
    rows: Iterable[V],
    window: Window,
    *,
    key: Callable[[V], SortKey],
    id: Callable[[V], UUID],
    descending: bool = True,
) -> Page[V]:
    """The window of rows in keyset order."""
    placed = [(Position(key(row), id(row)), row) for row in rows]
    placed.sort(key=lambda pair: pair[0], reverse=descending)
    if window.after is not None:
        edge = window.after
        placed = [pair for pair in placed if (pair[0] < edge if descending else pair[0] > edge)]
    return page_of(placed[: window.first + 1], window)
