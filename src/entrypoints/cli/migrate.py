"""`studiolo migrate`: the database as the code needs it."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from adapters.embedded.errors import CannotStart
from adapters.postgres import migrations
from entrypoints.cli.running_stack import completed
from entrypoints.settings import Settings


class DatabaseRefused(CannotStart):
    """It could not be reached, or did not do what the migration asked."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The database refused: {reason}")


def migrate(settings: Settings) -> None:
    """Walk to the newest revision. Errors: NothingRuns, DatabaseRefused."""
    url = completed(settings, "owner", broker=False).migrations_url
    assert url is not None
    try:
        migrations.upgrade(url)
    except DBAPIError as error:
        raise DatabaseRefused(str(error.orig).splitlines()[0]) from error
