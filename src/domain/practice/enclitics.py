"""Verb forms with pronouns written onto them: `vederlo`, `dicendomi`, `dammi`, `alzatosi`."""

from __future__ import annotations

from dataclasses import dataclass

from domain.practice.analysis import LONGEST_WORD
from domain.practice.irregular_verbs import IMPERATIVE
from domain.practice.paradigm import Form, Tense, forms_of
from domain.practice.wordlists import words

_SINGLE = words("mi ti si ci vi lo la li le ne gli")
_PAIRS = tuple(first + second for first in words("me te se ce ve glie") for second in words("lo la li le ne"))
CLITICS = (*_PAIRS, *_SINGLE)
"""What can be written onto a verb, longest first."""
_DOUBLED = {imperative.removesuffix("'"): verb for verb, imperative in IMPERATIVE.items() if imperative.endswith("'")}
"""After `da' di' fa' sta' va'` the pronoun's consonant is doubled: `dammi`, `dillo`; not that of `gli`."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A verb form and what is written onto it: `vederlo` -> the infinitive of `vedere`, and `lo`."""

    form: Form
    clitic: str


def joined_forms(word: str) -> tuple[Joined, ...]:
    """Every way to read the word as a verb form with a pronoun; the verb need not exist. Imperatives as the present."""
    found: list[Joined] = []
    if len(word) > LONGEST_WORD:
        return ()
    for clitic in CLITICS:
        host = word.removesuffix(clitic)
        if host == word or len(host) < 2:
            continue
        found.extend(Joined(form, clitic) for form in _hosts(host))
        short = host[:-1]
        if short in _DOUBLED and host[-1] == clitic[0]:
            found.append(Joined(Form(short, _DOUBLED[short], Tense.PRESENT, 2, False), clitic))
    return tuple(found)


def _hosts(host: str) -> list[Form]:
    found: list[Form] = []
    if host.endswith("r"):
        # `portarlo` of `portare`, `proporlo` of `proporre`
        for infinitive in (host + "e", host + "re"):
            found.extend(form for form in forms_of(infinitive) if form.tense is Tense.INFINITIVE)
    if host.endswith(("ando", "endo")):
        stem = host[:-4]
        for infinitive in (stem + "are", stem + "ere", stem + "ire"):
            found.extend(form for form in forms_of(infinitive) if form.text == host and form.tense is Tense.GERUND)
    return found
