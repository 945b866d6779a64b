"""Whether two words of an open answer say the same: in another form, with a slip, as a synonym, or related."""

from __future__ import annotations

import re
from math import isclose

from domain.practice.analysis import analyse
from domain.practice.faults import IsWord
from domain.practice.open_answers_synonyms import synonyms
from domain.practice.open_answers_terms import Kind, Term
from domain.practice.open_answers_units import MEASURES
from domain.practice.slips import is_slip
from domain.practice.wordlists import words
from domain.shared import without_accents

SYNONYM = 0.9
AKIN = 0.7
"""What a related word is worth: `orientalism` for `orientalismo`, `sovietico` for `Unione Sovietica`."""
LEAST_SHARED = 0.6
"""Words are related that begin alike for so much of the longer one."""


def worth(one: Term, key: Term, *, is_word: IsWord, language: str) -> float:
    """1 for the same word in whatever form or the same quantity, SYNONYM, AKIN for a related one, 0 for another."""
    if one.kind is not Kind.WORD or key.kind is not Kind.WORD:
        return _worth_of_quantity(one, key)
    given, wanted = without_accents(one.text), without_accents(key.text)
    if given == wanted:
        return 1.0
    if len(given) == 1 or len(wanted) == 1:
        return AKIN if one.name and key.name and given[:1] == wanted[:1] else 0.0  # an initial
    if language == "it" and synonyms(one.text, key.text):
        return SYNONYM
    if given[:1] != wanted[:1] and given[-3:] != wanted[-3:]:
        return 0.0
    if opposite(given, wanted):
        return 0.0
    if is_slip(given, wanted) and not is_word(one.text):
        return 1.0
    shared, longer = _common_prefix(given, wanted), max(len(given), len(wanted))
    if one.name and key.name:  # Francesco and Francesca are two people, Genesi and Genesis one book
        return AKIN if shared >= 5 and shared == longer - 1 == min(len(given), len(wanted)) else 0.0
    if _unlike(given, wanted, language):
        return 0.0
    named = one.name or key.name
    if stem(given, language) == stem(wanted, language) and not (named and abs(len(given) - len(wanted)) > 1):
        return 1.0
    if named and not max(given, wanted, key=len).endswith(_OF_A_PLACE):
        return 0.0  # Niger and nigeria
    if language == "it" and _same_verb(one.text, key.text, is_word):
        return SYNONYM
    return AKIN if shared >= 5 and shared >= LEAST_SHARED * longer else 0.0


def _same_verb(given: str, wanted: str, is_word: IsWord) -> bool:
    """`fondò` and `fondato`: in an open answer the tense is not what was asked."""
    if min(len(given), len(wanted)) < 4 or given[:2] != wanted[:2]:
        return False
    lemmas = [{form.lemma for form in analyse(word, is_word=is_word)} for word in (given, wanted)]
    return bool(lemmas[0] & lemmas[1])


def _worth_of_quantity(one: Term, key: Term) -> float:
    """1 for the same measure in another unit; for the century that a year is in, and the other way, AKIN."""
    if one.kind is key.kind is Kind.NUMBER:
        if one.unit or key.unit:
            return _same_measure(one, key)
        short, long = sorted((one.text, key.text), key=len)
        return SYNONYM if _YEAR.fullmatch(long) and len(short) == 2 and long.endswith(short) else 0.0  # '45 for 1945
    if {one.kind, key.kind} == {Kind.NUMBER, Kind.CENTURY}:
        year, period = (one, key) if one.kind is Kind.NUMBER else (key, one)
        return _within(year, period)
    return 0.0


def _same_measure(one: Term, key: Term) -> float:
    mine, right = MEASURES.get(one.unit), MEASURES.get(key.unit)
    if mine is None or right is None or mine[0] != right[0] or one.unit == key.unit or "⁄" in one.text + key.text:
        return 0.0
    return 1.0 if isclose(float(one.text) * mine[1], float(key.text) * right[1], rel_tol=0.01) else 0.0


_YEAR = re.compile(r"1\d\d\d|20\d\d")


def _within(year: Term, period: Term) -> float:
    """`1850` is in the XIX century; `800` and `1800` are names of it."""
    if not re.fullmatch(r"\d{3,4}", year.text):
        return 0.0
    number, (name, value) = int(year.text), period.text.split()
    if name == "decennio":
        return AKIN if int(value) in (number // 10 * 10, number % 100 // 10 * 10) else 0.0
    if number % 100 == 0 and int(value) in (number // 100 + 11 if number < 1000 else 0, number // 100 + 1):
        return SYNONYM
    return AKIN if (number + 99) // 100 == int(value) else 0.0


def _common_prefix(one: str, other: str) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


_ITALIAN_ENDING = re.compile(r"h?[aeio]+\Z")
_ENGLISH_ENDING = re.compile(r"(?:ies|ing|ed|es|s|y)\Z")


def stem(word: str, language: str) -> str:
    """Without the ending that agrees: `amiche` and `amica` are both `amic`."""
    plain = without_accents(word)
    short = (_ITALIAN_ENDING if language == "it" else _ENGLISH_ENDING).sub("", plain)
    return short if len(short) >= 3 else plain


_OF_A_PLACE = (*words("ese esi ano ana ani ane ino ina ini ine ico ica ici iche"), *words("an ian ish"))
"""Who comes from there: `giapponese` is related to `Giappone`."""

_UNLIKE = frozenset(
    words(
        "port piant punt mod post cost cas fogli cors mass pal part pian test temp collan pizz cart tapp foss banc col "
        "mostr gamb lott filz manic tort vel cer pal tavol mat melo per busc scal soli ment"
    )
)
"""Of these stems, -o and -a make different words, not two genders: `porto`, `porta`."""


_UNLIKE_IN_E = frozenset(words("pesc ment sal sol cont cort part salut font mont"))
"""Of these, -e makes another word than -o and -a do: `pesce`, `pesca`."""


def _unlike(one: str, other: str, language: str) -> bool:
    if language != "it" or stem(one, language) != stem(other, language):
        return False
    if stem(one, language) in _UNLIKE_IN_E:
        return {one[-1], other[-1]} in ({"e", "a"}, {"e", "o"}) or one[-2:] == "he" or other[-2:] == "he"
    return stem(one, language) in _UNLIKE and (one[-1] in "oi") != (other[-1] in "oi")


_NEGATING = ("in", "im", "il", "ir", "dis", "non", "anti", "s", "a", "un")


def opposite(one: str, other: str) -> bool:
    """Whether two words without accents say the contrary: `prima` and `dopo`, `formale` and `informale`."""
    short, long = sorted((one, other), key=len)
    return len(short) >= 5 and any(long == prefix + short for prefix in _NEGATING)
