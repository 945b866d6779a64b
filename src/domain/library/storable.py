"""Text that every store accepts: what UTF-8, JSON and PostgreSQL refuse is gone before anything else sees it."""

from __future__ import annotations

import re
from unicodedata import is_normalized, normalize

_UNSTORABLE = re.compile("[\x00\ud800-\udfff\ufeff\ufffe\uffff]")
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def storable(text: str) -> str:
    """NFC with LF line ends; without NUL, lone surrogates, byte-order marks and non-characters.

    Removing comes before normalising, since two characters that a NUL kept apart may belong together.
    """
    if _UNSTORABLE.search(text):
        text = _UNSTORABLE.sub("", text)
    text = _LINE_END.sub("\n", text)
    return text if is_normalized("NFC", text) else normalize("NFC", text)
