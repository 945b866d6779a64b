"""What anything with a title may be called: a source, a document, a conversation."""

from __future__ import annotations

from domain.shared.checked_text import checked_text
from domain.shared.errors import InvalidInput

TITLE_LIMIT = 200


class UnsuitableTitle(InvalidInput):
    """A title is 1 to 200 characters that are not all spaces. `actual` is 0 for one of spaces alone."""

    def __init__(self, actual: int) -> None:
        super().__init__(f"A title has 1 to {TITLE_LIMIT} characters.", field="title", limit=TITLE_LIMIT, actual=actual)


def checked_title(title: str) -> str:
    """The same title. Errors: UnsuitableTitle, UnstorableText."""
    if not title.strip() or len(title) > TITLE_LIMIT:
        raise UnsuitableTitle(len(title) if title.strip() else 0)
    return checked_text(title, field="title")
