"""What a user may bring: checked before anything is stored."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from domain.shared import InvalidInput, checked_text

AUTHOR_LIMIT = 300
METADATA_LIMIT = 16_000
METADATA_DEPTH = 8
FILENAME_LIMIT = 255


class UnsuitableMetadata(InvalidInput):
    """Metadata is a JSON object of at most 16,000 characters, nested at most 8 deep."""


def checked_author(author: str) -> str | None:
    """The author without space around it, None for only space. Errors: InvalidInput."""
    author = checked_text(author, field="author").strip()
    if len(author) > AUTHOR_LIMIT:
        raise InvalidInput(
            f"An author has at most {AUTHOR_LIMIT} characters.", field="author", limit=AUTHOR_LIMIT, actual=len(author)
        )
    return author or None


def checked_metadata(metadata: object) -> Mapping[str, Any]:
    """The same object. Errors: UnsuitableMetadata, UnstorableText.

    Measured without recursion and stopped at the first limit: JSON may nest deeper than any stack.
    """
    if not isinstance(metadata, Mapping):
        raise UnsuitableMetadata("Metadata is a JSON object.", field="metadata")
    size = 0
    waiting: list[tuple[object, int]] = [(metadata, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > METADATA_DEPTH:
            raise UnsuitableMetadata(
                f"Metadata is nested at most {METADATA_DEPTH} deep.", field="metadata", limit=METADATA_DEPTH
            )
        size += 2 + _length(value)
        if size > METADATA_LIMIT:
            raise UnsuitableMetadata(
                f"Metadata has at most {METADATA_LIMIT:,} characters.", field="metadata", limit=METADATA_LIMIT
            )
        if isinstance(value, Mapping):
            waiting.extend((key, depth) for key in value)
            waiting.extend((item, depth + 1) for item in value.values())
        elif isinstance(value, list | tuple):
            waiting.extend((item, depth + 1) for item in value)
    return metadata


def _length(value: object) -> int:
    """About how many characters a value takes in JSON, without what is inside it."""
    if isinstance(value, str):
        return len(checked_text(value, field="metadata"))
    if isinstance(value, bool | Mapping | list | tuple | None):
        return 4
    if isinstance(value, int):
        return max(1, value.bit_length() // 3)
    if isinstance(value, float) and math.isfinite(value):
        return 8
    raise UnsuitableMetadata("Metadata holds JSON values only.", field="metadata")
