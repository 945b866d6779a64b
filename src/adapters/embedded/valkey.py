"""A real Valkey in a folder: broker and live streams, every write kept in an append-only file."""

from __future__ import annotations

import secrets
import signal
import socket
import subprocess
from pathlib import Path

from adapters.embedded.binaries import valkey_program
from adapters.embedded.errors import ServerFailed
from adapters.embedded.folders import make_folder, require_room, write_private
from adapters.embedded.processes import Account, plain_environment, server_account, spawn, stop
from adapters.embedded.starting import HOST, serve_on_kept_port, size_of, wait_for_leftovers, wait_until_ready

_PROGRAM = "valkey-server"


class EmbeddedValkey:
    """One Valkey with its data in `folder`, served on 127.0.0.1 with a password. Start it from the main thread."""

    name = "Valkey"

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.port: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Of the running server."""
        return self._process.pid if self._process is not None and self.is_running() else None

    def is_running(self) -> bool:
        """Whether our child is alive."""
        return self._process is not None and self._process.poll() is None

    def start(self, *, patience: float = 60.0) -> None:
        """Start it, load what the append-only file holds, and wait until it answers.

        Started again on the same object it keeps its port. Errors: CannotStart and its kinds.
        """
        make_folder(self.folder)
        require_room(self.folder)
        account = server_account()
        program = valkey_program(account)
        if not self._data.exists():
            make_folder(self._data)
            if account:
                account.owns(self._data)
        wait_for_leftovers(self._data, _PROGRAM)
        self.port = serve_on_kept_port(
            self.folder / "port", self.port, lambda port: self._serve(port, program, account, patience)
        )

    def stop(self) -> None:
        """Write everything out and wait."""
        if self._process is not None:
            stop(self._process, signals=[(signal.SIGTERM, 10.0)])
            self._process = None

    def url(self) -> str:
        """Where a client connects."""
        if self.port is None:
            raise ServerFailed(self.name, "it has no address before it is started")
        return f"redis://:{self._password()}@{HOST}:{self.port}/0"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _password(self) -> str:
        file = self.folder / "password"
        if not file.exists():
            write_private(file, secrets.token_urlsafe(24))
        return file.read_text()

    def _serve(self, port: int, program: Path, account: Account | None, patience: float) -> None:
        log = self.folder / "log"
        since = size_of(log)
        process = spawn(
            [program, "-"],
            folder=self._data,
            death_signal=signal.SIGTERM,
            log=log,
            account=account,
            environment=plain_environment(),
            stdin=subprocess.PIPE,
        )
        self._process = process
        settings = (
            f"bind {HOST}",
            f"port {port}",
            f"requirepass {self._password()}",
            "appendonly yes",
            "appendfsync everysec",
            # A file cut short by a kill is loaded up to the last whole command.
            "aof-load-truncated yes",
            'save ""',
            "loglevel warning",
        )
        # By its standard input: the password stands neither on the command line nor in one more file.
        assert process.stdin is not None
        with process.stdin as stdin:
            stdin.write("\n".join(settings).encode())
        wait_until_ready(self.name, process, lambda: self._answers(port), log=log, since=since, patience=patience)

    def _answers(self, port: int) -> bool:
        """PONG; while it loads the append-only file it says LOADING instead."""
        try:
            with socket.create_connection((HOST, port), timeout=1.0) as connection:
                connection.sendall(f"AUTH {self._password()}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    received = connection.recv(256)
                    if not received:
                        return False
                    answer += received
        except OSError:
            return False
        return answer.endswith(b"+PONG\r\n")
