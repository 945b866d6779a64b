"""A PostgreSQL cluster on disk: made once, with its roles, database and passwords, before anybody can connect."""

from __future__ import annotations

import json
import secrets
import shutil
from pathlib import Path
from typing import Literal, TypeAlias

from adapters.embedded.errors import ServerFailed, WrongPostgresVersion
from adapters.embedded.folders import make_folder, write_private
from adapters.embedded.processes import Account, run_to_end
from adapters.embedded.starting import failure

Role: TypeAlias = Literal["owner", "api", "worker", "postgres"]

DATABASE = "studiolo"
HERE = "/proc/self/cwd"
"""The cluster as its server sees it: the working folder that it was started in, whatever the parents allow."""

LOGINS: dict[Role, str] = {
    "owner": "studiolo_owner",
    "api": "studiolo_api",
    "worker": "studiolo_worker",
    "postgres": "postgres",
}
_ONLY_PASSWORDS_OVER_LOOPBACK = "host all all 127.0.0.1/32 scram-sha-256\n"
_POWERLESS = "nosuperuser nocreatedb nocreaterole nobypassrls"


def ensure_cluster(cluster: Path, *, programs: Path, account: Account | None, passwords: dict[Role, str]) -> None:
    """Make the cluster if there is none. It is prepared aside: a half-made one is never taken for a good one.

    Errors: WrongPostgresVersion, DiskFull, ServerFailed.
    """
    wanted = _major_version(programs)
    if cluster.exists():
        found = (cluster / "PG_VERSION").read_text().strip()
        if found != wanted:
            raise WrongPostgresVersion(cluster.parent, found=found, wanted=wanted)
        return
    side = cluster.with_name("cluster.new")
    shutil.rmtree(side, ignore_errors=True)
    make_folder(side)
    if account:
        account.owns(side)
    try:
        _initialise(side, programs, account)
        _say(side, programs, account, _first_statements(passwords))
    except ServerFailed as error:
        shutil.rmtree(side, ignore_errors=True)
        raise failure("PostgreSQL", error.said, folder=cluster.parent) from error
    side.rename(cluster)


def kept_passwords(file: Path) -> dict[Role, str]:
    """One for each role, drawn on the first call and kept in the file, readable by us alone."""
    if not file.exists():
        write_private(file, json.dumps({role: secrets.token_urlsafe(24) for role in LOGINS}))
    passwords: dict[Role, str] = json.loads(file.read_text())
    return passwords


def _initialise(side: Path, programs: Path, account: Account | None) -> None:
    options = ["-D", HERE, "-U", "postgres", "--encoding=UTF8", "--auth=reject", "--no-instructions"]
    # The built-in locale does not depend on the machine's C library: the folder may move to another machine.
    options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    run_to_end("initdb", [programs / "initdb", *options], folder=side, account=account)
    (side / "pg_hba.conf").write_text(_ONLY_PASSWORDS_OVER_LOOPBACK)


def _say(side: Path, programs: Path, account: Account | None, statements: str) -> None:
    """Through the single-user server, which listens to nobody else, and keeps the passwords off the command line."""
    said = run_to_end(
        "PostgreSQL's first start",
        [programs / "postgres", "--single", "-D", HERE, "-c", "log_min_messages=error", "template1"],
        folder=side,
        account=account,
        text=statements,
    )
    failed = next((line.strip() for line in said.splitlines() if "ERROR:" in line), None)
    if failed:
        raise ServerFailed("PostgreSQL's first start", failed)


def _first_statements(passwords: dict[Role, str]) -> str:
    """One statement a line. The extensions go into the template: every later database, a test's too, has them."""
    named: tuple[Role, ...] = ("owner", "api", "worker")
    statements = (
        f"alter role postgres password '{passwords['postgres']}'",
        *(f"create role {LOGINS[role]} login {_POWERLESS} password '{passwords[role]}'" for role in named),
        "create extension vector",
        "create extension unaccent",
        f"create database {DATABASE} owner {LOGINS['owner']}",
        f"revoke all on database {DATABASE} from public",
        f"grant connect, temporary on database {DATABASE} to {LOGINS['api']}, {LOGINS['worker']}",
    )
    return "".join(f"{statement}\n" for statement in statements)


def _major_version(programs: Path) -> str:
    """`18`, from `postgres (PostgreSQL) 18.6`."""
    said = run_to_end("postgres --version", [programs / "postgres", "--version"], folder=Path("/"), account=None)
    return said.split()[-1].partition(".")[0]
