"""The extractor: a small pool of reading processes, each thrown away as soon as a file has harmed it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO, cast

import structlog

from adapters.extraction import wire
from adapters.extraction.limits import Limits
from application.library.ports import Extractor
from domain.library import ExtractedText, SourceKind, UnreadableSource

_SOURCES = str(Path(__file__).resolve().parents[2])
_FROM_OUTSIDE = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
"""Not the file's doing: we are shutting down, or the machine is short of memory."""
_GONE = frozenset({"FileNotFoundError", "PermissionError"})
_FILES_PER_PROCESS = 100
"""Then it is replaced: what a library leaks does not pile up."""
_TOO_SLOW = "This file took too long to read: it is too complex, or made to be. Try a simpler copy of it."
_SCAN_TOO_SLOW = "The pages of this scan took too long to recognise. Split it and upload the parts, or a cleaner scan."
_TOO_HUNGRY = "This file needs too much memory to read: it is too complex, or made to be. Try a simpler copy of it."
_OUR_FAULT = "This file could not be read: something in it is more than our reader can take. Try another copy of it."
_CRASHED = "This file could not be read: it is damaged, or too complex. Export or download it again."

_log = structlog.get_logger(__name__)


class ReadingFailed(Exception):
    """The reading process ended without an answer, and not through the file's fault: it is to be read again."""


class ProcessExtractor(Extractor):
    """Reads files in `processes` processes of their own, one file at a time in each.

    A thread waits on each process with a plain blocking read; nothing here belongs to one event loop, so that every
    kind of worker can use it. Processes start when they are first needed.
    """

    def __init__(self, *, processes: int = 2, limits: Limits | None = None, default_language: str = "it") -> None:
        self._limits = limits or Limits()
        self._default_language = default_language
        self._threads = ThreadPoolExecutor(max_workers=processes, thread_name_prefix="extraction")
        self._idle: list[_Process] = []
        self._alive: set[_Process] = set()
        self._lock = threading.Lock()
        self._closed = False

    async def extract(
        self,
        file: Path,
        *,
        kind: SourceKind,
        filename: str | None = None,
        url: str | None = None,
        charset: str | None = None,
    ) -> ExtractedText:
        request = wire.request(
            file,
            kind=kind,
            filename=filename,
            url=url,
            charset=charset,
            limits=self._limits,
            default_language=self._default_language,
        )
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, request)

    def close(self) -> None:
        """Stop all processes at once. What is being read is not finished: it is to be read again (ReadingFailed)."""
        with self._lock:
            self._closed = True
            alive = list(self._alive)
        for process in alive:
            process.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for process in alive:
            process.stop()

    def _read(self, request: bytes) -> ExtractedText:
        process = self._take()
        reusable = False
        try:
            extracted = process.read(request, self._limits)
            reusable = True
        except _Refused as refused:
            reusable = True
            raise UnreadableSource(str(refused)) from None
        finally:
            self._put_back(process, reusable=reusable)
        return extracted

    def _take(self) -> _Process:
        with self._lock:
            if self._closed:
                raise ReadingFailed("the extractor is closed")
            if self._idle:
                return self._idle.pop()
            process = _Process()
            self._alive.add(process)
            return process

    def _put_back(self, process: _Process, *, reusable: bool) -> None:
        with self._lock:
            if reusable and not self._closed and process.files < _FILES_PER_PROCESS:
                self._idle.append(process)
                return
            self._alive.discard(process)
        process.stop()


class _Refused(Exception):
    """The process read the file in good health and says that it cannot be used."""


class _Process:
    """One reading process. Not for two threads at once."""

    def __init__(self) -> None:
        self.files = 0
        # Its own session: Ctrl-C in a terminal is for the parent, which ends it by closing the pipe. No environment
        # but the PATH: it has no use for keys and passwords.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "adapters.extraction.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={
                "PYTHONPATH": _SOURCES,
                "PATH": os.environ.get("PATH", os.defpath),
                "LC_ALL": "C.UTF-8",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            start_new_session=True,
        )

    def read(self, request: bytes, limits: Limits) -> ExtractedText:
        """Errors: _Refused, UnreadableSource when the file killed the process, ReadingFailed."""
        self.files += 1
        answer = self._answer_within(limits.seconds, _TOO_SLOW, request)
        end = monotonic() + limits.scan_seconds
        while "recognising" in answer:  # it says so before each page; meanwhile it waits for the page before
            answer = self._answer_within(min(2 * limits.scanned_page_seconds, end - monotonic()), _SCAN_TOO_SLOW)
        if "text" in answer:
            return wire.parse_text(answer["text"])
        if "unreadable" in answer:
            raise _Refused(answer["unreadable"])
        if answer["fault"] in _GONE:
            raise ReadingFailed("the file, or a program to read it with, was not there")
        if answer["fault"] == "memory":
            raise UnreadableSource(_TOO_HUNGRY)
        # A mistake of ours that this file brings out would come out each time: it is no use to try again.
        _log.error("extraction_failed", error=answer["fault"], where=answer["where"])
        raise UnreadableSource(_OUR_FAULT)

    def kill(self) -> None:
        """End it, whatever it is doing. From any thread: who waits for its answer will hear that there is none."""
        if self._process.returncode is None:  # else its number may be another's by now
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)  # and what it started: it is the first of its group

    def stop(self) -> None:
        """End it and let go of its pipes."""
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    _log.debug("extraction_pipe_closed")  # something was still in the buffer of a dead process

    def _answer_within(self, seconds: float, too_slow: str, request: bytes | None = None) -> dict[str, Any]:
        """What it answers to the request, or next. Errors: UnreadableSource, ReadingFailed when it does not."""
        late = threading.Event()
        alarm = threading.Timer(seconds, self._kill, (late,))
        alarm.daemon = True
        alarm.start()
        try:
            frame = self._exchange(request)
        finally:
            alarm.cancel()
        if frame is None:
            raise self._post_mortem(too_slow if late.is_set() else None)
        answer: dict[str, Any] = json.loads(frame)
        return answer

    def _exchange(self, request: bytes | None) -> bytes | None:
        stdin, stdout = cast("BinaryIO", self._process.stdin), cast("BinaryIO", self._process.stdout)
        try:
            if request is not None:
                wire.send(stdin, request)
        except BrokenPipeError:
            return None
        return wire.receive(stdout)

    def _kill(self, late: threading.Event) -> None:
        late.set()
        self.kill()

    def _post_mortem(self, too_slow: str | None) -> Exception:
        self.kill()  # what it started may have outlived it
        status = self._process.wait()
        _log.warning("extraction_process_died", status=status, too_slow=too_slow is not None)
        if too_slow or status == -signal.SIGXCPU:
            return UnreadableSource(too_slow or _TOO_SLOW)
        if status == -signal.SIGABRT:  # how PDFium ends when it gets no more memory
            return UnreadableSource(_TOO_HUNGRY)
        if status < 0 and -status not in _FROM_OUTSIDE:
            return UnreadableSource(_CRASHED)
        return ReadingFailed(f"the reading process ended with status {status}")
