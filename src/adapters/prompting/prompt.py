"""One question to a language model, and how its answer is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

T = TypeVar("T")
S = TypeVar("S", bound="Shape")

_NOT_THE_SHAPE: Final = "it was not one JSON object of the required shape"


class Unusable(Exception):
    """The model's answer cannot be used. `reason` is ours, for its second try: it repeats nothing that was said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Shape(BaseModel):
    """What a model is to answer with: these fields, all of them, nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt(Generic[T]):
    """`read` makes of the answer's text what was asked for. Errors: Unusable.

    `most_tokens` bounds the answer; `schema` is a JSON schema of plain types, without limits that a provider may not
    know: those are for `read` to check.
    """

    name: str
    system: str
    user: str
    schema: Mapping[str, Any] = field(repr=False)
    read: Callable[[str], T]
    most_tokens: int
    temperature: float = 0.0


def read_shape(shape: type[S], text: str) -> S:
    """Errors: Unusable."""
    try:
        return shape.model_validate_json(text)
    except ValidationError:
        # Not a word of what pydantic says: it quotes the answer.
        raise Unusable(_NOT_THE_SHAPE) from None


def schema_of(shape: type[Shape]) -> dict[str, Any]:
    """As JSON schema, without titles and descriptions, which are read with every request and say nothing."""
    bare = _without_words(shape.model_json_schema())
    assert isinstance(bare, dict)
    return bare


def _without_words(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_words(one) for one in node]
    if not isinstance(node, dict):
        return node
    # A property of that name has a schema, not a text.
    return {
        name: _without_words(one)
        for name, one in node.items()
        if not (name in ("title", "description") and isinstance(one, str))
    }


class _Readiness(Shape):
    ready: bool


def probe() -> Prompt[None]:
    """The least that can be asked, to see whether a model answers in the shape that is wanted."""

    def read(text: str) -> None:
        if not read_shape(_Readiness, text).ready:
            raise Unusable("`ready` was not true")

    return Prompt(
        name="readiness",
        system="You answer with the JSON object that the schema describes.",
        user="Say that you are ready.",
        schema=schema_of(_Readiness),
        read=read,
        most_tokens=30,
    )
