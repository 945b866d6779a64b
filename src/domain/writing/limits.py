"""How long things may be, and what is said of those that are longer."""

from __future__ import annotations

from domain.shared import InvalidInput

CONTENT_LIMIT = 100_000
LINE_LIMIT = 1_000
METADATA_LIMIT = 50
METADATA_KEY_LIMIT = 100
METADATA_VALUE_LIMIT = 1_000


class ContentTooLong(InvalidInput):
    """The Typst source has more than 100,000 characters."""

    def __init__(self, actual: int) -> None:
        super().__init__(
            f"A document has at most {CONTENT_LIMIT:,} characters; this one has {actual:,}.",
            field="typstContent",
            limit=CONTENT_LIMIT,
            actual=actual,
        )


class TooManyLines(InvalidInput):
    """The Typst source has more than 1,000 lines."""

    def __init__(self, actual: int) -> None:
        super().__init__(
            f"A document has at most {LINE_LIMIT:,} lines; this one has {actual:,}.",
            field="typstContent",
            limit=LINE_LIMIT,
            actual=actual,
        )


class UnsuitableMetadata(InvalidInput):
    """Too many entries, a key twice, or a key or value of the wrong length."""
