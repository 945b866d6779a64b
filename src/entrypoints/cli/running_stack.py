"""Where the running services of a data folder are: written by `studiolo up`, read by the other commands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from adapters.embedded.errors import CannotStart
from adapters.embedded.folders import write_private
from adapters.embedded.lock import holder_of
from entrypoints.settings import Settings


class NothingRuns(CannotStart):
    """No address was given, and no stack runs on the data folder."""

    def __init__(self, missing: tuple[str, ...], folder: Path) -> None:
        super().__init__(
            f"{' and '.join(missing)} not set, and no Studiolo runs on the data folder {folder}: "
            "start one with `studiolo up`."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Of the stores, with passwords: one database login for each role."""

    owner: str
    api: str
    worker: str
    redis: str


@contextmanager
def published(folder: Path, addresses: Addresses) -> Iterator[None]:
    """The addresses can be read by the other commands of this user, while the block lasts."""
    write_private(_file(folder), json.dumps(asdict(addresses)))
    try:
        yield
    finally:
        forget(folder)


def forget(folder: Path) -> None:
    """Take away what a killed stack has left behind."""
    _file(folder).unlink(missing_ok=True)


def addresses_of(folder: Path) -> Addresses | None:
    """Those of the stack that runs on this folder now; None when none does, or it is still starting."""
    if holder_of(folder) is None:
        return None
    try:
        return Addresses(**json.loads(_file(folder).read_text()))
    except FileNotFoundError:
        return None


def completed(settings: Settings, role: Literal["owner", "api", "worker"], *, broker: bool = True) -> Settings:
    """The settings with the addresses of the running stack where they name none. Errors: NothingRuns.

    Without `broker` it does not matter where Redis is.
    """
    needed = [("DATABASE_URL", settings.database_url)] + ([("REDIS_URL", settings.redis_url)] if broker else [])
    missing = tuple(name for name, url in needed if url is None)
    if not missing:
        return settings
    found = addresses_of(settings.data_dir)
    if found is None:
        raise NothingRuns(missing, settings.data_dir)
    changes: dict[str, str] = {}
    if settings.redis_url is None:
        changes["redis_url"] = found.redis
    if settings.database_url is None:
        changes["database_url"] = getattr(found, role)
        changes["direct_url"] = found.owner
    return settings.model_copy(update=changes)


def _file(folder: Path) -> Path:
    return folder / "running.json"
