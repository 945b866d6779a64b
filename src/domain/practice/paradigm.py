"""The paradigm of an Italian verb, made by rule: every simple form with its tense, person and number.

Used to name what is wrong with an answer, to write distractors, and to be sure of what a gap asks for. The rules know
orthography (`cerchi`, `mangerò`), the strong perfects by their endings, and a table of the irregular rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from domain.practice.irregular_verbs import (
    FULL_FUTURE,
    FUTURE,
    IMPERATIVE,
    IMPERFECT_STEM,
    PRESENT,
    STRESSED_I,
    SUBJUNCTIVE,
    VARIANTS,
    WITHOUT_ISC,
    irregular,
)
from domain.practice.strong_verbs import PAST
from domain.practice.wordlists import words


class Mood(StrEnum):
    INDICATIVE = "indicativo"
    CONDITIONAL = "condizionale"
    SUBJUNCTIVE = "congiuntivo"
    IMPERATIVE = "imperativo"
    INFINITIVE = "infinito"
    GERUND = "gerundio"
    PARTICIPLE = "participio"


class Tense(StrEnum):
    """The value is its Italian name."""

    PRESENT = "presente indicativo"
    IMPERFECT = "imperfetto indicativo"
    PERFECT = "passato remoto"
    FUTURE = "futuro semplice"
    CONDITIONAL = "condizionale presente"
    SUBJUNCTIVE = "congiuntivo presente"
    SUBJUNCTIVE_IMPERFECT = "congiuntivo imperfetto"
    IMPERATIVE = "imperativo"
    INFINITIVE = "infinito"
    GERUND = "gerundio"
    PARTICIPLE = "participio passato"

    @property
    def mood(self) -> Mood:
        return _MOODS.get(self, Mood.INDICATIVE)


_MOODS = {
    Tense.CONDITIONAL: Mood.CONDITIONAL,
    Tense.SUBJUNCTIVE: Mood.SUBJUNCTIVE,
    Tense.SUBJUNCTIVE_IMPERFECT: Mood.SUBJUNCTIVE,
    Tense.IMPERATIVE: Mood.IMPERATIVE,
    Tense.INFINITIVE: Mood.INFINITIVE,
    Tense.GERUND: Mood.GERUND,
    Tense.PARTICIPLE: Mood.PARTICIPLE,
}


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a verb. `person` is 1 to 3; participles have gender (`m`, `f`); None where there is none."""

    text: str
    lemma: str
    tense: Tense
    person: int | None = None
    plural: bool | None = None
    gender: str | None = None


_INFINITIVE_ENDINGS = ("are", "ere", "ire", "porre", "durre", "trarre")
_ROLES = ((1, False), (2, False), (3, False), (1, True), (2, True), (3, True))


@lru_cache(maxsize=4096)
def forms_of(infinitive: str) -> tuple[Form, ...]:
    """Every simple form of the verb; empty when the infinitive is none of ours (`-are -ere -ire -rre`).

    Imperatives only where no other tense has the form: `sii`, `abbi`, `va'`.
    """
    if len(infinitive) < 4 or not infinitive.endswith(_INFINITIVE_ENDINGS):
        return ()
    weak = _weak_stem(infinitive)
    present = _present(infinitive)
    rows = [
        (Tense.PRESENT, present),
        (Tense.IMPERFECT, _imperfect(infinitive, weak)),
        (Tense.PERFECT, _perfect(infinitive, weak)),
        (Tense.FUTURE, _after(_future_stem(infinitive), "ò ai à emo ete anno")),
        (Tense.CONDITIONAL, _after(_future_stem(infinitive), "ei esti ebbe emmo este ebbero")),
        (Tense.SUBJUNCTIVE, _subjunctive(infinitive, present)),
        (Tense.SUBJUNCTIVE_IMPERFECT, _after(_past_vowel(infinitive, weak), "ssi ssi sse ssimo ste ssero")),
    ]
    forms = [
        Form(text, infinitive, tense, person, plural)
        for tense, texts in rows
        for text, (person, plural) in zip(texts, _ROLES, strict=True)
    ]
    if found := irregular(IMPERATIVE, infinitive):
        forms.append(Form(found[0] + found[1], infinitive, Tense.IMPERATIVE, 2, False))
    forms.append(Form(infinitive, infinitive, Tense.INFINITIVE))
    forms.append(Form(gerund_of(infinitive), infinitive, Tense.GERUND))
    stem = _participle(infinitive)[:-1]
    forms.extend(
        Form(stem + vowel, infinitive, Tense.PARTICIPLE, plural=plural, gender=gender)
        for vowel, gender, plural in (("o", "m", False), ("a", "f", False), ("i", "m", True), ("e", "f", True))
    )
    return (*forms, *_variants(infinitive, forms))


def _variants(infinitive: str, forms: list[Form]) -> Iterable[Form]:
    """Other forms for the same place in the paradigm: `vendette` beside `vendé`, `debbo` beside `devo`."""
    pairs = dict(pair.split() for pair in VARIANTS.get(infinitive, "").split(", ") if pair)
    for form in forms:
        if form.text in pairs:
            yield replace(form, text=pairs[form.text])
        elif form.tense is Tense.PERFECT and infinitive.endswith("ere"):
            for ending, other in (("ei", "etti"), ("é", "ette"), ("erono", "ettero")):
                if form.text == infinitive[:-3] + ending:
                    yield replace(form, text=infinitive[:-3] + other)


def same_place(form: Form) -> tuple[str, ...]:
    """Every text that the paradigm has for the same tense, person, number and gender, the form's own first."""
    others = (other.text for other in forms_of(form.lemma) if replace(other, text=form.text) == form)
    return tuple(dict.fromkeys((form.text, *others)))


def form_of(infinitive: str, tense: Tense, *, person: int, plural: bool) -> str | None:
    """The one form asked for; None when the verb is none of ours."""
    for form in forms_of(infinitive):
        if form.tense is tense and form.person == person and form.plural is plural:
            return form.text
    return None


# --- stems ------------------------------------------------------------------------------------------------------------


def _after(stem: str, endings: str) -> list[str]:
    return [stem + ending for ending in endings.split()]


def _weak_stem(infinitive: str) -> str:
    """`mangia`, `prende`, `parti`, `face`: what the imperfect is built on."""
    if found := irregular(IMPERFECT_STEM, infinitive):
        return found[0] + found[1]
    return infinitive[:-2]


def gerund_of(infinitive: str) -> str:
    """`mangiando`, `facendo`, `partendo`."""
    weak = _weak_stem(infinitive)
    return weak[:-1] + ("ando" if weak[-1] == "a" else "endo")


def imperfect_of(infinitive: str) -> str:
    """The third person: `mangiava`. Not of `essere`."""
    return _weak_stem(infinitive) + "va"


def _imperfect(infinitive: str, weak: str) -> list[str]:
    if infinitive == "essere":
        return list(words("ero eri era eravamo eravate erano"))
    return _after(weak, "vo vi va vamo vate vano")


def _soft(stem: str, vowel: str) -> str:
    """A stem of `-are` before e or i: `cerc` -> `cerch`, `mangi` -> `mang`."""
    if stem.endswith(("c", "g")):
        return stem + "h"
    if stem.endswith("i") and (vowel == "i" or stem.endswith(("ci", "gi"))):
        return stem[:-1]
    return stem


def _present(infinitive: str) -> list[str]:
    if found := irregular(PRESENT, infinitive):
        before, forms = found
        texts = [before + form for form in forms.split()]
        if before and texts[2] == before + "fa":
            texts[2] = before + "fà"
        return texts
    stem = infinitive[:-3]
    if infinitive.endswith("are"):
        soft = stem if infinitive in STRESSED_I else _soft(stem, "i")
        plural = _soft(stem, "i")
        return [stem + "o", soft + "i", stem + "a", plural + "iamo", stem + "ate", stem + "ano"]
    if infinitive.endswith("ire"):
        long = stem if infinitive in WITHOUT_ISC else stem + "isc"
        return [long + "o", long + "i", long + "e", stem + "iamo", stem + "ite", long + "ono"]
    return [stem + "o", _drop_i(stem) + "i", stem + "e", _drop_i(stem) + "iamo", stem + "ete", stem + "ono"]


def _drop_i(stem: str) -> str:
    return stem.removesuffix("i")


def _subjunctive(infinitive: str, present: list[str]) -> list[str]:
    if found := irregular(SUBJUNCTIVE, infinitive):
        return [found[0] + form for form in found[1].split()]
    regular = infinitive.endswith("are") and infinitive != "andare" and not irregular(PRESENT, infinitive)
    if regular:
        one, many = present[1], present[1] + "no"
    else:
        one, many = present[0][:-1] + "a", present[0][:-1] + "ano"
    return [one, one, one, present[3], present[3].removesuffix("amo") + "ate", many]


def _past_vowel(infinitive: str, weak: str) -> str:
    """What `-ssi` and `-sti` follow: `fo`, `de`, `ste`, otherwise the weak stem."""
    return {"essere": "fo", "dare": "de", "stare": "ste"}.get(infinitive, weak)


def _perfect(infinitive: str, weak: str) -> list[str]:
    if infinitive == "essere":
        return list(words("fui fosti fu fummo foste furono"))
    base = _past_vowel(infinitive, weak)
    weak_forms = (base + "sti", base + "mmo", base + "ste")
    found = irregular(PAST, infinitive)
    if found and found[1][0]:
        strong = found[0] + found[1][0]
        return [strong + "i", weak_forms[0], strong + "e", weak_forms[1], weak_forms[2], strong + "ero"]
    stem = weak[:-1]
    one, third, many = {
        "a": ("ai", "ò", "arono"),
        "e": ("ei", "é", "erono"),
        "i": ("ii", "ì", "irono"),
    }[weak[-1]]
    return [stem + one, weak_forms[0], stem + third, weak_forms[1], weak_forms[2], stem + many]


def _future_stem(infinitive: str) -> str:
    if infinitive not in FULL_FUTURE and (found := irregular(FUTURE, infinitive)):
        return found[0] + found[1]
    if infinitive.endswith("rre"):
        return infinitive[:-1]
    if infinitive.endswith("are"):
        return _soft(infinitive[:-3], "e") + "er"
    return infinitive[:-1]


def _participle(infinitive: str) -> str:
    found = irregular(PAST, infinitive)
    if found and found[1][1]:
        return found[0] + found[1][1]
    stem = infinitive[:-3]
    if infinitive.endswith("are"):
        return stem + "ato"
    if infinitive.endswith("ire"):
        return stem + "ito"
    return stem + ("iuto" if stem.endswith("sc") else "uto")
