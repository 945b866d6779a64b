"""Runs migrations on the address in `config.attributes["url"]` (or MIGRATION_URL), one transaction a migration."""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import create_engine, pool, text

from adapters.postgres.engine import async_url
from adapters.postgres.tables import all_tables

_LOCK = 7_341_652_098  # any number, always the same: two starts that migrate at once take turns


def migrate() -> None:
    url = context.config.attributes.get("url") or os.environ["MIGRATION_URL"]
    engine = create_engine(async_url(url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=all_tables(),
            transaction_per_migration=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


migrate()
