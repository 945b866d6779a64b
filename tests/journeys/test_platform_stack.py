"""`studiolo up` as a person lives with it: started, asked, wounded in every part, killed, started again, stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.embedded import EmbeddedPostgres, EmbeddedValkey, holder_of
from adapters.embedded.folders import free_port
from tests.journeys.commands import STUDIOLO, Up, environment, eventually, is_alive, process_tree, studiolo

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("platform"), pytest.mark.timeout(240)]

FORMAT = "{ viewer { preferences { citationFormat } } }"
POSTGRES, VALKEY, API, WORKER = "/postgres -D", "valkey-server", "entrypoints.cli serve", "dramatiq"


def prefer(format: str) -> str:
    return (
        f"mutation {{ updatePreferences(input: {{citationFormat: {format}}}) {{ preferences {{ citationFormat }} }} }}"
    )


def preferred(up: Up) -> str:
    found: str = up.ask(FORMAT)["viewer"]["preferences"]["citationFormat"]
    return found


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="studiolo-journey-", ignore_cleanup_errors=True) as outer:
        yield Path(outer)


def test_one_life_of_a_stack(folder: Path) -> None:
    """One test, because each start takes seconds and each step stands on the one before."""
    data_dir, port = folder / "data", free_port()
    up = Up(data_dir, port)
    try:
        it_tells_how_to_begin(up, port)
        it_signs_in_with_a_token_and_not_without(up)
        a_second_starter_is_refused(up, port)
        the_doctor_finds_it_well(up)
        migrating_again_changes_nothing(up)
        up.ask(prefer("MLA"))
        for part in (POSTGRES, VALKEY, API, WORKER):
            it_heals(up, part)
        assert preferred(up) == "MLA"
        a_killed_worker_child_is_replaced(up)
        everything_dies_with_the_supervisor(up)
        up = Up(data_dir, port)
        assert preferred(up) == "MLA"
        assert up.seconds_to_ready < 15  # five on a machine that does nothing else
        it_stops_cleanly(up, signal.SIGINT)
    finally:
        if up.process.poll() is None:
            up.process.kill()
    nothing_is_said_to_run(data_dir)


def it_tells_how_to_begin(up: Up, port: int) -> None:
    assert f"http://127.0.0.1:{port}/graphql" in up.told
    assert "Ctrl-C" in up.told
    assert "\x1b" not in up.told  # plain where it is not a terminal


def it_signs_in_with_a_token_and_not_without(up: Up) -> None:
    status, body = up.post(FORMAT, token=None)
    assert (status, body["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    assert preferred(up) == "APA"
    minted = studiolo("token", "--user", "anna", "--data-dir", str(up.data_dir)).stdout
    assert minted.count("\n") == 1
    assert up.ask(FORMAT, token=minted.strip())
    expired = studiolo("token", "--user", "anna", "--data-dir", str(up.data_dir), "--expires-in", "-1").stdout.strip()
    status, body = up.post(FORMAT, token=expired)
    assert (status, body["errors"][0]["extensions"]["reason"]) == (401, "expired")


def a_second_starter_is_refused(up: Up, port: int) -> None:
    refused = studiolo("up", "--data-dir", str(up.data_dir), "--port", str(port))
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert f"process {up.process.pid}" in refused.stderr


def the_doctor_finds_it_well(up: Up) -> None:
    told = studiolo("doctor", "--data-dir", str(up.data_dir))
    assert told.returncode == 0, told.stdout + told.stderr
    assert all(line.startswith("✓ ") for line in told.stdout.splitlines())
    assert "pgvector" in told.stdout


def migrating_again_changes_nothing(up: Up) -> None:
    assert studiolo("migrate", "--data-dir", str(up.data_dir)).returncode == 0


def it_heals(up: Up, part: str) -> None:
    before = up.pids_of(part)
    up.kill_part(part)
    eventually(lambda: not set(before) & set(up.pids_of(part)) and up.pids_of(part) != [] and up.is_ready())


def a_killed_worker_child_is_replaced(up: Up) -> None:
    eventually(lambda: len(up.pids_of(WORKER)) >= 2)
    master, child = up.pids_of(WORKER)[:2]  # what the child has started itself comes later
    os.kill(child, signal.SIGKILL)
    eventually(lambda: not is_alive(master) and len(up.pids_of(WORKER)) >= 2)


def everything_dies_with_the_supervisor(up: Up) -> None:
    below = process_tree(up.process.pid)
    assert len(below) > 5
    up.process.kill()
    up.process.wait()
    eventually(lambda: not any(is_alive(pid) for pid in below), seconds=10)


def it_stops_cleanly(up: Up, asked: signal.Signals) -> None:
    below = process_tree(up.process.pid)
    assert up.stop(asked) == 0
    assert "Traceback" not in up.told
    eventually(lambda: not any(is_alive(pid) for pid in below), seconds=5)


def nothing_is_said_to_run(data_dir: Path) -> None:
    for command in ("doctor", "serve", "worker", "migrate"):
        refused = studiolo(command, "--data-dir", str(data_dir))
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), command
        assert "studiolo up" in refused.stderr


def test_with_its_parent_it_dies_too(folder: Path) -> None:
    """So that killing `make run` leaves nothing behind that would be in the way of the next one."""
    source = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    command = [STUDIOLO, "up", "--with-parent", "--data-dir", str(folder / "data"), "--port", str(free_port())]
    parent = subprocess.Popen([sys.executable, "-c", source, *command], env=environment(), stdout=subprocess.DEVNULL)
    eventually(lambda: holder_of(folder / "data") is not None)
    eventually(lambda: any(POSTGRES in line for line in process_tree(parent.pid).values()))
    below = process_tree(parent.pid)
    parent.kill()
    parent.wait()
    eventually(lambda: not any(is_alive(pid) for pid in below), seconds=10)


def test_given_servers_are_used_instead_of_embedded_ones(folder: Path) -> None:
    postgres, valkey = EmbeddedPostgres(folder / "given/postgres", fast=True), EmbeddedValkey(folder / "given/valkey")
    postgres.start()
    valkey.start()
    try:
        up = Up(folder / "other", free_port(), DATABASE_URL=postgres.url("postgres"), REDIS_URL=valkey.url())
        assert up.pids_of(POSTGRES) == up.pids_of(VALKEY) == []
        up.ask(prefer("CHICAGO"))
        assert preferred(up) == "CHICAGO"
        assert up.stop() == 0
    finally:
        postgres.stop()
        valkey.stop()


class TestWhatCannotStart:
    def told(self, run: subprocess.CompletedProcess[str]) -> str:
        assert run.returncode == 1
        assert run.stderr.count("\n") == 1, run.stderr
        assert run.stderr.startswith("studiolo: ")
        return run.stderr

    def test_a_taken_port(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            told = self.told(studiolo("up", "--data-dir", str(tmp_path / "data"), "--port", str(port)))
        assert f"Port {port} on 127.0.0.1 is taken" in told

    def test_data_of_another_major_version(self, tmp_path: Path) -> None:
        cluster = tmp_path / "data/postgres/cluster"
        cluster.mkdir(parents=True)
        (cluster / "PG_VERSION").write_text("17\n")
        told = self.told(studiolo("up", "--data-dir", str(tmp_path / "data"), "--port", str(free_port())))
        assert "PostgreSQL 17" in told

    def test_a_data_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        assert "cannot be used" in self.told(studiolo("up", "--data-dir", str(tmp_path / "file/data")))
        assert "cannot be used" in self.told(studiolo("token", "--user", "anna", "--data-dir", str(tmp_path / "file")))

    def test_a_database_that_is_not_there(self, tmp_path: Path) -> None:
        nowhere = f"postgresql://anna:hunter2@127.0.0.1:{free_port()}/studiolo"
        told = self.told(studiolo("migrate", "--data-dir", str(tmp_path), DATABASE_URL=nowhere))
        assert "refused" in told
        assert "hunter2" not in told

    def test_a_broker_that_is_not_there(self, tmp_path: Path) -> None:
        given = {
            "DATABASE_URL": f"postgresql://anna@127.0.0.1:{free_port()}/studiolo",
            "REDIS_URL": f"redis://:hunter2@127.0.0.1:{free_port()}/0",
        }
        told = self.told(studiolo("up", "--data-dir", str(tmp_path), "--port", str(free_port()), **given))
        assert "REDIS_URL" in told
        assert "hunter2" not in told

    def test_wrong_settings_one_line_each(self, tmp_path: Path) -> None:
        run = studiolo("up", "--data-dir", str(tmp_path), STUDIOLO_PORT="eighty", WORKER_THREADS="0")
        assert run.returncode == 1
        assert [line.split(":")[1].strip() for line in run.stderr.splitlines()] == ["STUDIOLO_PORT", "WORKER_THREADS"]


def test_the_doctor_says_what_to_do_about_each_fault(tmp_path: Path) -> None:
    told = studiolo(
        "doctor",
        "--data-dir",
        str(tmp_path),
        DATABASE_URL=f"postgresql://anna@127.0.0.1:{free_port()}/studiolo",
        REDIS_URL=f"redis://127.0.0.1:{free_port()}/0",
    )
    assert told.returncode == 1
    lines = told.stdout.splitlines()
    failed = {line[2:].partition(":")[0] for line in lines if line.startswith("✗ ")}
    assert failed == {"database", "migrations", "vector search", "broker"}
    assert all("DATABASE_URL" in line or "REDIS_URL" in line for line in lines if line.startswith("✗ "))


def test_help_names_every_command() -> None:
    told = studiolo("--help").stdout
    for command in ("up", "serve", "worker", "migrate", "doctor", "token", "demo"):
        assert command in told
