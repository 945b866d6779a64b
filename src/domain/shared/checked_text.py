"""Text that every store and every transport can carry."""

from __future__ import annotations

import re

from domain.shared.errors import InvalidInput

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class UnstorableText(InvalidInput):
    """NUL and lone surrogates are not text: databases refuse the one, UTF-8 the other."""

    def __init__(self, field: str) -> None:
        super().__init__("This text contains a NUL or half of a surrogate pair.", field=field)


def checked_text(text: str, *, field: str) -> str:
    """The same text. Errors: UnstorableText."""
    if _UNSTORABLE.search(text):
        raise UnstorableText(field)
    return text
