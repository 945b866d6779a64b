"""One file through the product's own reading: sniffed, extracted in its pool of processes, cut into chunks."""

from __future__ import annotations

import asyncio
import threading
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID

from adapters.extraction.pool import ProcessExtractor
from domain.library import Chunk, ExtractedText, SourceKind, chunked, kind_of
from domain.shared import SourceId
from domain.shared.errors import StudioloError

_HEAD = 65_536
_SOURCE = SourceId(UUID(int=4))
_WEB_PAGES = {".html", ".htm", ".xhtml"}
_EVERY = 0.01
_RESET_PEAK = "5"
_READER = b"adapters.extraction.child"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What became of a file. `seconds` are those of extraction and cutting, `peak_mb` those of the reading processes.

    `refusal` is the sentence for the user; `crash` what should never be.
    """

    seconds: float
    peak_mb: float
    extracted: ExtractedText | None = None
    chunks: Sequence[Chunk] = ()
    refusal: str | None = None
    crash: str | None = None

    @property
    def folded(self) -> str:
        """The text with every run of white space as one blank."""
        return " ".join(self.extracted.text.split()) if self.extracted else ""

    @property
    def is_exact(self) -> bool:
        """Every chunk is exactly its stretch of the text, and the text can be stored anywhere."""
        if self.extracted is None:
            return False
        text = self.extracted.text
        storable = "\0" not in text and unicodedata.is_normalized("NFC", text) and not _lone_surrogates(text)
        return storable and all(text[chunk.start : chunk.end] == chunk.content for chunk in self.chunks)


def read(extractor: ProcessExtractor, file: Path) -> Reading:
    """As a worker would; a web page as if it had been fetched."""
    extracted: ExtractedText | None = None
    chunks: Sequence[Chunk] = ()
    refusal = crash = None
    with PeakMemory() as memory:
        began = time.perf_counter()
        try:
            extracted = asyncio.run(extractor.extract(file, kind=_kind_of(file), filename=file.name))
            chunks = chunked(extracted, source_id=_SOURCE)
        except StudioloError as refused:
            refusal = refused.message
        except Exception as fault:  # noqa: BLE001  what it is, is the result
            crash = f"{type(fault).__name__}: {fault}"
        seconds = time.perf_counter() - began
    if extracted is not None and not chunks:
        extracted, refusal = None, "This source has no text in it."
    return Reading(
        seconds=seconds,
        peak_mb=memory.megabytes,
        extracted=extracted,
        chunks=chunks,
        refusal=refusal,
        crash=crash,
    )


def _kind_of(file: Path) -> SourceKind:
    if file.suffix.lower() in _WEB_PAGES:
        return SourceKind.URL
    with file.open("rb") as opened:
        return kind_of(opened.read(_HEAD), filename=file.name, size=file.stat().st_size)


def _lone_surrogates(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


class PeakMemory:
    """The most that one reading process, or one that it started, had resident while the block was open, in megabytes.

    The kernel keeps each process's peak; it is reset at the start and read every ten milliseconds, because a process
    that is killed takes it along.
    """

    def __init__(self) -> None:
        self.megabytes = 0.0
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        for pid in _readers():
            try:
                Path(f"/proc/{pid}/clear_refs").write_text(_RESET_PEAK)
            except OSError:
                continue
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._watcher.join()

    def _watch(self) -> None:
        while True:
            self.megabytes = max([self.megabytes, *map(_peak_of, _readers())])
            if self._ended.wait(_EVERY):
                return


def _readers() -> list[str]:
    readers = [pid for pid in _children("self") if _READER in _line_of(pid)]
    return readers + [pid for reader in readers for pid in _below(reader)]


def _below(pid: str) -> list[str]:
    return [found for child in _children(pid) for found in (child, *_below(child))]


def _children(pid: str) -> list[str]:
    found: list[str] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += children.read_text().split()
        except OSError:
            continue
    return found


def _line_of(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _peak_of(pid: str) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0.0)
