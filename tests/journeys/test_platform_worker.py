"""Jobs outlive their workers: killed, stopped or signalled twice, what was begun is done in the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters.dramatiq import DramatiqJobQueue, publishing_broker
from adapters.embedded import EmbeddedValkey
from tests.journeys.commands import environment, eventually, is_alive, process_tree

pytestmark = [pytest.mark.journey]

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def valkey() -> Iterator[EmbeddedValkey]:
    with tempfile.TemporaryDirectory(prefix="studiolo-test-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedValkey(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def notes(tmp_path: Path, valkey: EmbeddedValkey) -> Path:
    publishing_broker(valkey.url()).client.flushall()
    (tmp_path / "notes").touch()
    return tmp_path / "notes"


@contextmanager
def a_worker(valkey: EmbeddedValkey, notes: Path) -> Iterator[subprocess.Popen[bytes]]:
    boots = notes.read_text().count("booted")
    command = ["-m", "dramatiq", "--processes=1", "--threads=2", "--worker-shutdown-timeout=10000"]
    master = subprocess.Popen(
        [sys.executable, *command, "--worker-fork-timeout=1000", "tests.journeys.slow_worker:start"],
        cwd=PROJECT,
        env=environment(REDIS_URL=valkey.url(), NOTES=str(notes), dramatiq_worker_timeout="100"),
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        eventually(lambda: notes.read_text().count("booted") > boots)
        yield master
    finally:
        for pid in [*process_tree(master.pid), master.pid]:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        master.wait()


async def ask(valkey: EmbeddedValkey, seconds: float) -> None:
    await DramatiqJobQueue(publishing_broker(valkey.url())).enqueue("slow", seconds=str(seconds))


async def test_a_killed_workers_job_is_given_to_the_next_soon(valkey: EmbeddedValkey, notes: Path) -> None:
    with a_worker(valkey, notes) as first:
        await ask(valkey, 2)
        eventually(lambda: "began" in notes.read_text())
        for pid in [first.pid, *process_tree(first.pid)]:
            os.kill(pid, signal.SIGKILL)
    killed = time.monotonic()
    with a_worker(valkey, notes):
        eventually(lambda: "ended" in notes.read_text(), seconds=40)
    assert time.monotonic() - killed < 15  # two seconds of silence, and two of work
    assert notes.read_text().split() == ["booted", "began", "booted", "began", "ended"]


async def test_a_worker_that_is_asked_to_stop_ends_its_job_first(valkey: EmbeddedValkey, notes: Path) -> None:
    with a_worker(valkey, notes) as master:
        await ask(valkey, 2)
        eventually(lambda: "began" in notes.read_text())
        master.terminate()
        assert master.wait(15) == 0
    assert notes.read_text().split() == ["booted", "began", "ended"]


async def test_signalled_twice_it_is_dead_and_not_half_alive(valkey: EmbeddedValkey, notes: Path) -> None:
    with a_worker(valkey, notes) as master:
        below = process_tree(master.pid)
        await ask(valkey, 1)
        eventually(lambda: "began" in notes.read_text())
        for _ in range(2):  # as a supervisor does that signals the whole group, not the master alone
            os.killpg(master.pid, signal.SIGTERM)
        master.wait(20)
        eventually(lambda: not any(is_alive(pid) for pid in below), seconds=10)
