"""Tenses of two words beside tenses of one: `ho visto` for `vedevo`, `è stato seduto` for `sedeva`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.practice.analysis import analyse
from domain.practice.faults import Fault, IsWord
from domain.practice.function_words import PERSONAL_PRONOUNS
from domain.practice.paradigm import Form, Mood, Tense, forms_of
from domain.practice.wordlists import words

_COMPOUND = {
    Tense.PRESENT: "passato prossimo",
    Tense.IMPERFECT: "trapassato prossimo",
    Tense.PERFECT: "trapassato remoto",
    Tense.FUTURE: "futuro anteriore",
    Tense.CONDITIONAL: "condizionale passato",
    Tense.SUBJUNCTIVE: "congiuntivo passato",
    Tense.SUBJUNCTIVE_IMPERFECT: "congiuntivo trapassato",
    Tense.INFINITIVE: "infinito passato",
    Tense.GERUND: "gerundio passato",
}
_BETWEEN = PERSONAL_PRONOUNS | frozenset(words("non già mai più ancora sempre anche"))
"""What stands beside a verb or between its parts, and says nothing of its tense."""
_PARTS = 4


@dataclass(frozen=True, slots=True)
class VerbGroup:
    """A verb in a simple or a compound tense. `auxiliary` is None in a simple one; `tense` is its Italian name."""

    lemma: str
    tense: str
    mood: Mood
    person: int | None
    plural: bool | None
    gender: str | None
    auxiliary: str | None


def group_faults(given: Sequence[str], wanted: Sequence[str], *, is_word: IsWord) -> tuple[Fault, ...]:
    """What differs between the same verb in two tenses, of which one at least is compound; none if it is not that."""
    found = [
        faults
        for right in _groups(wanted, is_word)
        for mine in _groups(given, is_word)
        if mine.lemma == right.lemma and (mine.auxiliary or right.auxiliary) and (faults := _differing(mine, right))
    ]
    return min(found, key=len) if found else ()


def tenses_of(given: Sequence[str], wanted: Sequence[str], *, is_word: IsWord) -> tuple[str, str] | None:
    """The Italian names of both tenses, where the same verb stands in two."""
    for right in _groups(wanted, is_word):
        for mine in _groups(given, is_word):
            if mine.lemma == right.lemma and mine.tense != right.tense:
                return mine.tense, right.tense
    return None


def _differing(mine: VerbGroup, right: VerbGroup) -> tuple[Fault, ...]:
    both = mine.auxiliary is not None and right.auxiliary is not None
    finite = None not in (mine.person, right.person)
    differs = (
        (Fault.AUXILIARY, both and mine.auxiliary != right.auxiliary),
        (Fault.MOOD, mine.mood is not right.mood),
        (Fault.TENSE, mine.mood is right.mood and mine.tense != right.tense),
        (Fault.PERSON, finite and mine.person != right.person),
        (Fault.NUMBER, None not in (mine.plural, right.plural) and mine.plural is not right.plural),
        (Fault.GENDER, None not in (mine.gender, right.gender) and mine.gender != right.gender),
    )
    return tuple(fault for fault, is_it in differs if is_it)


def _groups(tokens: Sequence[str], is_word: IsWord) -> tuple[VerbGroup, ...]:
    parts = [token for token in tokens if token not in _BETWEEN]
    if not 1 <= len(parts) <= _PARTS:
        return ()
    if len(parts) == 1:
        # A participle alone is a compound tense that lacks its auxiliary: a word is missing, no tense was chosen.
        forms = analyse(parts[0], is_word=is_word)
        return tuple(_simple(form) for form in forms if form.tense is not Tense.PARTICIPLE)
    return tuple(_compound(parts, is_word))


def _simple(form: Form) -> VerbGroup:
    return VerbGroup(form.lemma, form.tense.value, form.tense.mood, form.person, form.plural, form.gender, None)


def _compound(parts: Sequence[str], is_word: IsWord) -> Iterator[VerbGroup]:
    """Auxiliary and participle; a second participle (`è stato visto`) is the verb, the first its passive."""
    if len(parts) == 2:
        yield from _progressive(parts[0], parts[1], is_word)
    participles = [form for form in analyse(parts[-1], is_word=is_word) if form.tense is Tense.PARTICIPLE]
    middle = parts[1:-1]
    if not participles or any(not _is_participle_of_being(part) for part in middle):
        return
    for auxiliary in ("avere", "essere", "stare"):
        for helper in forms_of(auxiliary):
            if helper.text != parts[0] or helper.tense not in _COMPOUND:
                continue
            # `stava seduto` is a state, not a tense: it is named by its first verb.
            tense = helper.tense.value if auxiliary == "stare" else _COMPOUND[helper.tense]
            for form in participles:
                agrees = auxiliary == "essere"
                yield VerbGroup(
                    form.lemma,
                    tense,
                    helper.tense.mood,
                    helper.person,
                    helper.plural,
                    form.gender if agrees else None,
                    auxiliary,
                )


def _progressive(helper: str, gerund: str, is_word: IsWord) -> Iterator[VerbGroup]:
    """`stava leggendo`: not a tense of its own, but not the plain one either."""
    for form in analyse(gerund, is_word=is_word):
        if form.tense is Tense.GERUND:
            for one in forms_of("stare"):
                if one.text == helper and one.person is not None:
                    tense = f"{one.tense.value} progressivo"
                    yield VerbGroup(form.lemma, tense, one.tense.mood, one.person, one.plural, None, "stare")


def _is_participle_of_being(word: str) -> bool:
    return word in ("stato", "stata", "stati", "state")
