"""The embedded servers as they really are: started, killed in every way, started again; nothing committed is lost."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from adapters.embedded import EmbeddedPostgres, EmbeddedValkey
from adapters.embedded.errors import DiskFull, UnsupportedProcessor, WrongPostgresVersion
from adapters.embedded.processes import living_in

pytestmark = [pytest.mark.journey, pytest.mark.database]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A data folder deep in another that only we may enter: what a careful person's temporary folder looks like."""
    with tempfile.TemporaryDirectory(prefix="studiolo-test-", ignore_cleanup_errors=True) as outer:
        yield Path(outer) / "deep" / "data"


@pytest.fixture
def postgres(folder: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(folder / "postgres")
    yield server
    server.stop()


@pytest.fixture
def valkey(folder: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(folder / "valkey")
    yield server
    server.stop()


def eventually(what: Callable[[], bool], *, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


class Notes:
    """Rows that were committed."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server
        with psycopg.connect(server.url("owner")) as connection:
            connection.execute("create table if not exists note (text text primary key)")

    def write(self, text: str) -> None:
        with psycopg.connect(self._server.url("owner")) as connection:
            connection.execute("insert into note values (%s)", [text])

    def has(self, text: str) -> bool:
        with psycopg.connect(self._server.url("owner")) as connection:
            return connection.execute("select 1 from note where text = %s", [text]).fetchone() is not None


class TestPostgres:
    def test_the_first_start_makes_a_database_with_what_is_needed(self, postgres: EmbeddedPostgres) -> None:
        postgres.start()
        with psycopg.connect(postgres.url("owner")) as connection:
            extensions = {name for (name,) in connection.execute("select extname from pg_extension")}
            collation = connection.execute(
                "select datlocprovider, datlocale from pg_database where datname = 'studiolo'"
            )
            assert {"vector", "unaccent"} <= extensions
            assert collation.fetchone() == ("b", "C.UTF-8")

    @pytest.mark.parametrize("role", ["api", "worker"])
    def test_the_applications_roles_own_nothing_and_may_make_nothing(
        self, postgres: EmbeddedPostgres, role: str
    ) -> None:
        postgres.start()
        with psycopg.connect(postgres.url("api" if role == "api" else "worker"), autocommit=True) as connection:
            row = connection.execute(
                "select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb from pg_roles "
                "where rolname = current_user"
            ).fetchone()
            assert row == (False,)
            for statement in ("create table public.mine (id int)", "create schema mine", "create role mine"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement)

    def test_nobody_connects_without_the_password(self, postgres: EmbeddedPostgres) -> None:
        postgres.start()
        for address in (
            f"postgresql://postgres@127.0.0.1:{postgres.port}/studiolo",
            f"postgresql://studiolo_api:wrong@127.0.0.1:{postgres.port}/studiolo",
        ):
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(address)

    def test_it_listens_to_this_machine_only_and_keeps_its_secrets(
        self, postgres: EmbeddedPostgres, folder: Path
    ) -> None:
        postgres.start()
        assert stat.S_IMODE((folder / "postgres/passwords.json").stat().st_mode) == 0o600
        command_line = Path(f"/proc/{postgres.pid}/cmdline").read_text()
        assert "listen_addresses=127.0.0.1" in command_line

    def test_a_second_start_has_the_same_address_and_the_same_rows(
        self, postgres: EmbeddedPostgres, folder: Path
    ) -> None:
        postgres.start()
        Notes(postgres).write("kept over a stop")
        address = postgres.url("api")
        postgres.stop()
        again = EmbeddedPostgres(folder / "postgres")
        again.start()
        try:
            assert again.url("api") == address
            assert Notes(again).has("kept over a stop")
        finally:
            again.stop()

    def test_killed_alone_it_recovers(self, postgres: EmbeddedPostgres) -> None:
        postgres.start()
        Notes(postgres).write("kept over a kill")
        address = postgres.url("owner")
        assert postgres.pid is not None
        os.kill(postgres.pid, signal.SIGKILL)
        eventually(lambda: not postgres.is_running())
        postgres.start()
        assert postgres.url("owner") == address
        assert Notes(postgres).has("kept over a kill")

    def test_killed_with_all_its_children_it_recovers(self, postgres: EmbeddedPostgres, folder: Path) -> None:
        postgres.start()
        Notes(postgres).write("kept over many kills")
        for pid in list(living_in(folder / "postgres/cluster", "postgres")):
            with suppress(ProcessLookupError):  # the first kill makes the others end by themselves
                os.kill(pid, signal.SIGKILL)
        eventually(lambda: not postgres.is_running())
        postgres.start()
        assert Notes(postgres).has("kept over many kills")

    def test_a_stale_pid_file_that_names_a_stranger_harms_neither(
        self, postgres: EmbeddedPostgres, folder: Path
    ) -> None:
        postgres.start()
        Notes(postgres).write("kept beside a stranger")
        assert postgres.pid is not None
        pid_file = folder / "postgres/cluster/postmaster.pid"
        told = pid_file.read_text()
        os.kill(postgres.pid, signal.SIGKILL)
        eventually(lambda: not postgres.is_running())
        with subprocess.Popen(["sleep", "60"]) as stranger:
            pid_file.write_text(told.replace(str(told.split()[0]), str(stranger.pid), 1))
            postgres.start()
            assert Notes(postgres).has("kept beside a stranger")
            assert stranger.poll() is None
            stranger.kill()

    def test_a_start_that_was_killed_half_way_is_begun_again(self, folder: Path) -> None:
        half = folder / "half/cluster.new"
        half.mkdir(parents=True)
        (half / "PG_VERSION").write_text("18\n")
        server = EmbeddedPostgres(folder / "half")
        server.start()
        server.stop()
        assert not half.exists()

    def test_a_kept_port_that_somebody_took_is_replaced(self, postgres: EmbeddedPostgres, folder: Path) -> None:
        postgres.start()
        taken = postgres.port
        assert taken is not None
        postgres.stop()
        with socket.create_server(("127.0.0.1", taken)):
            other = EmbeddedPostgres(folder / "postgres")
            other.start()
            try:
                assert other.port != taken
                with psycopg.connect(other.url("api")) as connection:
                    assert connection.execute("select 1").fetchone() == (1,)
            finally:
                other.stop()

    def test_another_major_version_is_refused_and_left_alone(self, folder: Path) -> None:
        cluster = folder / "old/cluster"
        cluster.mkdir(parents=True)
        (cluster / "PG_VERSION").write_text("17\n")
        with pytest.raises(WrongPostgresVersion) as refused:
            EmbeddedPostgres(folder / "old").start()
        assert (refused.value.found, refused.value.wanted) == ("17", "18")
        assert "\n" not in str(refused.value)
        assert [entry.name for entry in cluster.iterdir()] == ["PG_VERSION"]

    def test_a_processor_without_the_instructions_is_refused_before_anything_is_made(
        self, folder: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "cpuinfo").write_text("flags : fpu sse4_2\n")
        with pytest.raises(UnsupportedProcessor):
            EmbeddedPostgres(folder / "nehalem", cpuinfo=tmp_path / "cpuinfo").start()
        assert not (folder / "nehalem").exists()

    def test_it_ends_with_whoever_started_it_and_is_started_again(
        self, postgres: EmbeddedPostgres, folder: Path
    ) -> None:
        source = (
            "import sys, time\nfrom pathlib import Path\nfrom adapters.embedded import EmbeddedPostgres\n"
            "server = EmbeddedPostgres(Path(sys.argv[1]))\nserver.start()\n"
            "print(server.pid, flush=True)\ntime.sleep(60)"
        )
        command = [sys.executable, "-c", source, str(folder / "postgres")]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as starter:
            assert starter.stdout is not None
            pid = int(starter.stdout.readline())
            starter.kill()
        postgres.start()  # at once: it waits for the other to go
        assert not is_alive(pid)
        assert Notes(postgres) is not None


class TestValkey:
    def test_it_wants_the_password(self, valkey: EmbeddedValkey, folder: Path) -> None:
        valkey.start()
        assert stat.S_IMODE((folder / "valkey/password").stat().st_mode) == 0o600
        with (
            redis.Redis(host="127.0.0.1", port=valkey.port or 0, retry=Retry(NoBackoff(), 0)) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()

    def test_its_password_is_on_no_command_line(self, valkey: EmbeddedValkey, folder: Path) -> None:
        valkey.start()
        assert (folder / "valkey/password").read_text() not in Path(f"/proc/{valkey.pid}/cmdline").read_text()

    def test_a_second_start_has_the_same_address_and_what_was_written(
        self, valkey: EmbeddedValkey, folder: Path
    ) -> None:
        valkey.start()
        with redis.Redis.from_url(valkey.url()) as client:
            client.set("note", "kept over a stop")
        address = valkey.url()
        valkey.stop()
        again = EmbeddedValkey(folder / "valkey")
        again.start()
        try:
            assert again.url() == address
            with redis.Redis.from_url(again.url()) as client:
                assert client.get("note") == b"kept over a stop"
        finally:
            again.stop()

    def test_killed_it_recovers(self, valkey: EmbeddedValkey) -> None:
        valkey.start()
        with redis.Redis.from_url(valkey.url()) as client:
            client.set("note", "kept over a kill")
            # Written at once, and synced to the disk each second: only a power cut takes the last second.
            assert valkey.pid is not None
            os.kill(valkey.pid, signal.SIGKILL)
        eventually(lambda: not valkey.is_running())
        valkey.start()
        with redis.Redis.from_url(valkey.url()) as client:
            assert client.get("note") == b"kept over a kill"

    def test_a_file_cut_short_in_the_middle_of_a_command_is_read_up_to_there(
        self, valkey: EmbeddedValkey, folder: Path
    ) -> None:
        valkey.start()
        with redis.Redis.from_url(valkey.url()) as client:
            client.set("whole", "yes")
            client.set("torn", "x" * 100)
        valkey.stop()
        (log,) = (folder / "valkey/data/appendonlydir").glob("*.incr.aof")
        os.truncate(log, log.stat().st_size - 20)
        valkey.start()
        with redis.Redis.from_url(valkey.url()) as client:
            assert client.get("whole") == b"yes"
            assert client.get("torn") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a small disk")
def test_a_full_disk_is_one_clear_line() -> None:
    with tempfile.TemporaryDirectory(prefix="studiolo-test-") as mount:
        small = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", mount], check=False)
        if small.returncode != 0:
            pytest.skip("this machine mounts nothing")
        try:
            for server in (EmbeddedPostgres(Path(mount) / "postgres"), EmbeddedValkey(Path(mount) / "valkey")):
                with pytest.raises(DiskFull) as refused:
                    server.start()
                assert "\n" not in str(refused.value)
        finally:
            subprocess.run(["umount", mount], check=True)
