"""Which keys a file may have."""

from __future__ import annotations

import re

_KEY = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*(?:/[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)*")
_LONGEST = 200


class UnsafeKey(ValueError):
    """A key is made of letters, digits, `-`, `_`, single dots and slashes: it never leads out of the store."""


def safe_key(key: str) -> str:
    """The same key. Errors: UnsafeKey."""
    if not is_key(key):
        raise UnsafeKey(key)
    return key


def is_key(name: str) -> bool:
    """Whether this is the name of a file of ours, and not of something half-written beside it."""
    return len(name) <= _LONGEST and _KEY.fullmatch(name) is not None
