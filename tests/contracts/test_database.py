"""What PostgreSQL itself holds, whatever a query forgets: isolation of users, an append-only ledger, names, indexes."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres import migrations
from adapters.postgres.engine import API_ROLE, Transactions
from adapters.postgres.tables import all_tables
from adapters.postgres.unit_of_work import OpenPostgresUnitOfWork
from tests.builders import signed_up
from tests.conftest import PostgresUrls


@pytest.fixture
def owner(postgres: PostgresUrls) -> Iterator[psycopg.Connection]:
    """A connection of the tables' owner."""
    with psycopg.connect(postgres.owner) as connection:
        yield connection


def tables_of_users(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        """
        select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and a.attname = 'user_id'
        order by 1
        """
    )
    return [name for (name,) in rows]


def test_every_table_with_an_owner_has_row_level_security(owner: psycopg.Connection) -> None:
    unprotected = owner.execute(
        """
        select c.relname from pg_class c
        where c.relname = any(%s)
          and not (c.relrowsecurity and exists (
            select from pg_policies p where p.tablename = c.relname and p.roles = '{studiolo_api}'
              and p.qual like '%%app.user_id%%'))
        """,
        [tables_of_users(owner)],
    ).fetchall()
    assert unprotected == []


@pytest.mark.parametrize("role", ["studiolo_api", "studiolo_worker"])
def test_the_working_roles_own_nothing_and_bypass_nothing(owner: psycopg.Connection, role: str) -> None:
    powers = owner.execute(
        "select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole from pg_roles where rolname = %s", [role]
    ).fetchone()
    owned = owner.execute(
        "select count(*) from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname = %s", [role]
    ).fetchone()
    assert powers == (False, False, False, False)
    assert owned == (0,)


async def test_a_hand_written_query_of_the_api_sees_no_other_users_rows(
    postgres: PostgresUrls, api_engine: AsyncEngine
) -> None:
    transactions = Transactions(api_engine, role=API_ROLE)
    uow = OpenPostgresUnitOfWork(transactions)
    mine, theirs = await signed_up(uow), await signed_up(uow)
    async with transactions.begin(mine.id) as connection:
        for table in ("users", "credit_logs"):
            seen = (await connection.execute(text(f"select distinct user_id from {table}"))).scalars().all()
            assert seen == [mine.id], table
        stolen = await connection.execute(text("update users set email = 'x'").execution_options())
        assert stolen.rowcount == 1
        gone = await connection.execute(text("select count(*) from users where user_id = :id"), {"id": theirs.id})
        assert gone.scalar_one() == 0


async def test_a_connection_that_forgot_its_user_sees_nothing(api_engine: AsyncEngine) -> None:
    transactions = Transactions(api_engine, role=API_ROLE)
    user = await signed_up(OpenPostgresUnitOfWork(transactions))
    async with transactions.begin(user.id) as connection:
        assert (await connection.execute(text("select count(*) from users"))).scalar_one() == 1
    async with transactions.begin(None) as connection:
        assert (await connection.execute(text("select count(*) from users"))).scalar_one() == 0


def test_a_login_as_the_api_alone_sees_nothing(postgres: PostgresUrls) -> None:
    with psycopg.connect(postgres.api) as connection:
        for table in tables_of_users(connection):
            privileged = connection.execute("select has_table_privilege(%s, 'select')", [f"public.{table}"]).fetchone()
            if privileged == (True,):
                assert connection.execute(f"select count(*) from {table}").fetchone() == (0,), table


@pytest.mark.parametrize("statement", ["update credit_logs set cost = 0", "delete from credit_logs"])
@pytest.mark.parametrize("role", ["api", "worker"])
def test_nobody_rewrites_the_ledger(postgres: PostgresUrls, role: str, statement: str) -> None:
    with psycopg.connect(getattr(postgres, role)) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(statement)


async def test_a_row_for_another_user_cannot_be_written(postgres: PostgresUrls, api_engine: AsyncEngine) -> None:
    transactions = Transactions(api_engine, role=API_ROLE)
    uow = OpenPostgresUnitOfWork(transactions)
    mine, theirs = await signed_up(uow), await signed_up(uow)
    forged = """
        insert into credit_logs (id, user_id, operation, cost, balance_after, key, created_at)
        values (gen_random_uuid(), %s, 'GRANT', -5, 5, 'forged', now())
        """
    with psycopg.connect(postgres.api) as connection:
        connection.execute("select set_config('app.user_id', %s, false)", [str(mine.id)])
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            connection.execute(forged, [theirs.id])


def test_every_foreign_key_leads_with_an_index(owner: psycopg.Connection) -> None:
    bare = owner.execute(
        """
        select conrelid::regclass::text, conname from pg_constraint f
        where contype = 'f' and connamespace = 'public'::regnamespace and not exists (
          select from pg_index i where i.indrelid = f.conrelid
            and (i.indkey::int2[])[0:cardinality(f.conkey) - 1] @> f.conkey)
        """
    ).fetchall()
    assert bare == []


def test_every_constraint_was_named_by_us(owner: psycopg.Connection) -> None:
    """Errors are told apart by constraint name, so a name that PostgreSQL made up is a name that may change."""
    unnamed = owner.execute(
        """
        select conname from pg_constraint
        where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f', 'c')
          and conname !~ '_(pkey|key|fkey|check)[0-9]*$' and conname <> 'alembic_version_pkc'
        """
    ).fetchall()
    assert unnamed == []


def test_the_code_knows_every_table_and_column(owner: psycopg.Connection) -> None:
    rows = owner.execute(
        "select table_name, column_name from information_schema.columns where table_schema = 'public'"
    ).fetchall()
    stored: dict[str, set[str]] = {}
    for table, column in rows:
        stored.setdefault(table, set()).add(column)
    for table in all_tables().tables.values():
        assert {column.name for column in table.columns} <= stored[table.name], table.name


def test_the_italian_configuration_folds_accents(owner: psycopg.Connection) -> None:
    found = owner.execute(
        "select to_tsvector('studiolo_italian', 'La città più bella') @@ to_tsquery('studiolo_italian', 'citta & piu')"
    ).fetchone()
    assert found == (True,)


@pytest.fixture
def empty_database(postgres: PostgresUrls) -> Iterator[str]:
    """The address, as the owner, of a database without tables. Extensions are the superuser's to make."""
    with psycopg.connect(postgres.superuser, autocommit=True) as connection:
        connection.execute("drop database if exists stairway with (force)")
        connection.execute("create database stairway owner studiolo_owner")
    with psycopg.connect(f"{postgres.superuser.rsplit('/', 1)[0]}/stairway", autocommit=True) as connection:
        connection.execute("create extension if not exists vector")
        connection.execute("create extension if not exists unaccent")
    yield f"{postgres.owner.rsplit('/', 1)[0]}/stairway"
    with psycopg.connect(postgres.superuser, autocommit=True) as connection:
        connection.execute("drop database stairway with (force)")


def test_migrations_walk_up_down_and_up(empty_database: str) -> None:
    migrations.upgrade(empty_database)
    assert migrations.current(empty_database) == migrations.latest()
    migrations.downgrade(empty_database)
    assert migrations.current(empty_database) is None
    with psycopg.connect(empty_database) as connection:
        left = connection.execute(
            """
            select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'S')
            union all select typname from pg_type where typnamespace = 'public'::regnamespace and typtype = 'e'
            union all select proname from pg_proc p where pronamespace = 'public'::regnamespace
              and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
            """
        ).fetchall()
    assert [name for (name,) in left] == ["alembic_version"]
    migrations.upgrade(empty_database)
    assert migrations.current(empty_database) == migrations.latest()
