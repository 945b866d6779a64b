"""Scalars, enums and arguments that every module of the schema declares alike."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, TypeAlias, TypeVar

import strawberry
from graphql import GraphQLError
from starlette.datastructures import UploadFile
from strawberry.scalars import JSON
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.scalar import ScalarDefinition

T = TypeVar("T")
EnumT = TypeVar("EnumT", bound=type[Enum])

Input: TypeAlias = Annotated[T, strawberry.argument(name="input", description="What to do, and with what.")]
"""The one argument of a mutation: `given: Input[AddSourceInput]`."""

Upload: TypeAlias = UploadFile
"""A file of a multipart request: `await file.read()`, `file.size` (bytes), `file.filename`, `file.content_type`."""


def _parse_upload(value: object) -> UploadFile:
    if not isinstance(value, UploadFile):
        raise GraphQLError("A file is sent as a part of a multipart request, with null in its place.")
    return value


UPLOAD: ScalarDefinition = strawberry.scalar(
    name="Upload",
    description="A file, sent as the GraphQL multipart request specification says.",
    specified_by_url="https://github.com/jaydenseric/graphql-multipart-request-spec",
    parse_value=_parse_upload,
    serialize=lambda _: None,
)


def or_none(value: T | None) -> T | None:
    """None for an optional input that was left out (`strawberry.UNSET`) as for one that is null."""
    return None if value is strawberry.UNSET else value


def described_enum(domain_enum: EnumT, *, description: str, values: dict[str, str], name: str | None = None) -> EnumT:
    """A domain enum as a GraphQL enum, with a description for every value. GraphQL names are the members' names."""
    strawberry.enum(domain_enum, name=name, description=description)
    definition: StrawberryEnumDefinition = domain_enum.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[value.name]
    return domain_enum


__all__ = ["JSON", "UPLOAD", "Any", "Input", "Upload", "described_enum", "or_none"]
