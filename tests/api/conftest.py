"""The API in this process: the real edge, real tokens and the real composition, on memory adapters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from adapters.development_issuer import DevelopmentIssuer
from adapters.extraction.pool import ProcessExtractor
from adapters.memory.database import MemoryDatabase
from adapters.system import utc_now
from application.app import Application
from entrypoints.graphql.schema import PARTS, build_schema
from entrypoints.http.app import build_app
from entrypoints.settings import Settings, load_settings
from tests.api.clients import Api
from tests.api.probe_part import PROBES
from tests.api.shelf import Shelf
from tests.applications import InMemory, memory_application
from tests.builders import a_subject


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> DevelopmentIssuer:
    """Signs tokens for anybody. One key for all tests: making one takes a tenth of a second."""
    return DevelopmentIssuer(tmp_path_factory.mktemp("issuer"), clock=utc_now)


@pytest.fixture(scope="session")
def extractor() -> Iterator[ProcessExtractor]:
    """The real one; its processes start when the first file is read."""
    extractor = ProcessExtractor(processes=1)
    yield extractor
    extractor.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """As ever, but for files: a test need not send fifty megabytes."""
    return load_settings(
        env_file=None, data_dir=tmp_path, max_upload_bytes=100_000, allowed_origins="https://app.example"
    )


@pytest.fixture
def memory(settings: Settings, issuer: DevelopmentIssuer, extractor: ProcessExtractor) -> InMemory:
    """The application with the memory under it; `await memory.work()` does what a worker would."""
    return memory_application(settings, verifier=issuer, extractor=extractor)


@pytest.fixture
def application(memory: InMemory) -> Application:
    return memory.application


@pytest.fixture
def database(memory: InMemory) -> MemoryDatabase:
    return memory.database


@pytest.fixture
def shelf(database: MemoryDatabase) -> Shelf:
    return Shelf(database)


@pytest.fixture
def app(application: Application, settings: Settings) -> ASGIApp:
    """The edge with its real schema, and fields beside that fail, count and measure for its tests."""
    return build_app(application, settings, schema=build_schema(parts=(*PARTS, PROBES)))


@pytest.fixture
def stranger(app: ASGIApp) -> Api:
    """The API as somebody without a token sees it."""
    return Api(app)


@pytest.fixture
def sign_in(app: ASGIApp, issuer: DevelopmentIssuer) -> Callable[[], Api]:
    """Makes a new user of the API at each call."""
    return lambda: Api(app, issuer.mint(a_subject(), timedelta(minutes=5)))


@pytest.fixture
def api(sign_in: Callable[[], Api]) -> Api:
    """The API as a new user sees it."""
    return sign_in()
