"""How much of a key an open answer says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from domain.practice.faults import IsWord
from domain.practice.open_answers_conflicts import Conflict, Pair, conflict
from domain.practice.open_answers_synonyms import stands_for
from domain.practice.open_answers_terms import Kind, Term
from domain.practice.open_answers_words import stem, worth
from domain.practice.wordlists import words

_MOST_PAIRED = 40
"""Words of either side that are tried against each other when they are not the same to the letter."""
REPEATED = 0.3
"""What a word of the question weighs in an answer: it was known already. So do units and words of degree."""
_DEGREE = frozenset(
    words(
        "più meno molto molta molti molte troppo troppa tanto tanta tanti tante poco poca assai ancora già quasi solo "
        "soltanto proprio oltre almeno sempre spesso more most less least very much many almost only about over"
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Shares are 0 to 1. `recall`: of the key that is said; `precision`: of the answer that is in the key.

    `matched` are the words of both, as (given, wanted); `telling`: a name or number is among them. `missing`: the key
    has more, beside what the question said; `extra`: the answer has more, and `names_more`: a name where the key has
    one, or a number. `clash`: a date or number where none was wanted, or none where one was.
    """

    recall: float
    precision: float
    matched: tuple[tuple[str, str], ...]
    telling: bool
    missing: bool
    extra: bool
    names_more: bool
    clash: bool
    conflict: Conflict | None


def likeness(
    mine: Sequence[Term], keys: Sequence[Term], *, asked: Sequence[Term], is_word: IsWord, language: str
) -> Likeness:
    """Compare the terms of an answer with those of a key; `asked` are those of the question."""
    known = {stem(term.text, language) for term in asked}
    if known.issuperset(stem(term.text, language) for term in keys):
        known = set()  # the question itself offers what to choose from
    pairs, lone_mine, lone_keys = _paired(mine, keys, known, is_word, language)

    def was_said(term: Term) -> bool:
        return term.kind is Kind.WORD and stem(term.text, language) in known

    def weight(term: Term) -> float:
        return REPEATED if term.kind is Kind.UNIT or term.text in _DEGREE or was_said(term) else 1.0

    shared_keys = sum(weight(key) * value for _, key, value in pairs)
    shared_mine = sum(weight(one) * value for one, _, value in pairs)
    return Likeness(
        recall=min(1.0, shared_keys / sum(map(weight, keys))) if keys else 0.0,
        precision=min(1.0, shared_mine / sum(map(weight, mine))) if mine else 0.0,
        matched=tuple((one.text, key.text) for one, key, _ in pairs),
        telling=any(key.name or key.kind is not Kind.WORD for _, key, _ in pairs),
        missing=any(not was_said(term) for term in lone_keys),
        extra=bool(lone_mine),
        names_more=any(_alike_in_kind(term, key) for term in lone_mine for key in keys),
        clash=any(map(_counts, mine)) != any(map(_counts, keys)),
        conflict=conflict(mine, keys, asked, pairs, lone_mine, lone_keys, known, language),
    )


def _alike_in_kind(term: Term, key: Term) -> bool:
    return (term.name and key.name) or term.kind is key.kind is Kind.NUMBER


def _counts(term: Term) -> bool:
    """`1` may stand for an article, and `0` for `nessuno`."""
    return term.kind in (Kind.NUMBER, Kind.MONTH, Kind.CENTURY) and term.text not in ("0", "1")


# --- pairs ------------------------------------------------------------------------------------------------------------


def _paired(
    mine: Sequence[Term], keys: Sequence[Term], known: set[str], is_word: IsWord, language: str
) -> tuple[list[Pair], list[Term], list[Term]]:
    """Each term of the answer with at most one of the key, the same first, then the nearest."""
    left = Counter(term.text for term in mine)
    pairs: list[Pair] = []
    lone_keys: list[Term] = []
    for key in keys:
        if left[key.text] > 0:
            left[key.text] -= 1
            pairs.append((key, key, 1.0))
        else:
            lone_keys.append(key)
    lone_mine = []
    for term in mine:
        if left[term.text] > 0:
            left[term.text] -= 1
            lone_mine.append(term)
    if initials := _initials(lone_mine, lone_keys):
        return [*pairs, *initials], [], []
    tried = [
        (value, -i, -j)
        for i, one in enumerate(lone_mine[:_MOST_PAIRED])
        for j, key in enumerate(lone_keys[:_MOST_PAIRED])
        if (value := worth(one, key, is_word=is_word, language=language)) == 1
        or (value and stem(one.text, language) not in known)  # a word of the question is not a hint at the key
    ]
    used_mine: set[int] = set()
    used_keys: set[int] = set()
    for value, i, j in sorted(tried, reverse=True):
        if -i not in used_mine and -j not in used_keys:
            used_mine.add(-i)
            used_keys.add(-j)
            pairs.append((lone_mine[-i], lone_keys[-j], value))
    lone_mine = [term for i, term in enumerate(lone_mine) if i not in used_mine]
    lone_keys = [term for j, term in enumerate(lone_keys) if j not in used_keys]
    if any(one.unit != key.unit for one, key, _ in pairs if one.text != key.text and one.kind is Kind.NUMBER):
        units = [[term for term in side if term.kind is Kind.UNIT] for side in (lone_mine, lone_keys)]
        for one, key in zip(*units, strict=False):  # converted with their numbers
            lone_mine.remove(one)
            lone_keys.remove(key)
            pairs.append((one, key, 1.0))
    return pairs, lone_mine, lone_keys


def _initials(lone_mine: Sequence[Term], lone_keys: Sequence[Term]) -> list[Pair]:
    """Pairs of the letters that stand for a name (`ONU`) with each of its words, on either side."""
    for short, long in ((lone_mine, lone_keys), (lone_keys, lone_mine)):
        if len(short) == 1 and short[0].name and stands_for(short[0].text, [term.text for term in long]):
            mirrored = short is lone_keys
            return [(term, short[0], 1.0) if mirrored else (short[0], term, 1.0) for term in long]
    return []
