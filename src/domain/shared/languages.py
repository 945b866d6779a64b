"""Languages are BCP 47 tags; what decides anything is their first subtag, in lower case."""

from __future__ import annotations

import re

from domain.shared.errors import InvalidInput

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def language_code(tag: str) -> str:
    """`it` of `it-IT`. InvalidInput when it is not a language tag."""
    if len(tag) > 35 or not _TAG.fullmatch(tag):
        raise InvalidInput("A language is a BCP 47 tag such as `it` or `en-GB`.", field="language")
    return tag.split("-", maxsplit=1)[0].lower()
