"""Child processes that never outlive us, in their own session, as a system user where we are root."""

from __future__ import annotations

import ctypes
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.embedded.errors import NoSystemUser, ServerFailed

SYSTEM_USER = "studiolo"
_PR_SET_PDEATHSIG = 1
_LARGEST_LOG = 10_000_000
_SPEAKS_OF_AN_ERROR = re.compile(r"\b(FATAL|PANIC|ERROR|Fatal|error|[A-Z]\w+(Error|Exception))\b")
# Looked up before any fork: between fork and exec nothing may take a lock, and dlopen does.
_libc = ctypes.CDLL(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whom a server runs as."""

    name: str
    uid: int
    gid: int

    def owns(self, path: Path) -> None:
        """Hand a file or folder that we made over to this account."""
        os.chown(path, self.uid, self.gid)


def server_account(name: str = SYSTEM_USER) -> Account | None:
    """The system user for servers when we are root, made on first need; None when we are not (they run as we do).

    Errors: NoSystemUser.
    """
    if os.geteuid() != 0:
        return None
    found = _look_up(name)
    if found is None:
        said = _add_system_user(name)
        # Another starter may have made it in the same moment: what counts is that it exists now.
        found = _look_up(name)
        if found is None:
            raise NoSystemUser(name, said)
    return found


def _look_up(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)


def _add_system_user(name: str) -> str:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd is None:
        return "there is no useradd"
    options = "--system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin"
    made = subprocess.run(  # noqa: S603
        [useradd, *options.split(), name],
        capture_output=True,
        text=True,
        check=False,
    )
    return telling_line(made.stderr)


def bound_to_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """What a child does before it becomes its program: ask the kernel for a signal when its parent is gone.

    The kernel means the parent *thread*, so start children from a thread that lives as long as we do: the main one.
    """
    parent = os.getpid()

    def ask() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # it died before we could ask
            os._exit(1)

    return ask


def die_with_parent(parent: int, death_signal: signal.Signals) -> None:
    """The same for the process that calls it, whose parent was once process `parent`."""
    _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal))
    if os.getppid() != parent:  # it died before we could ask
        os.kill(os.getpid(), death_signal)


def spawn(
    command: Sequence[str | Path],
    *,
    folder: Path,
    death_signal: signal.Signals,
    log: Path | None = None,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a child that has `folder` as its working folder and gets `death_signal` when we die.

    The folder is entered before the user is changed, so a server reaches it as `/proc/self/cwd` even where its user may
    not walk through the parents, and none of them has to be opened up. Output goes to `log`, or to ours without one.
    """
    output = None
    if log is not None:
        _turn_over(log)
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(  # noqa: S603
            [str(part) for part in command],
            cwd=folder,
            stdin=stdin,
            stdout=output,
            stderr=output,
            env=None if environment is None else dict(environment),
            start_new_session=True,
            preexec_fn=bound_to_parent(death_signal),  # noqa: PLW1509 (it takes no lock and imports nothing)
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    finally:
        if output is not None:
            os.close(output)


def stop(process: subprocess.Popen[bytes], *, signals: Sequence[tuple[signal.Signals, float]]) -> None:
    """Ask with each signal in turn, waiting its seconds, and insist with SIGKILL at the end."""
    for asked, patience in signals:
        if process.poll() is not None:
            return
        process.send_signal(asked)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        return
    process.kill()
    process.wait()


def run_to_end(
    name: str, command: Sequence[str | Path], *, folder: Path, account: Account | None, text: str = ""
) -> str:
    """Run a set-up program with `text` as its input; what it printed. Errors: ServerFailed with its last line."""
    done = subprocess.run(  # noqa: S603
        [str(part) for part in command],
        cwd=folder,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        env=plain_environment(),
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if done.returncode != 0:
        raise ServerFailed(name, telling_line(done.stderr) or telling_line(done.stdout))
    return done.stdout + done.stderr


def plain_environment() -> dict[str, str]:
    """What a server needs from ours: neither our secrets nor the variables that would steer it elsewhere."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def living_in(folder: Path, program: str) -> Iterator[int]:
    """Ids of the processes of this program whose working folder is `folder`: what a killed supervisor left behind."""
    try:
        wanted = folder.stat()
    except FileNotFoundError:
        return
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            name = (entry / "comm").read_text().strip()
            where = (entry / "cwd").stat()
        except OSError:  # gone meanwhile, or another user's
            continue
        if name == program and (where.st_dev, where.st_ino) == (wanted.st_dev, wanted.st_ino):
            yield int(entry.name)


def telling_line(text: str) -> str:
    """The line that says why: the last one that speaks of an error, else the last one; empty when there is none."""
    lines = [line.strip() for each in text.splitlines() for line in _readable(each).splitlines() if line.strip()]
    return next((line for line in reversed(lines) if _SPEAKS_OF_AN_ERROR.search(line)), lines[-1] if lines else "")


def _readable(line: str) -> str:
    """The event of one of our own log lines, with its exception; any other line as it is."""
    if not line.startswith("{"):
        return line
    try:
        record = json.loads(line)
    except ValueError:
        return line
    return "\n".join(str(record[name]) for name in ("event", "exception") if name in record)


def telling_line_of(log: Path, *, since: int) -> str:
    """The same, from what was written to a log after its first `since` bytes."""
    try:
        with log.open("rb") as file:
            file.seek(since)
            return telling_line(file.read(_LARGEST_LOG).decode(errors="replace"))
    except FileNotFoundError:
        return ""


def _turn_over(log: Path) -> None:
    """One older log is kept; a log never grows past the limit over many starts."""
    if log.exists() and log.stat().st_size > _LARGEST_LOG:
        log.replace(log.with_name(log.name + ".1"))
