"""The arguments of a tool call, as the model wrote them: checked against the tool's JSON schema, and shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from domain.library import storable
from domain.shared import InvalidInput, checked_text

ARGUMENTS_LIMIT: Final = 300_000
"""Characters: the longest document, every one of its characters escaped as a line end is, and what stands around it."""

_SHOWN_TEXT, _SHOWN_ITEMS, _SHOWN_DEPTH, _SHOWN_ALL = 500, 20, 4, 4_000
_LARGEST_NUMBER: Final = 2**53
"""Beyond it not every reader of JSON has the same number."""


class UnsuitableArguments(InvalidInput):
    """The arguments are no JSON object, or not as the tool's schema says. Data: `field`, where one is meant."""


def checked_arguments(text: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments as the schema says; no text is an empty object. Errors: UnsuitableArguments, UnstorableText."""
    if len(text) > ARGUMENTS_LIMIT:
        raise UnsuitableArguments(f"Arguments have at most {ARGUMENTS_LIMIT:,} characters.", limit=ARGUMENTS_LIMIT)
    try:
        arguments = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        raise UnsuitableArguments("The arguments are not JSON.") from None
    _check(arguments, schema, "")
    checked: Mapping[str, Any] = arguments
    return checked


def shown_arguments(text: str) -> str:
    """The arguments as JSON that can be shown, stored and sent anywhere: long texts are cut, what is no object is the
    text itself.
    """
    try:
        arguments = json.loads(text) if text.strip() else {}
        if isinstance(arguments, dict):
            shown = json.dumps(_shown(arguments, _SHOWN_DEPTH), allow_nan=False)
            if len(shown) <= _SHOWN_ALL:
                return shown
    except (ValueError, RecursionError):
        pass  # shown as the text that it is
    return json.dumps(_cut(text))


def _check(value: Any, schema: Mapping[str, Any], path: str) -> None:
    _fits_type(value, schema["type"], path)
    for keyword, wanted in schema.items():
        if keyword not in _NOTES:
            _CHECKS[keyword](value, wanted, path)


def _fits_type(value: Any, wanted: str, path: str) -> None:
    types = _TYPES[wanted]
    if not isinstance(value, types) or (isinstance(value, bool) and wanted != "boolean"):
        raise _unsuitable(path, f"must be of type {wanted}")
    if isinstance(value, str):
        checked_text(value, field=path)


def _properties(value: Mapping[str, Any], wanted: Mapping[str, Any], path: str) -> None:
    for name, item in value.items():
        if name not in wanted:
            raise _unsuitable(_under(path, _cut(name)), "is not known")
        _check(item, wanted[name], _under(path, name))


def _required(value: Mapping[str, Any], wanted: list[str], path: str) -> None:
    for name in wanted:
        if name not in value:
            raise _unsuitable(_under(path, name), "is missing")


def _items(value: list[Any], wanted: Mapping[str, Any], path: str) -> None:
    for index, item in enumerate(value):
        _check(item, wanted, f"{path}[{index}]")


def _enum(value: Any, wanted: list[str], path: str) -> None:
    if value not in wanted:
        raise _unsuitable(path, f"must be one of {', '.join(wanted)}")


def _format(value: str, wanted: str, path: str) -> None:
    assert wanted == "uuid"
    try:
        UUID(value)
    except ValueError:
        raise _unsuitable(path, "must be a UUID") from None


def _at_least(what: str, measure: Callable[[Any], int]) -> Callable[[Any, int, str], None]:
    def check(value: Any, wanted: int, path: str) -> None:
        if measure(value) < wanted:
            raise _unsuitable(path, f"must have at least {wanted:,}{what}", limit=wanted)

    return check


def _at_most(what: str, measure: Callable[[Any], int]) -> Callable[[Any, int, str], None]:
    def check(value: Any, wanted: int, path: str) -> None:
        if measure(value) > wanted:
            raise _unsuitable(path, f"must have at most {wanted:,}{what}", limit=wanted)

    return check


def _minimum(value: int, wanted: int, path: str) -> None:
    if value < wanted:
        raise _unsuitable(path, f"must be at least {wanted}", limit=wanted)


def _maximum(value: int, wanted: int, path: str) -> None:
    if value > wanted:
        raise _unsuitable(path, f"must be at most {wanted}", limit=wanted)


_TYPES: Final[Mapping[str, type]] = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
_NOTES: Final = frozenset({"type", "description", "additionalProperties"})
"""Checked apart, or nothing to check: of every object of ours no more than its properties may be there."""
_CHECKS: Final[Mapping[str, Callable[[Any, Any, str], None]]] = {
    "properties": _properties,
    "required": _required,
    "items": _items,
    "enum": _enum,
    "format": _format,
    "minLength": _at_least(" characters", lambda text: len(text.strip())),
    "maxLength": _at_most(" characters", len),
    "maxItems": _at_most(" items", len),
    "minimum": _minimum,
    "maximum": _maximum,
}


def _unsuitable(path: str, what: str, **data: int) -> UnsuitableArguments:
    return UnsuitableArguments(f"`{path}` {what}." if path else f"The arguments {what}.", field=path or None, **data)


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _cut(value)
    if isinstance(value, dict):
        kept = list(value.items())[:_SHOWN_ITEMS]
        return {_cut(name): _shown(item, depth - 1) for name, item in kept} if depth else "…"
    if isinstance(value, list):
        return [_shown(item, depth - 1) for item in value[:_SHOWN_ITEMS]] if depth else "…"
    if isinstance(value, int) and abs(value) > _LARGEST_NUMBER:
        return "…"
    return value


def _cut(text: str) -> str:
    text = storable(text[: _SHOWN_TEXT + 1])
    return text if len(text) <= _SHOWN_TEXT else f"{text[: _SHOWN_TEXT - 1]}…"
