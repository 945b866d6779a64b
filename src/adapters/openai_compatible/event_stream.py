"""Server-sent events out of bytes, wherever these are cut."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Final

_LONGEST_LINE: Final = 1_000_000
"""Bytes. A token with all that is told around it has a few hundred, an answer that is not cut into lines has no end."""
_MARK: Final = b"\xef\xbb\xbf"


class Garbled(ValueError):
    """These are no events."""


class EventReader:
    """Takes bytes, gives the data of each event that is complete, without its comments, name and number.

    Lines end with CR, LF or both; each is decoded as a whole. An `error:` line, of older llama.cpp, is an event by
    itself: an object whose `error` is what it says. Errors: Garbled.
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._data: list[str] = []
        self._after_return = False
        self._first = True

    def feed(self, received: bytes) -> Iterator[str]:
        for line in self._lines(received):
            data = self._take(line)
            if data is not None:
                yield data

    def end(self) -> Iterator[str]:
        """No more bytes will come: an event whose last line is whole counts, one that was cut inside a line not."""
        if self._data and not self._rest:
            yield "\n".join(self._data)

    def _lines(self, received: bytes) -> Iterator[bytes]:
        if self._after_return and received:
            # The second half of a CRLF that was cut in two.
            received = received[1:] if received.startswith(b"\n") else received
            self._after_return = False
        self._rest += received
        start = 0
        while True:
            ends = [at for at in (self._rest.find(b"\n", start), self._rest.find(b"\r", start)) if at >= 0]
            if not ends:
                break
            end = min(ends)
            line = bytes(self._rest[start:end])
            if self._rest[end : end + 1] == b"\r":
                if end + 1 == len(self._rest):
                    self._after_return = True
                elif self._rest[end + 1 : end + 2] == b"\n":
                    end += 1
            start = end + 1
            yield line
        del self._rest[:start]
        if len(self._rest) > _LONGEST_LINE:
            raise Garbled("a line without end")

    def _take(self, line: bytes) -> str | None:
        if self._first:
            line, self._first = line.removeprefix(_MARK), False
        if not line:
            data, self._data = self._data, []
            return "\n".join(data) if data else None
        try:
            name, _, value = line.decode().partition(":")
        except UnicodeDecodeError:
            raise Garbled("a line is not UTF-8") from None
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        return json.dumps({"error": value}) if name == "error" else None


async def events_in(received: AsyncIterator[bytes]) -> AsyncGenerator[str, None]:
    """The data of each event. Errors: Garbled, and those of what is read."""
    reader = EventReader()
    async for some in received:
        for data in reader.feed(some):
            yield data
    for data in reader.end():
        yield data
