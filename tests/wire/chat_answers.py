"""What the chat server of the tests may answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OF_THE_MODEL: Any = object()
"""Stands for whatever the server's model says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one request gets. Made by the functions below. What the model says, unless there is a `content`."""

    status: int = 200
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    content: Any = OF_THE_MODEL
    finish_reason: str = "stop"
    choices: int = 1
    usage: Mapping[str, int] | None = field(
        default_factory=lambda: {"prompt_tokens": 700, "completion_tokens": 90, "total_tokens": 790}
    )
    body: bytes | None = None
    delay: float = 0.0
    cut: bool = False
    hang: bool = False
    drip: bool = False


def says(content: Any, *, finish_reason: str = "stop", **changes: Any) -> Reply:
    """200 with this text, whatever it is."""
    return Reply(content=content, finish_reason=finish_reason, **changes)


def cut_short(content: str = '{"exercises": [{"kind": "FILL_') -> Reply:
    """An answer that grew too long."""
    return Reply(content=content, finish_reason="length")


def no_choices() -> Reply:
    """200, and nothing in it."""
    return Reply(choices=0)


def failing(status: int = 503, *, after: float | None = None) -> Reply:
    """A fault of the provider's own, or any other status."""
    return Reply(status=status, message="Service unavailable", headers=_after(after))


def rate_limited(*, after: float | None = None) -> Reply:
    """429, with `Retry-After` in seconds or without."""
    return Reply(status=429, message="Rate limit exceeded", headers=_after(after))


def garbled(body: bytes = b'{"choices": [{"index": 0, "mess') -> Reply:
    """200 with these bytes."""
    return Reply(body=body)


def slow(seconds: float) -> Reply:
    """Well, but late."""
    return Reply(delay=seconds)


def hanging() -> Reply:
    """No answer, until the server stops."""
    return Reply(hang=True)


def dripping() -> Reply:
    """Headers, a byte at a time, without end."""
    return Reply(drip=True)


def cut() -> Reply:
    """The connection ends in the middle of the answer."""
    return Reply(cut=True)


def _after(seconds: float | None) -> dict[str, str]:
    return {} if seconds is None else {"retry-after": f"{seconds:g}"}
