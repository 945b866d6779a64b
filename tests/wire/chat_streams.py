"""What the streaming server of the tests may answer: events as providers write them, and everything that goes wrong.

says("Garibaldi ", "nacque a Nizza [1].")               # text in these pieces, then its end, usage and [DONE]
asks(call("cerca", '{"q": ', '"Nizza"}'), ...)          # calls, each in one fragment or in several
cut_after("Garibaldi "), hanging_after("Garibaldi "), garbled(b"data: {\\n\\n"), refused(429, after=2), ...
in_bytes_of(says("perché"), 1), with_line_ends(...)  # the same, cut or written otherwise
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, TypeAlias

Chunk: TypeAlias = dict[str, Any]

USAGE: Mapping[str, int] = {"prompt_tokens": 700, "completion_tokens": 90, "total_tokens": 790}


class Step(Enum):
    """What a stream may do beside sending bytes."""

    HANG = "nothing more comes, until the client goes away or the server stops"
    WAIT = "nothing more comes until the test lets it go on"
    DRIP = "empty chunks, until the client goes away or the server stops"
    CUT = "the connection ends, and the stream does not"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What one request gets: bytes, each entry in a transfer chunk of its own, and steps.

    `before_headers`: its first step, to hang or to wait, comes before it says anything.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "text/event-stream"})
    steps: tuple[bytes | Step, ...] = ()
    before_headers: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it is streamed: its id and name, and its arguments in fragments."""

    id: str
    name: str
    fragments: tuple[str, ...]

    @property
    def arguments(self) -> str:
        return "".join(self.fragments)


def call(name: str, *fragments: str, id: str = "Ab3dEf6hI") -> Call:
    return Call(id, name, fragments)


def chunk(
    delta: Mapping[str, Any] | None = None, *, finish: str | None = None, usage: Mapping[str, int] | None = None
) -> Chunk:
    """One event's object; without a delta it has no choices."""
    told: Chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": []}
    if delta is not None:
        told["choices"] = [{"index": 0, "delta": dict(delta), "finish_reason": finish}]
    if usage is not None:
        told["usage"] = dict(usage)
    return told


def event(data: Chunk | str) -> bytes:
    """Umlauts and accents as they are, so that bytes can be cut inside them."""
    told = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"data: {told}\n\n".encode()


def events(*chunks: Chunk | str) -> Stream:
    return Stream(steps=tuple(map(event, chunks)))


def says(*texts: Any, finish: str = "stop", usage: Mapping[str, int] | None = USAGE, apart: bool = False) -> Stream:
    """Each text in a chunk. The usage is in the last one, or (`apart`, as OpenAI does it) in one more behind it."""
    return events(
        chunk({"role": "assistant", "content": ""}),
        *(chunk({"content": text}) for text in texts),
        *_end(finish, usage, apart=apart),
    )


def asks(
    *calls: Call,
    said: str = "",
    finish: str = "tool_calls",
    usage: Mapping[str, int] | None = USAGE,
    apart: bool = False,
) -> Stream:
    """Calls as OpenAI streams them: id and name with the first fragment only, all by their index."""
    chunks = [chunk({"role": "assistant", "content": said})]
    for index, one in enumerate(calls):
        first, *more = one.fragments or ("",)
        begun = {"index": index, "id": one.id, "type": "function", "function": {"name": one.name, "arguments": first}}
        chunks.append(chunk({"tool_calls": [begun]}))
        chunks += [chunk({"tool_calls": [{"index": index, "function": {"arguments": part}}]}) for part in more]
    return events(*chunks, *_end(finish, usage, apart=apart))


def asks_at_once(*calls: Call, finish: str = "tool_calls", usage: Mapping[str, int] | None = USAGE) -> Stream:
    """Calls as Mistral streams them: each complete, all in one chunk."""
    told = [
        {"index": index, "id": one.id, "function": {"name": one.name, "arguments": one.arguments}}
        for index, one in enumerate(calls)
    ]
    return events(
        chunk({"role": "assistant", "content": ""}), chunk({"tool_calls": told}, finish=finish, usage=usage), "[DONE]"
    )


def unfinished(*texts: str) -> Stream:
    """A stream that comes to an end in good form, without a reason for it."""
    return events(*(chunk({"content": text}) for text in texts))


def empty() -> Stream:
    """200, and nothing."""
    return Stream()


def cut_after(*texts: str) -> Stream:
    """The connection ends behind these."""
    return Stream(steps=(*unfinished(*texts).steps, Step.CUT))


def hanging_after(*texts: str) -> Stream:
    """Silence behind these; with none, behind the headers."""
    return Stream(steps=(*unfinished(*texts).steps, Step.HANG))


def hanging() -> Stream:
    """Silence from the start."""
    return Stream(steps=(Step.HANG,), before_headers=True)


def garbled(*raw: bytes, behind: Sequence[str] = ()) -> Stream:
    """These bytes behind those texts, and the end."""
    return Stream(steps=(*unfinished(*behind).steps, *raw))


def refused(
    status: int, *, after: float | str | None = None, message: str = "Refused", body: bytes | None = None
) -> Stream:
    """An answer other than 200."""
    told = {"object": "error", "message": message, "type": "error", "param": None, "code": "1000"}
    headers = {"content-type": "application/json"}
    if after is not None:
        headers["retry-after"] = after if isinstance(after, str) else f"{after:g}"
    return Stream(status=status, headers=headers, steps=(json.dumps(told).encode() if body is None else body,))


def in_bytes_of(stream: Stream, size: int) -> Stream:
    """The same bytes, `size` in each transfer chunk. Only of streams that come to an end."""
    whole = b"".join(step for step in stream.steps if isinstance(step, bytes))
    return replace(stream, steps=tuple(whole[at : at + size] for at in range(0, len(whole), size)))


def with_line_ends(stream: Stream, end: bytes) -> Stream:
    """The same events with other line ends."""
    return replace(
        stream, steps=tuple(step.replace(b"\n", end) if isinstance(step, bytes) else step for step in stream.steps)
    )


def with_comments(stream: Stream) -> Stream:
    """The same, a keep-alive before each event."""
    return replace(stream, steps=tuple(one for step in stream.steps for one in (b": keep-alive\n\n", step)))


def _end(finish: str, usage: Mapping[str, int] | None, *, apart: bool) -> tuple[Chunk | str, ...]:
    if apart and usage is not None:
        return chunk({}, finish=finish), chunk(usage=usage), "[DONE]"
    return chunk({"content": ""}, finish=finish, usage=usage), "[DONE]"
