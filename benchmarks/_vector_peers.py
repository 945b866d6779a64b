"""The vector stores that we are compared with, as one process that is asked question by question."""

from __future__ import annotations

import json
import select
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from benchmarks._peer_environment import peer_command

NAMES = ("faiss-flat", "lancedb", "chroma")

_PATIENCE = 3_600.0


class PeerFailed(Exception):
    """The store could not be built, or gave no answer. Says why."""


@dataclass(frozen=True, slots=True)
class Built:
    """What it took to have a store: seconds and bytes."""

    seconds: float
    bytes: int


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of the file of vectors, and how long it took in the store's own process."""

    seconds: float
    rows: frozenset[int]


class VectorPeers:
    """Their packages come from the package index, on first use. Errors: CalledProcessError when there are none."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._process = subprocess.Popen(
            peer_command("vectors"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._built: list[str] = []
        self._say(told)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def build(self, name: str) -> Built:
        """Errors: PeerFailed."""
        answer = self._asked({"build": name})
        self._built.append(name)
        return Built(answer["seconds"], answer["bytes"])

    def nearest(self, *, user: int, question: int, count: int) -> dict[str, Found]:
        """What each store that was built finds. Errors: PeerFailed."""
        asked = {"user": user, "question": question, "count": count}
        answers = {name: self._asked({"ask": name, **asked}) for name in self._built}
        return {name: Found(answer["seconds"], frozenset(answer["rows"])) for name, answer in answers.items()}

    def _asked(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self._say(request)
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], _PATIENCE)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            raise PeerFailed("no answer: it died, or took too long")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise PeerFailed(answer["error"])
        return answer

    def _say(self, line: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(line) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise PeerFailed("it died") from error
