"""A real PostgreSQL in a folder: made once, started and stopped with us, recovering by itself from any kill."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from adapters.embedded.binaries import CPUINFO, postgres_programs, require_vector_instructions
from adapters.embedded.cluster import DATABASE, HERE, LOGINS, Role, ensure_cluster, kept_passwords
from adapters.embedded.errors import ServerFailed
from adapters.embedded.folders import make_folder, require_room
from adapters.embedded.processes import Account, plain_environment, server_account, spawn, stop
from adapters.embedded.starting import HOST, serve_on_kept_port, size_of, wait_for_leftovers, wait_until_ready

_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "120",
    # /dev/shm is 64 MB in a container by default: a parallel index build needs more.
    "dynamic_shared_memory_type": "mmap",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "log_min_messages": "warning",
}
_FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "autovacuum_naptime": "5min",
}


class EmbeddedPostgres:
    """One cluster in `folder`, served on 127.0.0.1 with passwords. Start it from the main thread.

    `fast` survives any kill but no power cut: for tests, whose clusters are thrown away.
    """

    name = "PostgreSQL"

    def __init__(self, folder: Path, *, fast: bool = False, cpuinfo: Path = CPUINFO) -> None:
        self.folder = folder.resolve()
        self.port: int | None = None
        self._fast = fast
        self._cpuinfo = cpuinfo
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Of the running server."""
        return self._process.pid if self._process is not None and self.is_running() else None

    def is_running(self) -> bool:
        """Whether our child is alive."""
        return self._process is not None and self._process.poll() is None

    def start(self, *, patience: float = 120.0) -> None:
        """Make the cluster if there is none, recover it if it was killed, and wait until it answers.

        Started again on the same object it keeps its port. Errors: CannotStart and its kinds.
        """
        require_vector_instructions(self._cpuinfo)
        make_folder(self.folder)
        require_room(self.folder)
        account = server_account()
        programs = postgres_programs(account)
        ensure_cluster(self._cluster, programs=programs, account=account, passwords=self._passwords())
        wait_for_leftovers(self._cluster, "postgres")
        # A stale pid file may name a number that a stranger has today (in a container they begin at 1 again), and
        # PostgreSQL would refuse to start. Nobody lives in the cluster, and we hold the lock of the data folder.
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)
        self.port = serve_on_kept_port(
            self.folder / "port", self.port, lambda port: self._serve(port, programs, account, patience)
        )

    def stop(self) -> None:
        """End the sessions, write everything out, and wait; a server that will not is made to."""
        if self._process is not None:
            stop(self._process, signals=[(signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0)])
            self._process = None

    def url(self, role: Role, *, database: str = DATABASE) -> str:
        """Where a client connects. `owner` owns the tables; `api` and `worker` own nothing; `postgres` may do all."""
        if self.port is None:
            raise ServerFailed(self.name, "it has no address before it is started")
        return f"postgresql://{LOGINS[role]}:{self._passwords()[role]}@{HOST}:{self.port}/{database}"

    @property
    def _cluster(self) -> Path:
        return self.folder / "cluster"

    def _passwords(self) -> dict[Role, str]:
        return kept_passwords(self.folder / "passwords.json")

    def _serve(self, port: int, programs: Path, account: Account | None, patience: float) -> None:
        settings = _SETTINGS | (_FAST if self._fast else {}) | {"port": str(port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log = self.folder / "log"
        since = size_of(log)
        process = spawn(
            [programs / "postgres", "-D", HERE, *options],
            folder=self._cluster,
            # A fast shutdown: whoever kills us leaves neither a server nor a pid file behind.
            death_signal=signal.SIGINT,
            log=log,
            account=account,
            environment=plain_environment(),
        )
        self._process = process
        wait_until_ready(
            self.name, process, lambda: self._is_ready(process.pid), log=log, since=since, patience=patience
        )

    def _is_ready(self, pid: int) -> bool:
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"
