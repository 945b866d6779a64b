"""The pipeline that we are compared with, as a process of its own that reads one file at a time."""

from __future__ import annotations

import json
import select
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks._peer_environment import peer_command

_PATIENCE = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerReading:
    """What the peer made of a file; `error` when it could not read it."""

    seconds: float
    chunks: int = 0
    found: int = 0
    unwanted: int = 0
    error: str | None = None


class Peer:
    """Made ready on first use: its packages come from the package index. Errors: CalledProcessError."""

    def __init__(self) -> None:
        self._command = peer_command("reading")
        self._process = self._started()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def read(self, file: Path, *, expected: Sequence[str] = (), unwanted: Sequence[str] = ()) -> PeerReading:
        """Load and split the file. When the process dies of it, or takes ten minutes, so did the pipeline."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"file": str(file), "expected": list(expected), "unwanted": list(unwanted)}
        began = time.perf_counter()
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], _PATIENCE)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            self._end()
            self._process = self._started()
            return PeerReading(seconds=time.perf_counter() - began, error="no answer: it died, or took too long")
        answer: dict[str, Any] = json.loads(line)
        return PeerReading(**answer)

    def _started(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def _end(self) -> None:
        self._process.kill()
        self._process.communicate()
