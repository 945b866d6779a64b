"""Events of a turn as JSON, for logs outside this process."""

from __future__ import annotations

from typing import Any, Final

from pydantic import TypeAdapter

from domain.chat import (
    ChatEvent,
    CitationAdded,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
)

_KINDS: Final[dict[str, TypeAdapter[Any]]] = {
    kind.__name__: TypeAdapter(kind)
    for kind in (
        TurnStarted,
        TextDelta,
        ToolCallStarted,
        ToolCallFinished,
        CitationAdded,
        TurnCompleted,
        TurnFailed,
    )
}


def text_of(event: ChatEvent) -> tuple[str, bytes]:
    """Its kind, and all that it says."""
    kind = type(event).__name__
    return kind, _KINDS[kind].dump_json(event)


def event_in(kind: str, text: bytes) -> ChatEvent:
    """Errors: KeyError for a kind that is unknown here (a newer version wrote it), ValueError for what is no event."""
    event: ChatEvent = _KINDS[kind].validate_json(text)
    return event
