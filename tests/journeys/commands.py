"""The command line as a person runs it: real processes, on a data folder and a port of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

STUDIOLO = str(Path(sys.executable).with_name("studiolo"))
_OURS = ("STUDIOLO_", "DATABASE_", "DIRECT_", "REDIS_", "ALLOW", "CLERK_", "LOG_", "WORKER_")


def environment(**changes: str) -> dict[str, str]:
    """Ours, without what would point a command at somebody's settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OURS)} | changes


def studiolo(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [STUDIOLO, *arguments], env=environment(**changes), capture_output=True, text=True, check=False, timeout=60
    )


def eventually(what: Callable[[], bool], *, seconds: float = 30.0) -> None:
    """Wait until it is so. AssertionError when it is not in time."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def process_tree(root: int) -> dict[int, str]:
    """Every living process below `root`, with its command line."""
    parents: dict[int, int] = {}
    lines: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                told = (entry / "stat").read_text().rpartition(")")[2].split()
                line = (entry / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
            if told[0] != "Z":
                parents[int(entry.name)] = int(told[1])
                lines[int(entry.name)] = line
    below = {root}
    while True:
        more = {pid for pid, parent in parents.items() if parent in below} - below
        if not more:
            return {pid: lines[pid] for pid in below - {root}}
        below |= more


def is_alive(pid: int) -> bool:
    """Whether the process exists and is no corpse."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Up:
    """`studiolo up`, started."""

    def __init__(self, data_dir: Path, port: int, **changes: str) -> None:
        self.data_dir = data_dir
        self.address = f"http://127.0.0.1:{port}"
        self._told = data_dir.with_name(f"{data_dir.name}.told")
        began = time.monotonic()
        with self._told.open("w") as output:
            self.process = subprocess.Popen(
                [STUDIOLO, "up", "--port", str(port), "--data-dir", str(data_dir)],
                env=environment(**changes),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        eventually(lambda: "Authorization: " in self.told or self.process.poll() is not None, seconds=90)
        assert self.process.poll() is None, self.told
        self.seconds_to_ready = time.monotonic() - began

    @property
    def told(self) -> str:
        """All that it printed so far."""
        return self._told.read_text()

    @property
    def token(self) -> str:
        """The one that it printed to be pasted."""
        return next(line for line in self.told.splitlines() if line.startswith("Authorization: ")).split()[-1]

    def pids_of(self, part: str) -> list[int]:
        """Its processes whose command line has this in it, in the order of their start."""
        return sorted(pid for pid, line in process_tree(self.process.pid).items() if part in line)

    def kill_part(self, part: str) -> None:
        """kill -9 the first of them."""
        os.kill(self.pids_of(part)[0], signal.SIGKILL)

    def is_ready(self) -> bool:
        """What `/readyz` says."""
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def ask(self, document: str, *, token: str | None = None) -> Any:
        """Run an operation; its data. AssertionError on errors."""
        status, body = self.post(document, token=token or self.token)
        assert status == 200, body
        assert "errors" not in body, body
        return body["data"]

    def post(self, document: str, *, token: str | None) -> tuple[int, Mapping[str, Any]]:
        """Status and body of the answer."""
        headers = {"content-type": "application/json", "accept": "application/json"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        request = urllib.request.Request(
            f"{self.address}/graphql", data=json.dumps({"query": document}).encode(), headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)

    def stop(self, asked: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit status."""
        self.process.send_signal(asked)
        return self.process.wait(40)
