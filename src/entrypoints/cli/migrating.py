"""Migrations at the start of `studiolo up`: in a child, and not at all where nothing can have changed."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Mapping
from pathlib import Path

from adapters.embedded.errors import CannotStart
from adapters.embedded.folders import write_private
from adapters.embedded.processes import telling_line
from entrypoints.cli.supervision import Command

VERSIONS = Path(__file__).resolve().parents[3] / "migrations" / "versions"


class MigrationFailed(CannotStart):
    """The database is not as the code needs it."""

    def __init__(self, said: str) -> None:
        super().__init__(f"The database could not be brought up to date: {said}")


def migrate_in_child(environment: Mapping[str, str]) -> None:
    """Run `studiolo migrate`, so that the supervisor never loads what it needs. Errors: MigrationFailed."""
    done = subprocess.run(  # noqa: S603
        Command.line("migrate"),
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise MigrationFailed(telling_line(done.stderr).removeprefix("studiolo: "))


def migrate_when_changed(environment: Mapping[str, str], cluster: Path) -> None:
    """The same, unless these very migrations were run on this very cluster before: that saves a second of every start.

    Only for a cluster of our own, which nobody else changes. Errors: MigrationFailed.
    """
    stamp = cluster.with_name("migrated")
    now = f"{cluster.stat().st_ino} {_fingerprint()}"
    if stamp.exists() and stamp.read_text() == now:
        return
    migrate_in_child(environment)
    write_private(stamp, now)


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for file in sorted(VERSIONS.glob("*.py")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
