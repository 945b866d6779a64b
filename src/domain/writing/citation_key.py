"""Keys by which a source is cited in a document: `eco1980`, and `eco1980a` for the next one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import count, product
from string import ascii_lowercase

from domain.shared import without_accents

_LONGEST_STEM = 40
_WORD = re.compile(r"[a-z0-9]+")


def citation_key(*, author: str | None, title: str, year: int | None, taken: Collection[str]) -> str:
    """The first author's family name (else the first long word of the title) and the year; a suffix if it is taken.

    Lower-case ASCII letters and digits only, so that it is a Typst label as it stands.
    """
    name = _family_name(author) or _first_word(title) or "source"
    stem = f"{name[:_LONGEST_STEM]}{'' if year is None else year}"
    return next(key for key in (stem + suffix for suffix in _suffixes(year)) if key not in taken)


def _family_name(author: str | None) -> str:
    """`eco` of "Eco, Umberto", of "Umberto Eco" and of "Umberto Eco; Carlo Ginzburg"."""
    if not author:
        return ""
    first = re.split(r"\s*(?:;|&|\be\b|\band\b)\s*", author.strip(), maxsplit=1)[0]
    family, comma, _ = first.partition(",")
    words = _WORD.findall(without_accents(family.casefold()))
    if comma:
        return "".join(words)
    return words[-1] if words else ""


def _first_word(title: str) -> str:
    words = _WORD.findall(without_accents(title.casefold()))
    return next((word for word in words if len(word) > 3 and not word.isdigit()), words[0] if words else "")


def _suffixes(year: int | None) -> Iterator[str]:
    """Nothing, a, b, ... z, aa, ab, ...; behind a hyphen where there is no year to end the name."""
    joint = "" if year is not None else "-"
    yield ""
    for length in count(1):
        for letters in product(ascii_lowercase, repeat=length):
            yield joint + "".join(letters)
