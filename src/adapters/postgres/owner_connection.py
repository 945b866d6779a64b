"""An operator's connection, as the owner of the tables: what it must be able to do, and what it says when it cannot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.engine import create_engine
from domain.shared import Conflict, Forbidden, StudioloError, Unavailable

OLDEST_VECTOR = (0, 8)
"""The first pgvector that goes on looking when a filter leaves too few (an iterative scan)."""

_ABOUT = text(
    """
    select pg_is_in_recovery() as replica, current_user as login, pg_backend_pid() as process,
      (select extversion from pg_extension where extname = 'vector') as vector_version,
      to_regclass('chunk_planes') is not null as migrated,
      (select pg_has_role(relowner, 'USAGE') from pg_class where oid = to_regclass('chunk_vectors')) as owns
    """
)


class NoAnswer(Unavailable):
    """Nobody answers at the address, or the connection went away."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"PostgreSQL does not answer ({reason}): start it, or correct DIRECT_URL or DATABASE_URL.", retry_after=2
        )


class NotTheOwner(Forbidden):
    """This login may not look after the tables."""

    def __init__(self, login: str) -> None:
        super().__init__(
            f"The database login {login} does not own the tables: set DIRECT_URL to the login that migrations run as.",
            login=login,
        )


class NotPossible(Conflict):
    """Not on this database, or not now; the sentence says why, and what to do."""


class Refused(Conflict):
    """PostgreSQL would not; the sentence is its own."""


@asynccontextmanager
async def owner_engine(url: str, *, prepared_statements: bool = False) -> AsyncIterator[AsyncEngine]:
    """Connections that wait as long as a build takes. The database's errors become ours, each one line."""
    engine = create_engine(
        url,
        pool_size=4,
        prepared_statements=prepared_statements,
        statement_timeout_seconds=0,
        lock_timeout_seconds=0,
    )
    try:
        yield engine
    except DBAPIError as error:
        raise _ours(error) from error
    finally:
        await engine.dispose()


async def require_operator(connection: AsyncConnection, *, direct: bool = True) -> None:
    """Raise unless this connection can do an operator's work.

    Errors: NotTheOwner, NotPossible (tables or a pgvector that are too old; where it must be `direct`, a pooler).
    """
    about = (await connection.execute(_ABOUT)).one()
    if not about.migrated:
        raise NotPossible("The tables are not those that this version needs: run `studiolo migrate`.")
    if about.vector_version is None or version_of(about.vector_version) < OLDEST_VECTOR:
        found = f"pgvector {about.vector_version}" if about.vector_version else "no pgvector"
        raise NotPossible(
            f"The database has {found}; 0.8 or newer is needed: install it, then `alter extension vector update`."
        )
    if not about.owns:
        raise NotTheOwner(about.login)
    if not direct:
        return
    if about.replica:
        raise NotPossible("This server is a replica, which cannot be written: set DIRECT_URL to the primary.")
    # A pooler gives its clients numbers of its own for cancelling, which are no process of the server.
    if await _announced_process(connection) != about.process:
        raise NotPossible(
            "The connection goes through a pooler, which keeps no session: set DIRECT_URL to the server itself."
        )


def version_of(text: str) -> tuple[int, ...]:
    """`(0, 8)` of `0.8.6`."""
    return tuple(int(part) for part in text.split(".")[:2])


async def _announced_process(connection: AsyncConnection) -> int:
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    return int(driver.info.backend_pid)


def _ours(error: DBAPIError) -> StudioloError:
    state = getattr(error.orig, "sqlstate", None)
    said = (str(error.orig).strip().splitlines() or ["it said nothing"])[0].rstrip(".")
    if state is None or state.startswith(("08", "57P")):
        return NoAnswer(said)
    if state.startswith("53"):
        return Refused(f"PostgreSQL has not enough room for that ({said}).")
    return Refused(f"PostgreSQL refused: {said}.")
