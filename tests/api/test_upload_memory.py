"""A large upload goes through the API in pieces: the process, the real one under uvicorn, hardly grows by it."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.development_issuer import DevelopmentIssuer
from adapters.system import utc_now
from tests.builders import a_subject
from tests.conftest import PostgresUrls

pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is read off /proc")

_SIZE = 50_000_000
_MOST_GROWTH = 20_000_000
_PIECE = 1_000_000
_ADD = "mutation($file: Upload!) { addSource(input: {origin: {file: $file}}) { duplicate source { status title } } }"


class Server:
    """The API in a process of its own, with a database, a folder for files, and no broker."""

    def __init__(self, folder: Path, database: str) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self.folder = folder
        self.token = DevelopmentIssuer(folder / "issuer", clock=utc_now).mint(a_subject(), timedelta(minutes=5))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "--factory", "entrypoints.http.app:create_app", "--port", str(self.port)],
            env={
                **os.environ,
                "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src"),
                "STUDIOLO_DATA_DIR": str(folder),
                "DATABASE_URL": database,
                "REDIS_URL": "redis://127.0.0.1:1",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )

    def wait(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            assert self._process.poll() is None, "the server ended"
            time.sleep(0.1)
        pytest.fail("the server did not start")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)

    def upload(self, size: int, *, seed: bytes) -> tuple[int, Any, str]:
        """Status, answer and SHA-256 of a made-up PDF of so many bytes, sent piece by piece."""
        operations = json.dumps({"query": _ADD, "variables": {"file": None}})
        head = b"".join(
            f'--b\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in (("operations", operations), ("map", '{"0": ["variables.file"]}'))
        )
        head += b'--b\r\ncontent-disposition: form-data; name="0"; filename="grande.pdf"\r\n\r\n'
        digest, sent, piece = hashlib.sha256(), 0, (b"%PDF-1.7 " + seed) * (_PIECE // 9)
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.putrequest("POST", "/graphql")
            connection.putheader("authorization", f"Bearer {self.token}")
            connection.putheader("content-type", "multipart/form-data; boundary=b")
            connection.putheader("content-length", str(len(head) + size + len(b"\r\n--b--\r\n")))
            connection.endheaders(head)
            while sent < size:
                part = piece[: min(_PIECE, size - sent)]
                connection.send(part)
                digest.update(part)
                sent += len(part)
            connection.send(b"\r\n--b--\r\n")
            response = connection.getresponse()
            return response.status, json.loads(response.read()), digest.hexdigest()

    @property
    def files(self) -> list[Path]:
        return [path for path in (self.folder / "files").rglob("*") if path.is_file()]

    def forget_peak(self) -> int:
        """Bytes of memory now; from here on the peak counts anew."""
        Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")
        return self._memory("VmRSS")

    def peak(self) -> int:
        return self._memory("VmHWM")

    def _memory(self, name: str) -> int:
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresUrls) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("api"), postgres.api)
    try:
        server.wait()
        yield server
    finally:
        server.stop()


def test_an_upload_of_fifty_megabytes_raises_the_memory_by_less_than_twenty(server: Server) -> None:
    status, answer, _ = server.upload(2_000_000, seed=b"caldo")  # what is loaded at the first request is not the file
    assert (status, answer["data"]["addSource"]["source"]["status"]) == (200, "PROCESSING"), answer

    before = server.forget_peak()
    status, answer, sha256 = server.upload(_SIZE, seed=b"grande")
    growth = server.peak() - before

    assert (status, answer["data"]["addSource"]) == (
        200,
        {"duplicate": False, "source": {"status": "PROCESSING", "title": "grande"}},
    )
    (stored,) = [path for path in server.files if path.name == sha256]
    assert stored.stat().st_size == _SIZE
    assert growth < _MOST_GROWTH, f"grew by {growth / 1e6:.1f} MB"

    status, answer, _ = server.upload(_SIZE, seed=b"grande")
    assert answer["data"]["addSource"]["duplicate"]
    assert len(server.files) == 2


def test_what_is_too_large_is_refused_and_nothing_is_stored(server: Server) -> None:
    stored, before = server.files, server.forget_peak()
    for size in (_SIZE + 1, 3 * _SIZE):
        status, answer, _ = server.upload(size, seed=b"enorme")
        assert (status, answer["errors"][0]["extensions"]["code"]) == (413, "BAD_USER_INPUT")
    assert server.peak() - before < _MOST_GROWTH
    assert server.files == stored
