"""How much one file may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds on the clock and on the processor, bytes of address space, and the size of what comes out.

    Recognising the words in pictures of pages has limits of its own: pages, seconds for all of them and for one.
    """

    seconds: float = 60
    cpu_seconds: int = 45
    memory_bytes: int = 1_500 * 2**20
    pages: int = 3_000
    characters: int = 10_000_000
    web_page_bytes: int = 10 * 2**20
    scanned_pages: int = 200
    scan_seconds: float = 600
    scanned_page_seconds: float = 60
