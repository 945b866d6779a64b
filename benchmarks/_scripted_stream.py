"""A stream whose question says how it goes, and tells when it was asked and when it began: `WAIT WORDS PAUSE`.

The first word comes after WAIT seconds and is `ASKED:GIVEN`, nanoseconds of the clock that all processes of a machine
share; the other words follow PAUSE seconds apart.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What to stream: seconds to the first word, how many words, seconds between them."""

    wait: float
    words: int
    pause: float

    def question(self) -> str:
        """To be sent as the message."""
        return f"{self.wait} {self.words} {self.pause}"


async def streamed(question: str) -> AsyncGenerator[str, None]:
    """The words, as the question wants them."""
    asked = time.monotonic_ns()
    wait, words, pause = question.split()
    await asyncio.sleep(float(wait))
    yield f"{asked}:{time.monotonic_ns()} "
    for number in range(1, int(words)):
        await asyncio.sleep(float(pause))
        yield f"word-{number} "


def own_time(text: str) -> tuple[int, int]:
    """When the stream was asked and when it gave its first word, from that word."""
    asked, given = text.split(maxsplit=1)[0].split(":")
    return int(asked), int(given)
