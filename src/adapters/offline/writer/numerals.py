"""Numbers and centuries in Italian, in figures and in words: the same answer may be written either way."""

from __future__ import annotations

import re

from domain.practice import words

_UNITS = words("zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici")
_TEENS = words("sedici diciassette diciotto diciannove")
_TENS = words("venti trenta quaranta cinquanta sessanta settanta ottanta novanta")


def _counted() -> tuple[str, ...]:
    counted = [*_UNITS, *_TEENS]
    for ten in _TENS:
        counted.append(ten)
        for unit in _UNITS[1:10]:
            stem = ten[:-1] if unit in ("uno", "otto") else ten
            counted.append(stem + ("tré" if unit == "tre" else unit))
    return tuple(counted)


_COUNTED = _counted()
_HUNDREDS = {hundred * 100: ("" if hundred == 1 else _UNITS[hundred]) + "cento" for hundred in range(1, 10)}
_THOUSANDS = {1000: "mille"} | {count * 1000: _UNITS[count] + "mila" for count in range(2, 11)}
_WORDS = dict(enumerate(_COUNTED)) | _HUNDREDS | _THOUSANDS
_VALUES = {word: value for value, word in _WORDS.items()} | {word.replace("é", "e"): n for n, word in _WORDS.items()}

CENTURIES = dict(
    zip(
        words("Duecento Trecento Quattrocento Cinquecento Seicento Settecento Ottocento Novecento"),
        words("XIII XIV XV XVI XVII XVIII XIX XX"),
        strict=True,
    )
)
_NUMERALS = {roman: name for name, roman in CENTURIES.items()}

YEAR = r"(?:1\d{3}|20[0-4]\d|[5-9]\d{2})"
NUMBER = (
    r"(?:\d{1,3}(?:\.\d{3})+(?!\d)|\d+(?:,\d+)?(?!\d)|(?:"
    + "|".join(sorted((word for word in _VALUES if word not in ("zero", "uno")), key=len, reverse=True))
    + r")\b)"
)
"""A cardinal number above one, as figures or as a word."""


def value_of(number: str) -> int | None:
    """`cento`, `1.200`, `28`; None for a decimal or an unknown word."""
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+|\d+", number):
        return int(number.replace(".", ""))
    return _VALUES.get(number.lower())


def writings_of(number: str) -> tuple[str, ...]:
    """The other ways to write it: `28` for `ventotto`, and the reverse."""
    value = value_of(number)
    if value is None:
        return ()
    ways = (str(value), _WORDS.get(value, ""))
    return tuple(way for way in ways if way and way != number.lower().replace(".", ""))


def numbers_near(number: str) -> tuple[str, ...]:
    """Other numbers of the same size and writing, the likeliest to be believed first; never 0 or 1."""
    value = value_of(number)
    if value is None or value < 2:
        return ()
    if not number[0].isdigit():
        steps = (value + 2, value - 1, value + 1, value - 2, value + 3, value * 2, value + 10, value - 10, value + 100)
        return tuple(_WORDS[step] for step in steps if step >= 2 and step != value and step in _WORDS)
    unit = max(1, 10 ** (len(str(value)) - 2))
    figures = (value + 2 * unit, value - unit, value + unit, value + 5 * unit)
    return tuple(_as_printed(step, number) for step in figures if step >= 2)


def century_writings(century: str) -> tuple[str, ...]:
    """`Trecento` for `XIV`, `XIV secolo` for `Trecento`."""
    if century in CENTURIES:
        return (f"{CENTURIES[century]} secolo", CENTURIES[century])
    name = _NUMERALS.get(century)
    return (f"{century} secolo", *((name,) if name else ()))


def _as_printed(value: int, model: str) -> str:
    return f"{value:,}".replace(",", ".") if "." in model else str(value)
