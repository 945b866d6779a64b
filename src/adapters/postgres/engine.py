"""Connections to PostgreSQL, and transactions that carry who they speak for.

Each transaction takes the role of its process (API or worker) and the id of its user, so that row-level security
holds even where a query forgets its owner. Both end with the transaction: a pooled connection keeps nothing.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from application.shared import Dependency
from domain.accounts import AccountErased
from domain.shared import Unavailable, UserId

API_ROLE = "studiolo_api"
WORKER_ROLE = "studiolo_worker"

PATIENCE = 5.0
"""Seconds for the first answer of a transaction: what takes that long there is not slow, but frozen or cut off."""

_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})

_ERASED = "STER1"
"""The SQLSTATE with which our triggers refuse a row of a user who was erased."""


@cache
def _opening(names: tuple[str, ...]) -> TextClause:
    """Sets these of PostgreSQL's parameters, until the transaction ends. Both names and values are bound."""
    return text("select " + ", ".join(f"set_config(:name_{at}, :value_{at}, true)" for at in range(len(names))))


class DatabaseUnavailable(Unavailable):
    """The database does not answer, or has no connection to spare."""

    def __init__(self) -> None:
        super().__init__("The database is not available at the moment.", retry_after=2)


def async_url(url: str) -> str:
    """The same database through psycopg's async driver."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError("a PostgreSQL address begins with postgresql://")
    return f"postgresql+psycopg://{rest}"


def create_engine(
    url: str,
    *,
    pool_size: int = 10,
    prepared_statements: bool = True,
    statement_timeout_seconds: int = 30,
    lock_timeout_seconds: float = 10,
) -> AsyncEngine:
    """An engine that connects when it is first used.

    Statements that recur are prepared on the server; a transaction pooler in between does not allow that. Who waits
    longer for a row that another holds (a large source being stored) than `lock_timeout_seconds` may try again.
    """
    timeouts = {"statement_timeout": statement_timeout_seconds, "lock_timeout": lock_timeout_seconds}
    connect: dict[str, Any] = {
        "prepare_threshold": 5 if prepared_statements else None,
        "connect_timeout": 5,
        # A host that is gone without a word is noticed by the kernel, in the middle of a transaction as well.
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "application_name": "studiolo",
        "options": " ".join(f"-c {name}={seconds * 1000:.0f}" for name, seconds in timeouts.items())
        + " -c timezone=UTC",
    }
    return create_async_engine(
        async_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        # A failed statement is logged with its error; the values in it are the user's own words.
        hide_parameters=True,
        connect_args=connect,
    )


class PostgresDependency(Dependency):
    """Is the database there?"""

    name = "database"

    def __init__(self, engine: AsyncEngine, *, patience: float = 2.0) -> None:
        self._engine = engine
        self._patience = patience

    async def check(self) -> None:
        async with (
            unavailable_when_down(),
            self._engine.connect() as connection,
            _cut_when_silent(connection, self._patience),
        ):
            await connection.execute(text("select 1"))


class Transactions:
    """Opens transactions as one role. `owner=None` speaks for nobody: only tables without an owner can be read."""

    def __init__(self, engine: AsyncEngine, *, role: str, patience: float = PATIENCE) -> None:
        self._engine = engine
        self._role = role
        self._patience = patience

    @asynccontextmanager
    async def begin(
        self, owner: UserId | None, *, read_only: bool = False, settings: Mapping[str, str] = _NO_SETTINGS
    ) -> AsyncIterator[AsyncConnection]:
        """A transaction, rolled back at the end unless it was committed. `settings` are PostgreSQL's, meanwhile.

        Errors: DatabaseUnavailable; AccountErased when it would store something new of a user who was erased.
        """
        async with unavailable_when_down(), self._engine.connect() as connection:
            async with _cut_when_silent(connection, self._patience):
                wanted = {
                    "role": self._role,
                    "app.user_id": "" if owner is None else str(owner),
                    "transaction_read_only": "on" if read_only else "off",
                    **settings,
                }
                names, values = enumerate(wanted), enumerate(wanted.values())
                bound = {f"name_{at}": name for at, name in names} | {f"value_{at}": value for at, value in values}
                await connection.execute(_opening(tuple(wanted)), bound)
            try:
                yield connection
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) == _ERASED:
                    raise AccountErased from error
                raise

    @asynccontextmanager
    async def read(
        self, owner: UserId | None, *, settings: Mapping[str, str] = _NO_SETTINGS
    ) -> AsyncIterator[AsyncConnection]:
        """A transaction that may change nothing. Errors: DatabaseUnavailable.

        It ends with a commit: the driver throws away all that a connection has prepared when one is rolled back, and to
        plan a large statement takes longer than to run it.
        """
        async with self.begin(owner, read_only=True, settings=settings) as connection:
            yield connection
            await connection.commit()


@asynccontextmanager
async def _cut_when_silent(connection: AsyncConnection, seconds: float) -> AsyncIterator[None]:
    """What is asked inside fails as a lost connection when the server has not answered in time.

    A frozen server closes nothing, and its statement timeout is frozen with it. Cancelling would not help: the driver
    then asks the server to cancel, and waits for that answer too.
    """
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    alarm = asyncio.get_running_loop().call_later(seconds, _cut, driver.fileno())
    try:
        yield
    finally:
        alarm.cancel()


def _cut(descriptor: int) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as connected:
        connected.shutdown(socket.SHUT_RDWR)


@asynccontextmanager
async def unavailable_when_down() -> AsyncIterator[None]:
    """Translate what passes when it is tried again: a lost connection, a held lock. Every other error stays."""
    try:
        yield
    except (InterfaceError, PoolTimeout) as error:
        raise DatabaseUnavailable from error
    except OperationalError as error:
        if _is_passing_trouble(error):
            raise DatabaseUnavailable from error
        raise


def _is_passing_trouble(error: DBAPIError) -> bool:
    """True without an SQLSTATE (nobody answered), and for what goes when it is tried again.

    Classes 08 (connection), 40 (deadlock, serialisation), 53 (resources) and 57P (shutdown), and 55P03 (lock timeout).
    """
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or state is None or state.startswith(("08", "40", "53", "55P03", "57P"))


def constraint_of(error: DBAPIError) -> str | None:
    """The name of the constraint that a statement broke."""
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "constraint_name", None)
