"""What in an open answer speaks against the key, whatever else it says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum, auto
from typing import TypeAlias

from domain.practice.open_answers_terms import NEGATIONS, Kind, Term
from domain.practice.open_answers_words import opposite, stem
from domain.practice.wordlists import words

Pair: TypeAlias = tuple[Term, Term, float]
"""A word of the answer, the one of the key that it stands for, and how well, up to 1."""


class Conflict(StrEnum):
    """Why an answer is not right, whatever else it says."""

    NUMBER = auto()
    NAME = auto()
    NEGATION = auto()
    OPPOSITE = auto()
    REPLACED = auto()
    """One word stands where the key has another."""
    REPEATED = auto()
    """It only says what the question said."""


_OPPOSITES = frozenset(
    frozenset(stem(word, "it") for word in pair.split("/"))
    for pair in words(
        "prima/dopo più/meno sopra/sotto nord/sud est/ovest nord/est nord/ovest sud/est sud/ovest destra/sinistra "
        "vero/falso sì/no massimo/minimo maggiore/minore maggioranza/minoranza superiore/inferiore interno/esterno "
        "aumento/calo aumento/diminuzione vittoria/sconfitta positivo/negativo caldo/freddo alto/basso "
        "grande/piccolo lungo/corto ricco/povero facile/difficile pieno/vuoto aperto/chiuso primo/ultimo "
        "avanticristo/dopocristo before/after more/less above/below north/south east/west left/right true/false yes/no"
    )
)
_BEFORE_WORDS = NEGATIONS - {"no"}
"""What negates the word that follows; `no` answers."""
_FEW = 3
"""Words that both sides have alone, up to which an opposite among them is what the answer turns on."""


def conflict(
    mine: Sequence[Term],
    keys: Sequence[Term],
    asked: Sequence[Term],
    pairs: Sequence[Pair],
    lone_mine: Sequence[Term],
    lone_keys: Sequence[Term],
    known: set[str],
    language: str,
) -> Conflict | None:
    for kind in (Kind.NUMBER, Kind.MONTH, Kind.CENTURY, Kind.UNIT):
        if _of(lone_mine, kind) and _of(lone_keys, kind):
            return Conflict.NUMBER
    if _period_differs(lone_mine, lone_keys):
        return Conflict.NUMBER
    if _turned(mine, keys, pairs) or _denied(mine, keys, asked):
        return Conflict.NEGATION
    if max(len(lone_mine), len(lone_keys)) <= _FEW and _contrary(lone_mine, lone_keys):
        return Conflict.OPPOSITE
    if _names(lone_mine, known, language) and _names(lone_keys, known, language):
        return Conflict.NAME
    if pairs and _replaced(mine, keys, lone_mine, lone_keys):
        return Conflict.REPLACED
    repeated = all(stem(key.text, language) in known for _, key, _ in pairs)
    if pairs and repeated and any(stem(term.text, language) not in known for term in lone_keys):
        return Conflict.REPEATED
    return None


def _replaced(mine: Sequence[Term], keys: Sequence[Term], lone_mine: Sequence[Term], lone_keys: Sequence[Term]) -> bool:
    """`guerra civile spagnola` for `guerra civile americana`."""
    if len(mine) != len(keys) or not len(lone_mine) == len(lone_keys) == 1:
        return False
    one, other = lone_mine[0], lone_keys[0]
    return one.kind is other.kind is Kind.WORD and mine.index(one) == keys.index(other)


def _contrary(mine: Sequence[Term], keys: Sequence[Term]) -> bool:
    return any(
        opposite(one.text, key.text) or frozenset((stem(one.text, "it"), stem(key.text, "it"))) in _OPPOSITES
        for one in mine
        for key in keys
    )


def _of(terms: Iterable[Term], kind: Kind) -> bool:
    return any(term.kind is kind for term in terms)


def _period_differs(mine: Sequence[Term], keys: Sequence[Term]) -> bool:
    """A year on the one side, and on the other only a century or decade that it is not in."""
    return any(
        _of(periods, Kind.CENTURY) and any(re.fullmatch(r"\d{3,4}", term.text) for term in years)
        for years, periods in ((mine, keys), (keys, mine))
    )


def _names(terms: Sequence[Term], known: set[str], language: str) -> bool:
    return any(term.name and len(term.text) > 1 and stem(term.text, language) not in known for term in terms)


def _turned(mine: Sequence[Term], keys: Sequence[Term], pairs: Sequence[Pair]) -> bool:
    """Whether a word that both say is negated in the one, and nothing is in the other."""
    if _denies(mine) == _denies(keys):
        return False
    said, wanted = _negated(mine), _negated(keys)
    return any(
        not said[one.text] & wanted[key.text]
        for one, key, _ in pairs
        if one.text in said and key.text in wanted and one.kind is Kind.WORD
    )


def _denied(mine: Sequence[Term], keys: Sequence[Term], asked: Sequence[Term]) -> bool:
    """Whether the answer negates what the question takes for granted: `non nacque a Roma` to `Dove nacque?`."""
    if any(term.text in NEGATIONS for term in (*keys, *asked)):
        return False
    stated = {term.text for term in asked}
    return any(said == {True} and text in stated for text, said in _negated(mine).items())


def _denies(terms: Sequence[Term]) -> bool:
    return any(term.text in _BEFORE_WORDS for term in terms)


def _negated(terms: Sequence[Term]) -> dict[str, set[bool]]:
    """Of each word whether a negation stands right before it; both, where it comes twice."""
    found: dict[str, set[bool]] = {}
    before = ""
    for term in terms:
        if term.text not in NEGATIONS:
            found.setdefault(term.text, set()).add(before in _BEFORE_WORDS)
        before = term.text
    return found
