"""What files say of themselves, where it can be believed."""

from __future__ import annotations

import re
from datetime import date

from domain.library import storable

_DATE = re.compile(r"(?:D:)?\s*(\d{4})(?:[-/.]?(\d{2})(?:[-/.]?(\d{2}))?)?")
_NOBODY = re.compile(
    r"(?:unknown|anonymous|admin(?:istrator)?|user|utente|owner|autore|author|microsoft.*|python-docx|root|pc|"
    r"windows user|none|null|n/?a|default|[^a-zà-ÿ]*)",
    re.IGNORECASE,
)
_AUTHOR_LIMIT = 200
_EARLIEST, _LATEST = 1450, 2100


def plausible_author(said: str | None) -> str | None:
    """One line of at most 200 characters; None for what programs write when nobody told them."""
    name = " ".join(storable(said or "").split())[:_AUTHOR_LIMIT].strip()
    return None if len(name) < 2 or _NOBODY.fullmatch(name) else name


def plausible_date(said: str | None) -> date | None:
    """From ISO 8601 or PDF's own way of writing; the first of the month or year where no more was said."""
    found = _DATE.match((said or "").strip())
    if found is None or not _EARLIEST <= int(found[1]) <= _LATEST:
        return None
    try:
        return date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        return None
