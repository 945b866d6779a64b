"""How much one file may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds on the clock and on the processor, bytes of address space, and the size of what comes out."""

    seconds: float = 60
    cpu_seconds: int = 45
    memory_bytes: int = 1_500 * 2**20
    pages: int = 3_000
    characters: int = 10_000_000
