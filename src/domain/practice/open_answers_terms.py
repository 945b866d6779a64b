"""What an open answer is made of: words, and numbers, months, centuries and units in one writing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum, auto
from functools import lru_cache
from typing import NamedTuple

from domain.practice.function_words import ARTICLES, ARTICULATED, SIMPLE_PREPOSITIONS
from domain.practice.normalising import normalised
from domain.practice.open_answers_numbers import MULTIPLIERS, number_of, ordinal_of, roman_of
from domain.practice.open_answers_units import MONTHS, UNITS
from domain.practice.wordlists import words
from domain.shared import without_accents

TERM_LIMIT = 300
READ_LIMIT = 3_000
"""Words and characters beyond these are not read: no key is that long."""


class Kind(StrEnum):
    WORD = auto()
    NUMBER = auto()
    MONTH = auto()
    CENTURY = auto()
    UNIT = auto()
    ERA = auto()


class Term(NamedTuple):
    """`text` is the same for what is the same: `1321`, `mese 9`, `chilometro`. A name has a capital where it stands.

    `unit` is a number's unit, if one follows.
    """

    text: str
    kind: Kind = Kind.WORD
    name: bool = False
    unit: str = ""


NEGATIONS = frozenset(
    words("non né senza nessun nessuno nessuna mai neppure nemmeno neanche no not never without neither nor")
)

FUNCTION_WORDS = (
    frozenset(ARTICLES)
    | frozenset(ARTICULATED)
    | SIMPLE_PREPOSITIONS
    | frozenset(
        words(
            "ad ed od e o d' dell' all' nell' dall' sull' quell' c' s' n' t' m' v' che chi cui si ci vi ne lo li gli "
            "è era erano fu furono sono sia essere stato stata stati state ha hanno aveva avevano viene venne "
            "suo sua suoi sue loro questo questa questi queste quello quella quelli quelle come anche circa "
            "poi quindi perché quando dove quale quali cosa cos' qual dov' quanto quanta quanti quante "
            "a an the of in on at to by for from with and or is was were are be been has have had its it his her "
            "their this that these those he she they as into which who what when where why how"
        )
    )
)
"""They say nothing by themselves. Negations are not among them."""

_ALSO_NOUNS = frozenset(words("stato stati cosa"))
"""With a capital they mean something: `lo Stato`."""

_DATE = re.compile(r"(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})\2(\d{2,4})(?![\d/.-])")
_PER_CENT = re.compile(r"\bper cento\b|\bper cent\b")
_BEFORE_CHRIST = re.compile(r"\ba\.\s?c\b\.?|\bavanti cristo\b|\bbc\b|\bb\.\s?c\b\.?")
_AFTER_CHRIST = re.compile(r"\bd\.\s?c\b\.?|\bdopo cristo\b|\bad\b(?=\s*\Z)|\ba\.\s?d\b\.?")
_FRACTION = re.compile(r"(?<![\d/.,])(\d)/(\d{1,2})(?![\d/])")
_CLOCK = re.compile(r"(?<![\d.,:])(\d\d?):(\d\d)(?![\d:])|(?<=\balle )(\d\d?)\.(\d\d)\b|(?<=\bore )(\d\d?)\.(\d\d)\b")
_ORDINAL_MARK = re.compile(r"(?<=\d)[ºª]|(?<=\d)°(?!\s?[cf]\b)|(?<=\d)(?:st|nd|rd|th)\b")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_DEGREES = re.compile(r"°\s?[cf]\b")
_TERM = re.compile(r"(?<![\w)-])-(?=\d)|[^\W\d_]+'?|\d⁄\d+|\d+(?:[.,]\d+)*|[%€$£°]")
_CENTURIES = frozenset(words("secolo secoli century centuries"))
_PARTS = 10**6
"""Numbers are counted in millionths while they are put together: exact, and as large as need be."""
_ONES = {"un": _PARTS, "un'": _PARTS, "one": _PARTS, "a": _PARTS, "mezzo": _PARTS // 2}
"""What counts as a number only before `milione` and its like."""
_BEFORE_CENTURY = frozenset(words("il nel del dal al sul"))


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    capital: bool


@lru_cache(maxsize=1024)
def terms(text: str, *, language: str) -> tuple[Term, ...]:
    """What carries meaning in a text, in order; function words are left out, negations kept.

    Names are known by a capital inside the text, or by all words having one. Of a text of nothing but function words,
    all are kept. Never raises.
    """
    read = _words(text, language)
    found: list[Term] = []
    small = False
    place = 0
    while place < len(read):
        term, used = _quantity(read, place, found[-1] if found else None, language)
        if term is None:
            word, used = read[place], 1
            if word.text not in FUNCTION_WORDS or (word.text in _ALSO_NOUNS and word.capital):
                term = Term(word.text.removesuffix("'"), Kind.WORD, word.capital)
                small = small or not word.capital
        if term is not None:
            if term.kind is Kind.UNIT and found and found[-1].kind is Kind.NUMBER:
                found[-1] = found[-1]._replace(unit=term.text)
            found.append(term)
        place += used
    if not found:
        return tuple(Term(word.text.removesuffix("'")) for word in read)
    if small and read[0].text.removesuffix("'") == found[0].text:
        found[0] = found[0]._replace(name=False)  # the capital of a sentence
    return tuple(found)


def _words(text: str, language: str) -> list[_Word]:
    """Tokens in one writing, each with whether it is ever written with a capital."""
    text = text[:READ_LIMIT]
    plain = normalised(text, language=language)
    capitals = {word.casefold() for word in re.findall(r"[^\W\d_]+", text) if word[0].isupper()}
    plain = _FRACTION.sub(_spelled_fraction, _DATE.sub(lambda match: _spelled_date(match, language), plain))
    plain = _CLOCK.sub(_hours, plain)
    plain = _AFTER_CHRIST.sub(" dopocristo ", _BEFORE_CHRIST.sub(" avanticristo ", _PER_CENT.sub("%", plain)))
    plain = _DEGREES.sub("°", _ORDINAL_MARK.sub(" ", plain))
    if language != "it":
        plain = _THOUSANDS.sub("", plain).replace("n't", " not")
    found = _TERM.findall(plain)[:TERM_LIMIT]
    return [_Word(word, word.removesuffix("'") in capitals) for word in found]


def _spelled_date(match: re.Match[str], language: str) -> str:
    day, month = int(match[1]), int(match[3])
    if month > 12 >= day and language != "it":
        day, month = month, day
    names = [name for name, number in MONTHS.items() if number == month]
    return f"{day} {names[0]} {match[4]}" if names else match[0]


def _spelled_fraction(match: re.Match[str]) -> str:
    """With a stroke of its own, so that `2/3` is no date and no list."""
    return f"{match[1]}⁄{match[2]}" if int(match[1]) < int(match[2]) else match[0]


def _hours(match: re.Match[str]) -> str:
    """`8:30` -> `8.5`, as `otto e mezza` is read."""
    hours, minutes = (int(part) for part in match.groups() if part is not None)
    return f"{hours + minutes / 60:.4f}"


def _quantity(read: list[_Word], place: int, before: Term | None, language: str) -> tuple[Term | None, int]:
    """The number, month, century, unit or era that starts here, and how many words it takes."""
    word = read[place]
    text = word.text
    after = read[place + 1].text if place + 1 < len(read) else ""
    if text in _CENTURIES and (value := _ordinal(read[place + 1] if after else None)):
        return Term(f"secolo {value}", Kind.CENTURY), 2
    if after in _CENTURIES and (value := _ordinal(word)):
        return Term(f"secolo {value}", Kind.CENTURY), 2
    if before is not None and before.kind is Kind.CENTURY and text in ("e", "and") and (value := roman_of(after)):
        return Term(f"secolo {value}", Kind.CENTURY), 2
    if text == "anni" and after and (tens := _cardinal(after, language)) and _is_decade(tens):
        return Term(f"decennio {_shown(tens)}", Kind.CENTURY), 2
    if text in ("avanticristo", "dopocristo"):
        return Term(text, Kind.ERA), 1
    if text in MONTHS and (text != "may" or before is not None or after[:1].isdecimal()):
        return Term(f"mese {MONTHS[text]}", Kind.MONTH), 1
    if before is not None and before.kind is Kind.NUMBER:
        if text in UNITS:
            nautical = after.startswith("nautic") and UNITS[text] == "miglio"
            return Term("miglio nautico" if nautical else UNITS[text], Kind.UNIT), 2 if nautical else 1
        if len(text) in (3, 4) and (months := [n for name, n in MONTHS.items() if name.startswith(text)]):
            return Term(f"mese {months[0]}", Kind.MONTH), 1
    if text in ("$", "€", "£", "%", "°"):
        return Term(UNITS[text], Kind.UNIT), 1
    if text == "-":
        number, used = _number(read, place + 1, None, language)
        return (number and Term(f"-{number.text}", Kind.NUMBER)), used + 1
    return _number(read, place, before, language)


def _number(read: list[_Word], place: int, before: Term | None, language: str) -> tuple[Term | None, int]:
    word = read[place]
    if "⁄" in word.text:
        return Term(word.text, Kind.NUMBER), 1
    value = _cardinal(word.text, language)
    after = read[place + 1].text if place + 1 < len(read) else ""
    if value is None and word.text in _ONES and after in MULTIPLIERS:
        value = _ONES[word.text]
    if value is None:
        if word.text in ("un", "1") and (parts := ordinal_of(after)) and parts > 2:
            return Term(f"1⁄{parts}", Kind.NUMBER), 2
        if word.capital and (roman := roman_of(word.text)) and (len(word.text) > 1 or (before and before.name)):
            return Term(str(roman), Kind.NUMBER), 1
        ordinal = ordinal_of(without_accents(word.text))
        counted = len(read) <= 2 if after == "" else after not in FUNCTION_WORDS
        return (Term(str(ordinal), Kind.NUMBER) if ordinal and (ordinal > 2 or counted) else None), 1
    if language == "it" and _names_a_century(read, place, value):
        return Term(f"secolo {value // _PARTS // 100 + 11}", Kind.CENTURY), 1
    used = 1
    unit = _english_unit(word.text, value, after) if language == "en" else 0
    if unit:
        value, used = value + unit * _PARTS, 2
        after = read[place + 2].text if place + 2 < len(read) else ""
    if after.endswith("i") and (parts := ordinal_of(after[:-1] + "o")) and value < parts * _PARTS:
        return Term(f"{_shown(value)}⁄{parts}", Kind.NUMBER), used + 1
    times = MULTIPLIERS.get(after)
    if times:
        value, used = value * times, used + 1
    half = [following.text for following in read[place + used : place + used + 2]]
    if half in (["e", "mezzo"], ["e", "mezza"]):
        value, used = value + (times or 1) * _PARTS // 2, used + 2
    elif times is None and half in (["e", "uno"], ["e", "una"]):  # `cento e uno`
        value, used = value + _PARTS, used + 2
    return Term(_shown(value), Kind.NUMBER), used


def _english_unit(word: str, value: int, after: str) -> int:
    """Of `twenty-one`; 0 where none follows."""
    tens = value // _PARTS
    unit = number_of(after, "en") or (1 if after == "one" else 0)
    return unit if not word[0].isdecimal() and 20 <= tens < 100 and tens % 10 == 0 and unit < 10 else 0


def _cardinal(text: str, language: str) -> int | None:
    """In millionths; what is smaller is cut off."""
    if "⁄" in text:
        return None
    if text[0].isdecimal():
        whole, *parts = re.split(r"[.,]", text)
        return int(whole) * _PARTS + int("".join(parts)[:6].ljust(6, "0"))
    value = number_of(without_accents(text), language)
    return None if value is None else value * _PARTS


def _names_a_century(read: list[_Word], place: int, value: int) -> bool:
    """`il Trecento` is a century, `trecento soldati` are a number."""
    word, hundreds = read[place], value // _PARTS
    if word.text[0].isdecimal() or not 200 <= hundreds <= 900 or hundreds % 100:
        return False
    before = read[place - 1].text if place else ""
    after = read[place + 1].text if place + 1 < len(read) else ""
    return before in _BEFORE_CENTURY or (word.capital and (not after or after in FUNCTION_WORDS))


def _is_decade(value: int) -> bool:
    """`anni sessanta`, `anni 1960`; not `anni 45`."""
    year = value // _PARTS
    return (20 <= year <= 90 or 1000 <= year <= 2090) and year % 10 == 0


def _ordinal(word: _Word | None) -> int | None:
    """Of a century: `14`, `XIV`, `quattordicesimo`."""
    if word is None:
        return None
    if word.text.isdecimal() and len(word.text) < 4:
        return int(word.text)
    return roman_of(word.text) or ordinal_of(without_accents(word.text))


def _shown(value: int) -> str:
    """Of 2,500,000 millionths `2.5`."""
    whole, parts = divmod(value, _PARTS)
    return f"{whole}.{parts:06}".rstrip("0").rstrip(".")
