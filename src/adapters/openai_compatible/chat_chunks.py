"""One event of a chat stream in OpenAI's language, as servers of many kinds write it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from adapters.openai_compatible.event_stream import Garbled
from adapters.streamed_answers import Delta, NotNow, unavailable
from adapters.tool_call_pieces import CallPiece

_THOUGHTS: Final = ("reasoning_content", "reasoning")
"""Where servers put what a reasoning model does not say."""


def read_chunk(data: str, *, provider: str) -> Delta:
    """Errors: Garbled, and NotNow when the server tells of a failure instead of going on."""
    try:
        chunk = json.loads(data)
    except (ValueError, RecursionError):
        raise Garbled("an event is no JSON") from None
    if not isinstance(chunk, dict):
        raise Garbled("an event is no object")
    if chunk.get("error") or chunk.get("object") == "error":
        # Not a word of it: some repeat what was sent, which is users' text.
        raise NotNow(unavailable(f"{provider} failed in its answer."))
    choices = chunk.get("choices")
    if not isinstance(choices, list):
        choices = []
    told = [choice for choice in choices if isinstance(choice, dict) and not choice.get("index")]
    choice: Mapping[str, Any] = told[0] if told else {}
    delta = choice.get("delta")
    if not isinstance(delta, dict):
        delta = {}
    text, thinks = _content(delta)
    return Delta(
        text=text,
        calls=tuple(_calls(delta.get("tool_calls"))),
        thinks=thinks,
        finish=_text(choice.get("finish_reason")) or None,
        tokens=_tokens(chunk.get("usage")),
    )


def _content(delta: Mapping[str, Any]) -> tuple[str, bool]:
    """The words, and whether there are thoughts beside them."""
    thinks = any(_text(delta.get(name)) for name in _THOUGHTS)
    content = delta.get("content")
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, dict)]
        return "".join(_text(part.get("text")) for part in parts if part.get("type") == "text"), thinks or bool(parts)
    return _text(content), thinks


def _calls(told: Any) -> Iterator[CallPiece]:
    for call in told if isinstance(told, list) else ():
        if not isinstance(call, dict):
            continue
        function = call.get("function")
        if not isinstance(function, dict):
            function = {}
        index, arguments = call.get("index"), function.get("arguments")
        yield CallPiece(
            index=index if isinstance(index, int) else None,
            id=_text(call.get("id")),
            name=_text(function.get("name")),
            # Some send the arguments as the object itself.
            arguments=json.dumps(arguments, ensure_ascii=False) if isinstance(arguments, dict) else _text(arguments),
        )


def _tokens(usage: Any) -> int | None:
    """Read and written. None without figures."""
    if not isinstance(usage, dict):
        return None
    read, written, total = (
        figure if isinstance(figure, int) and figure > 0 else 0
        for figure in (usage.get("prompt_tokens"), usage.get("completion_tokens"), usage.get("total_tokens"))
    )
    return read + written or total or None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
