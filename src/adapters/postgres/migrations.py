"""Brings a database to a revision of `migrations/`, and says where it stands."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool

from adapters.postgres.engine import async_url

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("prepend_sys_path", str(MIGRATIONS.parent))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Walk forward. `url` is a direct connection as the tables' owner, not one through a transaction pooler."""
    command.upgrade(_config(url), revision)


def downgrade(url: str, revision: str = "base") -> None:
    """Walk back. What a migration made is dropped with its rows."""
    command.downgrade(_config(url), revision)


def latest() -> str:
    """The newest revision in the code."""
    return str(ScriptDirectory.from_config(_config("postgresql://")).get_current_head())


def current(url: str) -> str | None:
    """The revision that a database is at; None for an empty one."""
    engine = create_engine(async_url(url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
