"""`studiolo up`: the whole product as one process tree."""

from __future__ import annotations

import http.client
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from adapters.embedded import EmbeddedPostgres, EmbeddedValkey, StarterLock
from adapters.embedded.errors import PortTaken
from adapters.embedded.folders import is_free, make_folder
from entrypoints.cli import sample_library
from entrypoints.cli.banner import STUDENT, TOKEN_DAYS, Banner
from entrypoints.cli.development_token import mint
from entrypoints.cli.environment import environment_of
from entrypoints.cli.given_broker import require_broker
from entrypoints.cli.migrating import migrate_in_child, migrate_when_changed
from entrypoints.cli.running_stack import Addresses, forget, published
from entrypoints.cli.supervision import Command, Interrupted, Supervisor, interruptible
from entrypoints.settings import Settings

_PORT_PATIENCE = 1.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (read here, not bound)


def up(settings: Settings, banner: Banner) -> None:
    """Start everything, say what is up, and keep it so until a signal comes. Errors: CannotStart."""
    try:
        with interruptible(), StarterLock(settings.data_dir), ExitStack() as stack:
            forget(settings.data_dir)
            _require_port(settings)
            logs = make_folder(settings.data_dir / "logs")
            supervisor = stack.enter_context(Supervisor(banner.note))
            addresses = _start_stores(settings, supervisor, banner)
            stack.enter_context(published(settings.data_dir, addresses))
            with banner.step("Migrations"):
                _migrate(settings, addresses)
            _start_commands(settings, addresses, logs, supervisor, banner)
            host = reachable_host(settings)
            address = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
            token = None if settings.clerk_issuer else mint(settings, STUDENT, timedelta(days=TOKEN_DAYS))
            library = None if token is None else sample_library.announce(address=address, token=token)
            banner.ready(settings, address=address, token=token, library=library)
            supervisor.watch()
    except Interrupted:
        banner.note("Stopped.")


def _require_port(settings: Settings) -> None:
    """Errors: PortTaken. A stack that was killed a moment ago is given time to let go of it."""
    deadline = time.monotonic() + _PORT_PATIENCE
    while not is_free(settings.host, settings.port):
        if time.monotonic() > deadline:
            raise PortTaken(settings.host, settings.port)
        time.sleep(0.05)


def _start_stores(settings: Settings, supervisor: Supervisor, banner: Banner) -> Addresses:
    """Our own servers, but for those whose address is given."""
    given = settings.database_url
    if given is None:
        postgres = EmbeddedPostgres(settings.data_dir / "postgres")
        with banner.step(postgres.name):
            supervisor.start(postgres)
        owner, api, worker = postgres.url("owner"), postgres.url("api"), postgres.url("worker")
    else:
        owner, api, worker = settings.direct_url or given, given, given
    redis = settings.redis_url
    if redis is None:
        valkey = EmbeddedValkey(settings.data_dir / "valkey")
        with banner.step(valkey.name):
            supervisor.start(valkey)
        redis = valkey.url()
    else:
        require_broker(redis)
    return Addresses(owner=owner, api=api, worker=worker, redis=redis)


def _migrate(settings: Settings, addresses: Addresses) -> None:
    environment = environment_of(_as(settings, addresses, addresses.api), direct_url=addresses.owner)
    if settings.database_url is None:
        migrate_when_changed(environment, settings.data_dir / "postgres/cluster")
    else:
        migrate_in_child(environment)


def _start_commands(
    settings: Settings, addresses: Addresses, logs: Path, supervisor: Supervisor, banner: Banner
) -> None:
    worker = Command(
        "Worker",
        ["worker"],
        environment=environment_of(_as(settings, addresses, addresses.worker)),
        log=logs / "worker.log",
    )
    api = Command(
        "API",
        ["serve"],
        environment=environment_of(_as(settings, addresses, addresses.api)),
        log=logs / "api.log",
        is_ready=lambda: answers(settings),
    )
    with banner.step("API and worker"):
        supervisor.start(worker)
        supervisor.start(api)


def _as(settings: Settings, addresses: Addresses, database: str) -> Settings:
    return settings.model_copy(update={"database_url": database, "redis_url": addresses.redis})


def answers(settings: Settings) -> bool:
    """Whether the API says that it can work."""
    connection = http.client.HTTPConnection(reachable_host(settings), settings.port, timeout=2.0)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def reachable_host(settings: Settings) -> str:
    """Where a client on this machine finds what listens on the configured host."""
    return _EVERYWHERE.get(settings.host, settings.host)
