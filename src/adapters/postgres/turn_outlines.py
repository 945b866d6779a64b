"""Outlines of turns as JSON: a number for words, null for a citation, an object for a tool call and for its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.chat import CallBegun, CallEnded, Cited, FailureCode, Outline, OutlineEntry, Words


def rows_of(outline: Outline) -> list[Any]:
    """What is stored."""
    return [_row(entry) for entry in outline]


def outline_in(rows: Sequence[Any]) -> Outline:
    """What was stored."""
    return tuple(_entry(row) for row in rows)


def _row(entry: OutlineEntry) -> Any:
    match entry:
        case Words(length):
            return length
        case Cited():
            return None
        case CallBegun():
            return {"call": entry.call_id, "tool": entry.tool, "arguments": entry.arguments}
        case CallEnded():
            return {
                "ended": entry.call_id,
                "tool": entry.tool,
                "summary": entry.summary,
                "ms": entry.duration_ms,
                "failure": entry.failure,
            }


def _entry(row: Any) -> OutlineEntry:
    match row:
        case int():
            return Words(row)
        case None:
            return Cited()
        case {"call": call_id}:
            return CallBegun(call_id=call_id, tool=row["tool"], arguments=row["arguments"])
        case _:
            failure = row["failure"]
            return CallEnded(
                call_id=row["ended"],
                tool=row["tool"],
                summary=row["summary"],
                duration_ms=row["ms"],
                failure=None if failure is None else FailureCode(failure),
            )
