"""What every repository does with rows: tell "not yours" from "no such", look for words, and page by keyset."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeAlias, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Table, and_, func, or_, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.engine import constraint_of
from application.shared import Page, Position, Window, page_of
from domain.shared import NoSuch, NotYours

T = TypeVar("T")

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

_EXISTS = text("select row_exists(:kind, :id)")


async def refuse(connection: AsyncConnection, table: Table, id: UUID, *, kind: str) -> NoReturn:
    """Raise NotYours when the row is another user's, NoSuch when there is none."""
    if (await connection.execute(_EXISTS, {"kind": table.name, "id": id})).scalar_one():
        raise NotYours(kind)
    raise NoSuch(kind)


async def refuse_unless_present(
    connection: AsyncConnection, table: Table, ids: Sequence[UUID], found: Sequence[UUID], *, kind: str
) -> None:
    """Raise for the first of `ids` that is not among `found`."""
    missing = set(ids) - set(found)
    for id in ids:
        if id in missing:
            await refuse(connection, table, id, kind=kind)


def refuse_absent(error: IntegrityError, kinds: Mapping[str, str]) -> NoReturn:
    """NoSuch when what a row refers to went away meanwhile: its kind, by the constraint that says so.

    Any other fault is raised as it is.
    """
    kind = kinds.get(constraint_of(error) or "")
    if kind is not None:
        raise NoSuch(kind) from error
    raise error


def contains(sought: str | None, *fields: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    """The condition that a field has these words somewhere, accents and case ignored; none for nothing to look for.

    Part of a word, as one types it into a box: `algebra_ba` finds a file name, which no stemmer would split. Nobody has
    so many rows of their own that scanning them is slow.
    """
    if sought is None or not sought.strip():
        return []
    pattern = func.unaccent("%" + re.sub(r"([\\%_])", r"\\\1", sought.strip()) + "%")
    return [or_(*(func.unaccent(field).ilike(pattern, escape="\\") for field in fields))]


def after(
    query: Select[Any], window: Window, key: ColumnElement[Any], id: ColumnElement[Any], *, descending: bool
) -> Select[Any]:
    """The window's rows and one more, which tells whether there is a next page."""
    if window.after is not None:
        position = window.after
        beyond = key < position.key if descending else key > position.key
        same = id < position.id if descending else id > position.id
        query = query.where(or_(beyond, and_(key == position.key, same)))
    order = (key.desc(), id.desc()) if descending else (key.asc(), id.asc())
    return query.order_by(*order).limit(window.first + 1)


async def fetch_page(
    connection: AsyncConnection,
    query: Select[Any],
    window: Window,
    *,
    key: ColumnElement[Any],
    id: ColumnElement[Any],
    read: Callable[[Any], T],
    descending: bool = True,
) -> Page[T]:
    """Run a list query, page by page; `read` makes one row into what it stands for."""
    named = query.add_columns(key.label("position_key"), id.label("position_id"))
    rows = (await connection.execute(after(named, window, key, id, descending=descending))).all()
    return page_of([(Position(row.position_key, row.position_id), read(row)) for row in rows], window)


async def count(connection: AsyncConnection, query: Select[Any]) -> int:
    """How many rows a query has."""
    return int((await connection.execute(select(func.count()).select_from(query.subquery()))).scalar_one())
