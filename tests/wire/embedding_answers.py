"""What the embedding server of the tests may answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

DIMENSIONS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one request gets. Made by the functions below."""

    status: int = 200
    message: str = ""
    kind: str = "invalid_request_error"
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    body: bytes | None = None
    cut: bool = False
    hang: bool = False
    vectors: int | None = None
    dimensions: int = DIMENSIONS


def well() -> Answer:
    """As it should be, between two others."""
    return Answer()


def rate_limited(*, after: float | datetime | str | None = None) -> Answer:
    """429; `Retry-After` in seconds, as a date, as given, or missing."""
    told = format_datetime(after, usegmt=True) if isinstance(after, datetime) else after
    headers = {} if told is None else {"retry-after": f"{told:g}" if isinstance(told, (int, float)) else told}
    return Answer(status=429, message="Rate limit exceeded", kind="rate_limited", code="1300", headers=headers)


def failing(status: int = 503, *, after: float | None = None) -> Answer:
    """A fault of the provider's own, or any other status."""
    headers = {} if after is None else {"retry-after": f"{after:g}"}
    return Answer(status=status, message="Service unavailable", kind="internal_server_error", headers=headers)


def too_many_tokens() -> Answer:
    """The batch is too large."""
    return Answer(status=400, message="Too many tokens overall, split into more batches.", code="3210")


def slow(seconds: float) -> Answer:
    """Well, but late."""
    return Answer(delay=seconds)


def hanging() -> Answer:
    """No answer, until the server stops."""
    return Answer(hang=True)


def cut() -> Answer:
    """The connection ends in the middle of the answer."""
    return Answer(cut=True)


def garbled(body: bytes = b'{"data": [{"embedding": [0.1, ') -> Answer:
    """200 with these bytes."""
    return Answer(body=body)


def with_vectors(count: int | None = None, *, dimensions: int = DIMENSIONS) -> Answer:
    """200 with another number of vectors than texts, or with vectors of another size."""
    return Answer(vectors=count, dimensions=dimensions)
