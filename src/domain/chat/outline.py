"""An outline: how an answer was cut into events, so that they can be told again with the same numbers.

Words and citations are in the stored answer and are not kept twice; of tool calls the outline is all that there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from domain.chat.failure import FailureCode


@dataclass(frozen=True, slots=True)
class Words:
    """The next so many characters of the answer, in one delta."""

    length: int


@dataclass(frozen=True, slots=True)
class Cited:
    """The next citation of the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBegun:
    """A tool was called: `call_id` is unique in the turn, `arguments` is JSON, long texts in it are cut."""

    call_id: str
    tool: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    """What came of a call, in a sentence for a person; `failure` is None when it did what it was asked for."""

    call_id: str
    tool: str
    summary: str
    duration_ms: int
    failure: FailureCode | None = None


OutlineEntry: TypeAlias = Words | Cited | CallBegun | CallEnded
Outline: TypeAlias = tuple[OutlineEntry, ...]
