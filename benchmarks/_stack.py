"""The product's real processes, one by one: stores, API and any number of workers, which a benchmark may kill."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import psycopg

from adapters.embedded.folders import free_port
from adapters.embedded.postgres import EmbeddedPostgres
from adapters.embedded.valkey import EmbeddedValkey
from adapters.postgres import migrations
from entrypoints.cli.client import StudioloClient
from entrypoints.cli.development_token import mint
from entrypoints.cli.supervision import Command
from entrypoints.settings import Settings
from tests.journeys.commands import environment, eventually, is_alive, process_tree
from tests.wire.embedding_server import EmbeddingServer

MODEL = "counted"
_TOKEN = timedelta(hours=6)


def served_by(server: EmbeddingServer, *, requests_per_minute: int, **changes: str) -> dict[str, str]:
    """The settings that make an OpenAI-compatible server on this machine the embedder, with this budget."""
    return {
        "EMBEDDING_PROVIDER": "openai-compatible",
        "OPENAI_COMPATIBLE_URL": server.url,
        "EMBEDDING_MODEL": MODEL,
        "EMBEDDING_REQUESTS_PER_MINUTE": str(requests_per_minute),
        **changes,
    }


class Stack:
    """`with Stack(settings...) as stack:` runs stores and API; `start_worker()` as many workers as are wanted.

    Unlike `studiolo up` it starts nothing again that ended.
    """

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="studiolo-benchmark-", ignore_cleanup_errors=True)
        self.folder = Path(self._folder.name)
        self._postgres = EmbeddedPostgres(self.folder / "postgres")
        self._valkey = EmbeddedValkey(self.folder / "valkey")
        self._changes = {"WORKER_HEARTBEAT_SECONDS": "2", "SWEEP_SECONDS": "1", **(settings or {})}
        self._port = free_port()
        self._processes: list[subprocess.Popen[bytes]] = []
        self.url = f"http://127.0.0.1:{self._port}/graphql"
        self.logs = {name: self.folder / f"{name}.log" for name in ("api", "worker")}

    def __enter__(self) -> Self:
        try:
            self._postgres.start()
            self._valkey.start()
            migrations.upgrade(self._postgres.url("owner"))
            self._wait_for(self._start("api", "serve"))
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        for process in self._processes:
            for pid in [*process_tree(process.pid), process.pid]:
                if is_alive(pid):
                    os.kill(pid, signal.SIGKILL)
            process.wait()
        self._valkey.stop()
        self._postgres.stop()
        self._folder.cleanup()

    def start_api(self, *, port: int, command: Sequence[str] | None = None) -> subprocess.Popen[bytes]:
        """Another API process on that port, by this command (default: `studiolo serve`); ready when this returns."""
        api = self._start("api", "serve", port=port, command=command)
        self._wait_for(api, port)
        return api

    def start_worker(self) -> subprocess.Popen[bytes]:
        """Another `studiolo worker`, in a process group of its own."""
        return self._start("worker", "worker")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """SIGKILL to its whole group: master, worker processes, and all that they have not set apart."""
        with suppress(ProcessLookupError):  # it ended by itself
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._processes.remove(process)

    def token(self, user: str) -> str:
        """Of the development issuer, for some hours."""
        settings = Settings(_env_file=None, STUDIOLO_DATA_DIR=self.folder / "data")  # type: ignore[call-arg]
        return mint(settings, user, _TOKEN)

    def client(self, user: str | None = None, *, port: int | None = None) -> StudioloClient:
        """Signed in as a new user, or as this one, at the first API or at that of a port."""
        url = self.url if port is None else f"http://127.0.0.1:{port}/graphql"
        return StudioloClient(url, self.token(user or f"bench-{uuid4().hex[:12]}"))

    def one(self, query: str) -> Any:
        """The one value of a query, asked as the superuser: no row is hidden."""
        with psycopg.connect(self._postgres.url("postgres"), autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
        return None if row is None else row[0]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query, asked as the superuser."""
        with psycopg.connect(self._postgres.url("postgres"), autocommit=True) as connection:
            return connection.execute(query.encode()).fetchall()

    def _start(
        self, name: str, *arguments: str, port: int | None = None, command: Sequence[str] | None = None
    ) -> subprocess.Popen[bytes]:
        role = "api" if name == "api" else "worker"
        settings = environment(
            DATABASE_URL=self._postgres.url(role),  # type: ignore[arg-type]
            REDIS_URL=self._valkey.url(),
            STUDIOLO_DATA_DIR=str(self.folder / "data"),
            STUDIOLO_PORT=str(port or self._port),
            **self._changes,
        )
        with self.logs[name].open("ab") as log:
            process = subprocess.Popen(
                command or Command.line(*arguments),
                cwd=self.folder,
                env=settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def _wait_for(self, api: subprocess.Popen[bytes], port: int | None = None) -> None:
        eventually(lambda: self._answers(port or self._port) or api.poll() is not None, seconds=90)
        if api.poll() is not None:
            raise RuntimeError(self.logs["api"].read_text()[-4_000:])

    def _answers(self, port: int) -> bool:
        from entrypoints.cli.up import answers

        return answers(Settings(_env_file=None, STUDIOLO_PORT=port))  # type: ignore[call-arg]


def waited(what: Any, *, seconds: float, every: float = 0.25) -> bool:
    """Whether it became so in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(every)
    return bool(what())
