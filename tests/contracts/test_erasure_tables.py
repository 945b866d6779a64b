"""No table is forgotten: what a user's rows begin with refuses the erased, and whatever has a user is removed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.files import StoredPersonalFiles
from adapters.memory.files import MemoryFileStore
from adapters.memory.jobs import MemoryJobQueue
from adapters.postgres.engine import WORKER_ROLE, Transactions
from adapters.postgres.personal_data import STAYS, PostgresPersonalData
from adapters.postgres.unit_of_work import OpenPostgresUnitOfWork
from application.accounts import EraseAccount, RequestErasure
from domain.shared import UserId
from tests.builders import TickingClock
from tests.builders_erasure import a_tenant
from tests.conftest import PostgresUrls

KEPT_BY_TRIGGERS = {"term_frequencies"}
"""Changed only together with postings, which hang on a source."""


@pytest.fixture
def owner(postgres: PostgresUrls) -> Iterator[psycopg.Connection]:
    """A connection of the tables' owner, whom no policy hides anything from."""
    with psycopg.connect(postgres.owner) as connection:
        yield connection


def tables_with_a_user(connection: psycopg.Connection) -> set[str]:
    found = connection.execute(
        """
        select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attname = 'user_id'
        """
    )
    return {name for (name,) in found}


def test_every_table_that_hangs_on_users_refuses_the_erased(owner: psycopg.Connection) -> None:
    hanging = owner.execute(
        "select conrelid::regclass::text from pg_constraint where contype = 'f' and confrelid = 'users'::regclass"
    )
    guarded = owner.execute(
        "select tgrelid::regclass::text from pg_trigger where tgfoid = 'refuse_erased'::regproc and tgenabled = 'O'"
    )
    assert {name for (name,) in hanging} - {name for (name,) in guarded} == KEPT_BY_TRIGGERS | {"erasures"}


async def test_what_is_left_is_a_tombstone_a_ledger_and_a_certificate(
    owner: psycopg.Connection, worker_engine: AsyncEngine
) -> None:
    transactions, clock, files = Transactions(worker_engine, role=WORKER_ROLE), TickingClock(), MemoryFileStore()
    uow, rows = OpenPostgresUnitOfWork(transactions), PostgresPersonalData(transactions)
    tenant = await a_tenant(uow)
    assert set(await rows.remaining(owner=tenant.id)) == tables_with_a_user(owner) - STAYS

    await RequestErasure(uow=uow, jobs=MemoryJobQueue(), clock=clock)(owner=tenant.id)
    await EraseAccount(uow=uow, stores=(rows, StoredPersonalFiles(files)), clock=clock)(owner=tenant.id)

    assert rows_of(owner, tenant.id) == {"users": 1, "credit_logs": 2, "erasures": 1}
    personal = owner.execute(
        "select email, username, image_url, credits, credits_held from users where user_id = %s", [tenant.id]
    ).fetchone()
    assert personal == (None, None, None, 0, 0)


def rows_of(connection: psycopg.Connection, user: UserId) -> dict[str, int]:
    counts = {}
    for table in tables_with_a_user(connection):
        (number,) = connection.execute(
            psycopg.sql.SQL("select count(*) from {} where user_id = %s").format(psycopg.sql.Identifier(table)),
            [uuid.UUID(str(user))],
        ).fetchone() or (0,)
        counts[table] = number
    return {table: number for table, number in counts.items() if number}
