"""Free key-value notes on a document: few, short, each key once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.shared import checked_text
from domain.writing.limits import METADATA_KEY_LIMIT, METADATA_LIMIT, METADATA_VALUE_LIMIT, UnsuitableMetadata


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataEntry:
    """A key of 1 to 100 characters and a value of up to 1,000. UnsuitableMetadata otherwise."""

    key: str
    value: str

    def __post_init__(self) -> None:
        checked_text(self.key, field="metadata")
        checked_text(self.value, field="metadata")
        if not self.key.strip() or len(self.key) > METADATA_KEY_LIMIT:
            raise UnsuitableMetadata(
                f"A metadata key has 1 to {METADATA_KEY_LIMIT} characters.",
                field="metadata",
                limit=METADATA_KEY_LIMIT,
                actual=len(self.key),
            )
        if len(self.value) > METADATA_VALUE_LIMIT:
            raise UnsuitableMetadata(
                f"A metadata value has at most {METADATA_VALUE_LIMIT:,} characters.",
                field="metadata",
                limit=METADATA_VALUE_LIMIT,
                actual=len(self.value),
            )


def check_entries(entries: Sequence[MetadataEntry]) -> None:
    """UnsuitableMetadata for more than 50 entries, or for a key that is there twice."""
    if len(entries) > METADATA_LIMIT:
        raise UnsuitableMetadata(
            f"A document has at most {METADATA_LIMIT} metadata entries.",
            field="metadata",
            limit=METADATA_LIMIT,
            actual=len(entries),
        )
    if len({entry.key for entry in entries}) < len(entries):
        raise UnsuitableMetadata("A metadata key is given twice.", field="metadata")
