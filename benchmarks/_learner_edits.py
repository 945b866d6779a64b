"""Whether the fault that we name is the one that linguists annotated in the writing of learners of Italian.

The annotation is that of VALICO-UD: a code's first letter says what was done (S spelling, I inflection, D derivation,
F form, R replaced, M missing, U unnecessary, W word order, C collocation), the second of which part of speech (A
pronoun, C conjunction, D determiner, J adjective, N noun, P punctuation, R adverb, T preposition, V verb, X auxiliary),
and what follows what of it (G gender, N number, P person, T tense, M mood, ...). Several codes are joined by `+`.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._gap_trials import Trial
from domain.practice import GAP, Fault

_F = Fault
_ADMITTED: tuple[tuple[str, frozenset[Fault]], ...] = (
    # A pattern over one code, and the faults that say the same in our terms; the first that matches counts. Codes that
    # match none have no name with us: punctuation (.P), aspect (IVA), a clause built otherwise (IVO), a verb formed by
    # a wrong rule (IV alone), euphonic d (FC), phrases put otherwise (RW., RRC, C.).
    (r"S.S", frozenset()),  # capitals: a gap forgives case by design, and does not name it
    (r".P.?", frozenset()),
    (r"SI[MRU]", frozenset({_F.ACCENT})),
    (r"SE[MRU]", frozenset({_F.APOSTROPHE, _F.ACCENT})),  # an apostrophe for an accent, or the reverse (*pò*), too
    (r"STT", frozenset({_F.PREPOSITION, _F.ARTICLE, _F.APOSTROPHE})),  # a preposition and its article written apart
    (r"S[A-Z]{1,2}", frozenset({_F.TYPO})),  # double letters (SB), single words (SV, SN, ...), foreign spelling (S.L)
    (r"I[DJNVA]?G", frozenset({_F.GENDER})),
    (r"I[DJNVA]?N", frozenset({_F.NUMBER})),
    (r"IAP", frozenset({_F.PERSON, _F.PRONOUN})),  # *mi* for *si*: a pronoun of another person
    (r"IVP", frozenset({_F.PERSON})),
    (r"IVT", frozenset({_F.TENSE})),
    (r"IV[MB]", frozenset({_F.MOOD})),  # B: indicative for subjunctive and the like
    (r"FDG?", frozenset({_F.ARTICLE, _F.APOSTROPHE})),  # the form that the next sound asks for: *il*, *lo*, *l'*
    (r"FJG", frozenset({_F.APOSTROPHE})),  # *mezz'ora*
    (r"RX", frozenset({_F.AUXILIARY})),
    (r"RT", frozenset({_F.PREPOSITION})),
    (r"RA", frozenset({_F.PRONOUN})),
    (r"RD", frozenset({_F.ARTICLE, _F.WRONG_WORD})),  # an article, or a demonstrative
    (r"R[NVJRC]L?|D[NVJR]|F[ANVJR]L", frozenset({_F.WRONG_WORD})),  # another word, a derived one, a foreign one
    (r"UD", frozenset({_F.EXTRA_WORD, _F.ARTICLE})),  # *alla* for *a*: an article too much
    (r"UT", frozenset({_F.EXTRA_WORD, _F.PREPOSITION})),  # *al* for *il*
    (r"UA", frozenset({_F.EXTRA_WORD, _F.PRONOUN})),
    (r"U.", frozenset({_F.EXTRA_WORD})),
    (r"MD", frozenset({_F.MISSING_WORD, _F.ARTICLE})),
    (r"MT", frozenset({_F.MISSING_WORD, _F.PREPOSITION})),
    (r"MA", frozenset({_F.MISSING_WORD, _F.PRONOUN})),
    (r"M.", frozenset({_F.MISSING_WORD})),
    (r"W.", frozenset({_F.WORD_ORDER})),
)


@dataclass(frozen=True, slots=True)
class LearnerEdit:
    """What a learner wrote as the answer to a gap whose key is the correction. `admitted`: faults that would agree."""

    code: str
    trial: Trial
    admitted: frozenset[Fault]


def admitted(code: str) -> frozenset[Fault]:
    """Of a code as annotated: what any of its parts admits."""
    parts = (part.removesuffix("cascade") for part in code.split("+"))
    return frozenset(fault for part in parts for fault in _of_part(part))


def _of_part(part: str) -> frozenset[Fault]:
    return next((faults for pattern, faults in _ADMITTED if re.fullmatch(pattern, part)), frozenset())


def learner_edits(file: Path) -> Iterator[LearnerEdit]:
    """The edits of a kind that we name. Words that are missing altogether are left out: nothing says where.

    A word too much is asked with its neighbours, so that there is something to answer without it.
    """
    opened: Any = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            faults = admitted(row["code"])
            trial = _trial(row["wrong"].strip(), row["right"].strip(), row["sent"], row["kind"]) if faults else None
            if trial is not None:
                yield LearnerEdit(row["code"], trial, faults)


def _trial(wrong: str, right: str, sentence: str, kind: str) -> Trial | None:
    # After an elision (`l'`) the next word follows at once.
    place = re.search(rf"(?<!\w){re.escape(wrong)}(?:(?<=['’])|(?!\w))", sentence)
    if place is None and wrong.isalpha():
        place = re.search(rf"(?<=\w){re.escape(wrong)}(?!\w)", sentence)  # a pronoun written onto its verb
    if kind == "missing":
        return None
    if kind == "extra":
        around = re.search(rf"(\w+) +{re.escape(wrong)}(?:(?<=['’]) *| +)(\w+)", sentence)
        return Trial(f"{around[1]} {around[2]}", around[0], GAP, kind) if around else None
    gapped = sentence[: place.start()] + GAP + sentence[place.end() :] if place else GAP
    return Trial(right, wrong, gapped, kind)
