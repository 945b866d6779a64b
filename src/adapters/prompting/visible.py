"""Text as a person sees it: nothing hidden in it, no markup that a page would act on."""

from __future__ import annotations

import re
from unicodedata import category

_HIDING = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks by their category, and yet nothing is seen of them."""
_SELECTORS = ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))

_IMAGE_OR_LINK = re.compile(r"!?\[([^\]\n]{0,300})\]\([^)\n]{0,2000}\)")
_ADDRESS = re.compile(r"\b(?:[a-z][a-z0-9+.-]{1,15}://|www\.)\S+", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z!][^<>\n]{0,300}>")
_OPENED = re.compile(r"<(?=[A-Za-z/!?])")


def is_hidden(character: str) -> bool:
    """Whether nothing is seen of it: controls, joiners, marks of direction, tags, selectors of variants."""
    if character.isascii() and character.isprintable():
        return False
    if category(character) in _HIDING or character in _BLANKS:
        return True
    return any(first <= ord(character) <= last for first, last in _SELECTORS)


def visible(text: str) -> str:
    """The text without what is hidden in it; every kind of line break is a plain one, a tabulator is a space."""
    lines = text.replace("\r\n", "\n")
    return "".join(
        "\n" if character in _BREAKS else " " if character == "\t" else "" if is_hidden(character) else character
        for character in lines
    )


def plain(text: str, *, limit: int) -> str:
    """Words of a model, on one line: no tags, links or addresses, and `limit` characters at most."""
    shown = _IMAGE_OR_LINK.sub(r"\1", visible(text))
    shown = _OPENED.sub("", _TAG.sub(" ", _ADDRESS.sub(" ", shown)))
    shown = " ".join(shown.split())
    if len(shown) <= limit:
        return shown
    return shown[: limit - 1].rsplit(" ", maxsplit=1)[0].rstrip(" ,;:") + "…"
