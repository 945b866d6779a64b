"""Numbers written as words or in Roman figures: `milletrecentoventuno`, `quattordicesimo`, `XIV`."""

from __future__ import annotations

import re
from functools import lru_cache

from domain.practice.wordlists import words

MULTIPLIERS = {
    "mila": 10**3,
    "mille": 10**3,
    "milione": 10**6,
    "milioni": 10**6,
    "miliardo": 10**9,
    "miliardi": 10**9,
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
}
"""What a number before it is multiplied by."""

_LONGEST = 60
"""`novecentonovantanovemilanovecentonovantanove` has fewer letters."""
_UNITS = dict(
    zip(
        words(
            "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici "
            "sedici diciassette diciotto diciannove"
        ),
        range(20),
        strict=True,
    )
)
_COLLECTIVE = {
    "paio": 2,
    "decina": 10,
    "dozzina": 12,
    "ventina": 20,
    "trentina": 30,
    "quarantina": 40,
    "cinquantina": 50,
    "centinaio": 100,
    "migliaio": 1000,
}
_TENS = dict(
    zip(words("venti trenta quaranta cinquanta sessanta settanta ottanta novanta"), range(20, 100, 10), strict=True)
)
_ENGLISH = {
    **dict(
        zip(
            words(
                "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
                "sixteen seventeen eighteen nineteen"
            ),
            range(20),
            strict=True,
        )
    ),
    **dict(zip(words("twenty thirty forty fifty sixty seventy eighty ninety"), range(20, 100, 10), strict=True)),
}
_ORDINALS = dict(
    zip(
        words("primo secondo terzo quarto quinto sesto settimo ottavo nono decimo"),
        range(1, 11),
        strict=True,
    )
)
_ENGLISH_ORDINALS = dict(
    zip(
        words("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"),
        range(1, 13),
        strict=True,
    )
)
_ROMAN = re.compile(r"(x{0,3})(ix|iv|v?i{0,3})")
_ROMAN_FIGURES = {"i": 1, "v": 5, "x": 10}


@lru_cache(maxsize=4096)
def number_of(word: str, language: str) -> int | None:
    """The value of a number word in lower case, without accents; None for `un`, `one`, `a` and for no number.

    Italian up to 999,999 in one word; English up to 99, a word at a time.
    """
    if len(word) > _LONGEST or word in ("uno", "one"):
        return None
    if language == "en":
        return _ENGLISH.get(word)
    return _COLLECTIVE.get(word, _italian(word)) if language == "it" else None


def _italian(word: str) -> int | None:
    for thousands in ("mila", "mille"):
        head, found, tail = word.partition(thousands)
        if found:
            times = (_below_thousand(head) if thousands == "mila" else 1) if head or thousands == "mille" else None
            rest = _below_thousand(tail) if tail else 0
            wrong = times is None or rest is None or (thousands == "mille" and head)
            return None if wrong or times is None or rest is None else times * 1000 + rest
    return _below_thousand(word)


def _below_thousand(word: str) -> int | None:
    head, found, tail = re.sub("cent(?=otto|otta|uno)", "cento", word).partition("cento")
    if not found:
        return _below_hundred(word)
    times = _UNITS.get(head) if head else 1
    rest = _below_hundred(tail) if tail else 0
    return None if times is None or not 1 <= times <= 9 or rest is None else times * 100 + rest


def _below_hundred(word: str) -> int | None:
    if word in _UNITS:
        return _UNITS[word]
    for name, value in _TENS.items():
        if word == name:
            return value
        for stem in (name, name[:-1]):
            unit = (
                _UNITS.get({"un": "uno"}.get(word[len(stem) :], word[len(stem) :])) if word.startswith(stem) else None
            )
            if unit is not None and 1 <= unit <= 9 and (stem == name) != (unit in (1, 8)):
                return value + unit
    return None


@lru_cache(maxsize=4096)
def ordinal_of(word: str) -> int | None:
    """`quattordicesimo` and its other endings, `third`; None for anything else."""
    if word in _ENGLISH_ORDINALS:
        return _ENGLISH_ORDINALS[word]
    if len(word) > _LONGEST or word[-1:] not in ("o", "a", "i", "e"):
        return None
    singular = word[:-1] + "o"
    if singular in _ORDINALS:
        return _ORDINALS[singular] if word[-1] in "oa" else None
    stem = singular.removesuffix("esimo")
    if stem == singular:
        return None
    candidates = (stem, *(stem + vowel for vowel in "oiae"))
    return next((value for text in candidates if (value := _italian(text)) and value > 10), None)


def roman_of(word: str) -> int | None:
    """1 to 39 in Roman figures, in either case; None for anything else."""
    match = _ROMAN.fullmatch(word.casefold())
    if not word or match is None:
        return None
    figures = [_ROMAN_FIGURES[letter] for letter in word.casefold()]
    following = [*figures[1:], 0]
    return sum(-one if one < two else one for one, two in zip(figures, following, strict=True))
