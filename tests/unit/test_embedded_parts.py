"""The parts of the embedded servers that need no server: lock, ports, room, processor, what a log says."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.embedded import StarterLock, holder_of
from adapters.embedded.binaries import require_vector_instructions
from adapters.embedded.errors import AlreadyRunning, DiskFull, FolderUnusable, UnsupportedProcessor
from adapters.embedded.folders import free_port, is_free, kept_port, make_folder, require_room, write_private
from adapters.embedded.processes import telling_line


class TestStarterLock:
    def test_a_second_starter_is_refused_in_one_line(self, tmp_path: Path) -> None:
        with StarterLock(tmp_path), pytest.raises(AlreadyRunning) as refused, StarterLock(tmp_path):
            pass
        assert str(tmp_path) in str(refused.value)
        assert str(os.getpid()) in str(refused.value)
        assert "\n" not in str(refused.value)

    def test_it_is_free_again_afterwards(self, tmp_path: Path) -> None:
        with StarterLock(tmp_path):
            assert holder_of(tmp_path) == os.getpid()
        assert holder_of(tmp_path) is None
        with StarterLock(tmp_path):
            assert holder_of(tmp_path) == os.getpid()

    def test_a_killed_holder_holds_nothing(self, tmp_path: Path) -> None:
        source = (
            "import sys, time\nfrom pathlib import Path\nfrom adapters.embedded import StarterLock\n"
            "lock = StarterLock(Path(sys.argv[1])).__enter__()\nprint('held', flush=True)\ntime.sleep(60)"
        )
        holder = subprocess.Popen([sys.executable, "-c", source, str(tmp_path)], stdout=subprocess.PIPE)
        with holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            assert holder_of(tmp_path) == holder.pid
            holder.kill()
        assert (tmp_path / "lock").read_text() == str(holder.pid)
        assert holder_of(tmp_path) is None

    def test_a_folder_where_nothing_ever_ran_is_free(self, tmp_path: Path) -> None:
        assert holder_of(tmp_path / "never") is None


class TestPorts:
    def test_a_port_is_kept(self, tmp_path: Path) -> None:
        first = kept_port(tmp_path / "port")
        assert kept_port(tmp_path / "port") == first

    def test_a_kept_port_that_somebody_took_is_replaced_and_the_new_one_kept(self, tmp_path: Path) -> None:
        first = kept_port(tmp_path / "port")
        with socket.create_server(("127.0.0.1", first)):
            second = kept_port(tmp_path / "port")
        assert second != first
        assert kept_port(tmp_path / "port") == second

    def test_a_file_that_holds_no_port_is_replaced(self, tmp_path: Path) -> None:
        (tmp_path / "port").write_text("nonsense")
        assert is_free("127.0.0.1", kept_port(tmp_path / "port"))

    def test_a_port_in_use_is_not_free(self) -> None:
        port = free_port()
        assert is_free("127.0.0.1", port)
        with socket.create_server(("127.0.0.1", port)):
            assert not is_free("127.0.0.1", port)


class TestFolders:
    def test_too_little_room_is_told_in_megabytes(self, tmp_path: Path) -> None:
        with pytest.raises(DiskFull, match="12 MB are free and 200 MB are needed"):
            require_room(tmp_path, free=lambda _: 12_345_678)
        require_room(tmp_path, free=lambda _: 200_000_000)

    def test_a_folder_under_a_file_cannot_be_used(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(FolderUnusable):
            make_folder(tmp_path / "file" / "data")

    def test_a_file_in_the_folders_place_cannot_be_used(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(FolderUnusable):
            make_folder(tmp_path / "file")

    def test_parents_that_exist_are_left_as_they_are(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o700)
        make_folder(tmp_path / "a" / "b")
        assert tmp_path.stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700

    def test_what_is_written_privately_is_read_by_us_alone(self, tmp_path: Path) -> None:
        write_private(tmp_path / "secret", "one")
        write_private(tmp_path / "secret", "two")
        assert (tmp_path / "secret").read_text() == "two"
        assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
        assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]


class TestProcessor:
    @pytest.mark.parametrize(
        ("flags", "missing"), [("sse4_2 avx", ("AVX2", "FMA")), ("avx avx2", ("FMA",)), ("fma", ("AVX2",))]
    )
    def test_one_that_cannot_run_the_vector_extension_is_refused(
        self, tmp_path: Path, flags: str, missing: tuple[str, ...]
    ) -> None:
        (tmp_path / "cpuinfo").write_text(f"processor\t: 0\nflags\t\t: fpu {flags}\n")
        with pytest.raises(UnsupportedProcessor) as refused:
            require_vector_instructions(tmp_path / "cpuinfo")
        assert refused.value.missing == missing
        assert "DATABASE_URL" in str(refused.value)

    def test_one_that_can_is_taken(self, tmp_path: Path) -> None:
        (tmp_path / "cpuinfo").write_text("flags : fpu fma avx2\n")
        require_vector_instructions(tmp_path / "cpuinfo")

    def test_one_of_another_family_is_not_judged(self, tmp_path: Path) -> None:
        (tmp_path / "cpuinfo").write_text("Features : fp asimd\n")
        require_vector_instructions(tmp_path / "cpuinfo")
        require_vector_instructions(tmp_path / "absent")


class TestTellingLine:
    def test_the_last_error_says_more_than_the_last_line(self) -> None:
        said = "LOG: starting\nFATAL: could not map\nLOG: database system is shut down\n"
        assert telling_line(said) == "FATAL: could not map"

    def test_without_an_error_it_is_the_last_line(self) -> None:
        assert telling_line("one\ntwo\n\n") == "two"
        assert telling_line("") == ""

    def test_our_own_records_are_read(self) -> None:
        record = (
            '{"event": "it failed", "exception": "Traceback\\n  File x\\nImportError: no module", "level": "error"}'
        )
        assert telling_line(record + '\n{"event": "bye"}\n') == "ImportError: no module"
