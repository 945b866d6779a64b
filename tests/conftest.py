"""What every test may ask for. Each test worker has its own PostgreSQL, migrated once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.ext.asyncio import AsyncEngine

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.load_profile("default")

SHARED = Path(os.environ.get("STUDIOLO_SHARED", Path(__file__).resolve().parents[2] / "shared"))


@dataclass(frozen=True, slots=True)
class PostgresUrls:
    """One database, as its owner (migrations), the API, the worker and the superuser."""

    owner: str
    api: str
    worker: str
    superuser: str


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresUrls]:
    """A migrated database of this test worker, thrown away at the end."""
    from adapters.embedded.postgres import EmbeddedPostgres
    from adapters.postgres import migrations

    with tempfile.TemporaryDirectory(prefix="studiolo-test-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder), fast=True)
        server.start()
        try:
            urls = PostgresUrls(
                owner=server.url("owner"),
                api=server.url("api"),
                worker=server.url("worker"),
                superuser=server.url("postgres"),
            )
            migrations.upgrade(urls.owner)
            yield urls
        finally:
            server.stop()


@pytest.fixture
async def api_engine(postgres: PostgresUrls) -> AsyncIterator[AsyncEngine]:
    """Connections as the API's role, for one test."""
    from adapters.postgres.engine import create_engine

    engine = create_engine(postgres.api)
    yield engine
    await engine.dispose()


@pytest.fixture
async def worker_engine(postgres: PostgresUrls) -> AsyncIterator[AsyncEngine]:
    """Connections as the worker's role, for one test."""
    from adapters.postgres.engine import create_engine

    engine = create_engine(postgres.worker)
    yield engine
    await engine.dispose()


@pytest.fixture
def shared() -> Path:
    """The evaluation data beside the project; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the evaluation data is not beside the project")
    return SHARED
