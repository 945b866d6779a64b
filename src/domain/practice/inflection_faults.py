"""What is wrong with an inflected word: verbs by generating their paradigm, nouns and adjectives by their endings."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import product

from domain.practice.analysis import analyse, is_verb
from domain.practice.enclitics import Joined, joined_forms
from domain.practice.faults import Diagnosis, Fault, IsWord
from domain.practice.function_words import PLURALS_IN_A, object_pronoun
from domain.practice.paradigm import Form, Tense, forms_of


def is_inflection(given: str, wanted: str, *, is_word: IsWord) -> bool:
    """Whether both are forms of one verb, or one stem with different endings: then the ending is what was asked."""
    if endings(given, wanted):
        return True
    lemmas = {form.lemma for form in analyse(wanted, is_word=is_word)}
    if any(form.text == given for lemma in lemmas for form in forms_of(lemma)):
        return True
    return bool(enclitic_faults(given, wanted, is_word=is_word))


NO_NOUNS = frozenset((Tense.IMPERFECT, Tense.PERFECT, Tense.FUTURE, Tense.CONDITIONAL, Tense.SUBJUNCTIVE_IMPERFECT))
"""Tenses whose forms hardly ever look like a noun or an adjective."""


def is_surely_verb(word: str, *, is_word: IsWord) -> bool:
    """Whether the word can be read as a verb, and only in tenses that no noun looks like."""
    forms = analyse(word, is_word=is_word)
    return bool(forms) and all(form.tense in NO_NOUNS for form in forms)


# --- verbs ------------------------------------------------------------------------------------------------------------


def verb_diagnosis(given: str, wanted: str, *, is_word: IsWord) -> Diagnosis | None:
    """The two as forms of one verb, read so that they differ in as little as possible."""
    best: tuple[int, Diagnosis] | None = None
    for right in analyse(wanted, is_word=is_word):
        for mine in forms_of(right.lemma):
            if mine.text != given:
                continue
            faults = form_faults(mine, right)
            weight = len(faults) + 2 * (mine.tense is not right.tense)
            if faults and (best is None or weight < best[0]):
                best = (weight, Diagnosis(given, wanted, faults, False, mine, right))
    return best[1] if best else None


def form_faults(mine: Form, right: Form) -> tuple[Fault, ...]:
    """What differs between two places of a paradigm."""
    differs = (
        (Fault.MOOD, mine.tense.mood is not right.tense.mood),
        (Fault.TENSE, mine.tense.mood is right.tense.mood and mine.tense is not right.tense),
        (Fault.PERSON, None not in (mine.person, right.person) and mine.person != right.person),
        (Fault.NUMBER, None not in (mine.plural, right.plural) and mine.plural is not right.plural),
        (Fault.GENDER, None not in (mine.gender, right.gender) and mine.gender != right.gender),
    )
    return tuple(fault for fault, is_it in differs if is_it)


def auxiliary_faults(given: str, wanted: str) -> tuple[Fault, ...]:
    """`ha` for `è`; and what else is wrong with it, if another tense or person was given as well."""
    for mine, right in (("essere", "avere"), ("avere", "essere")):
        pairs = [
            form_faults(one, other)
            for one in forms_of(mine)
            if one.text == given
            for other in forms_of(right)
            if other.text == wanted
        ]
        if pairs:
            return (Fault.AUXILIARY, *min(pairs, key=len))
    return ()


# --- verbs with a pronoun written onto them ---------------------------------------------------------------------------


def enclitic_faults(given: str, wanted: str, *, is_word: IsWord) -> tuple[Fault, ...]:
    """`vederla` for `vederlo`, `vedere` for `vederlo`, `vedendolo` for `vederlo`."""
    if not (joined_forms(given) or joined_forms(wanted)):
        return ()
    found = [
        faults
        for right in _read(wanted, is_word)
        for mine in _read(given, is_word)
        if mine.form.lemma == right.form.lemma and (faults := _joined_faults(mine, right))
    ]
    return min(found, key=len) if found else ()


def _read(word: str, is_word: IsWord) -> tuple[Joined, ...]:
    bare = tuple(Joined(form, "") for form in analyse(word, is_word=is_word))
    return (*bare, *(one for one in joined_forms(word) if is_verb(one.form.lemma, is_word=is_word)))


def _joined_faults(mine: Joined, right: Joined) -> tuple[Fault, ...]:
    if not mine.clitic and not right.clitic:
        return ()
    faults = form_faults(mine.form, right.form)
    if mine.clitic == right.clitic:
        return faults
    one, other = object_pronoun(mine.clitic).get("accusative"), object_pronoun(right.clitic).get("accusative")
    gender = one and other and one.gender != other.gender
    number = one and other and one.plural is not other.plural
    return (Fault.PRONOUN, *((Fault.GENDER,) if gender else ()), *((Fault.NUMBER,) if number else ()), *faults)


# --- forms that the rule would make, and the language does not --------------------------------------------------------

_REGULAR = {
    Tense.IMPERFECT: (
        "avo avi ava avamo avate avano",
        "evo evi eva evamo evate evano",
        "ivo ivi iva ivamo ivate ivano",
    ),
    Tense.FUTURE: ("erò erai erà eremo erete eranno", "irò irai irà iremo irete iranno"),
    Tense.CONDITIONAL: ("erei eresti erebbe eremmo ereste erebbero", "irei iresti irebbe iremmo ireste irebbero"),
    Tense.PERFECT: (
        "ai asti ò ammo aste arono",
        "ei esti é emmo este erono",
        "etti esti ette emmo este ettero",
        "ii isti ì immo iste irono",
    ),
    Tense.SUBJUNCTIVE_IMPERFECT: (
        "assi assi asse assimo aste assero",
        "essi essi esse essimo este essero",
        "issi issi isse issimo iste issero",
    ),
    Tense.PRESENT: ("o i a iamo ate ano", "o i e iamo ete ono", "isco isci isce iamo ite iscono"),
}
_PLACES = ((1, False), (2, False), (3, False), (1, True), (2, True), (3, True))
_GENDERS = (("o", "m", False), ("a", "f", False), ("i", "m", True), ("e", "f", True))


def malformed(given: str, wanted: str, *, is_word: IsWord) -> Diagnosis | None:
    """A form built by a rule that the verb does not follow: `anderò` for `andrò`, `apparito`, `sapeva` as `sapava`."""
    for right in analyse(wanted, is_word=is_word):
        if made := _rule_made(right.lemma).get(given):
            faults = min((form_faults(mine, right) for mine in made), key=len)
            return Diagnosis(given, wanted, (Fault.TYPO, *faults), False, wanted_form=right, malformed=True)
    return None


@lru_cache(maxsize=512)
def _rule_made(infinitive: str) -> dict[str, tuple[Form, ...]]:
    """What each conjugation's rule makes of the stem, less the forms that the verb has."""
    stem = infinitive[:-3]
    stems = (stem, stem + "i") if stem else ()
    made: dict[str, list[Form]] = {}
    for one, form in product(stems, _regular_endings()):
        text = one + form.text
        made.setdefault(text, []).append(replace(form, text=text, lemma=infinitive))
    real = {form.text for form in forms_of(infinitive)}
    return {text: tuple(forms) for text, forms in made.items() if text not in real}


@lru_cache(maxsize=1)
def _regular_endings() -> tuple[Form, ...]:
    """The endings of the three conjugations, each as a form of no verb."""
    finite = [
        Form(ending, "", tense, person, plural)
        for tense, rows in _REGULAR.items()
        for row in rows
        for ending, (person, plural) in zip(row.split(), _PLACES, strict=True)
    ]
    participles = [
        Form(theme + "t" + vowel, "", Tense.PARTICIPLE, plural=plural, gender=gender)
        for theme in "aui"
        for vowel, gender, plural in _GENDERS
    ]
    return (*finite, *participles, Form("ando", "", Tense.GERUND), Form("endo", "", Tense.GERUND))


# --- nouns and adjectives ---------------------------------------------------------------------------------------------

_DIFFERENCE: dict[frozenset[str], tuple[Fault, ...]] = {
    frozenset("oa"): (Fault.GENDER,),
    frozenset("oi"): (Fault.NUMBER,),
    frozenset("oe"): (Fault.GENDER, Fault.NUMBER),
    frozenset("ae"): (Fault.NUMBER,),
    frozenset("ai"): (Fault.GENDER, Fault.NUMBER),
    frozenset("ei"): (Fault.NUMBER,),
}


def endings(given: str, wanted: str) -> tuple[str, str, str] | None:
    """The stem that both share, and the vowel that each ends in: `amiche`, `amica` -> `amic`, `e`, `a`."""
    stems = []
    for word in (given, wanted):
        if len(word) < 4 or word[-1] not in "aeio":
            return None
        stem, vowel = word[:-1], word[-1]
        if (vowel in "ei" and stem.endswith(("ch", "gh"))) or stem.endswith("i"):
            stem = stem[:-1]
        stems.append((stem, vowel))
    (mine, given_vowel), (right, wanted_vowel) = stems
    if mine != right or given_vowel == wanted_vowel or len(mine) < 3:
        return None
    return mine, given_vowel, wanted_vowel


def ending_faults(given: str, wanted: str, *, is_word: IsWord) -> tuple[Fault, ...]:
    """By the vowels that both end in; -i and -e are two genders only of words that end in -o and -a as well."""
    found = endings(given, wanted)
    if found is None:
        return ()
    stem, mine, right = found
    if {mine, right} == {"o", "a"} and {given, wanted} & PLURALS_IN_A:
        return (Fault.NUMBER,)
    if {mine, right} == {"e", "i"} and is_word(stem + "o") and is_word(stem + "a"):
        return (Fault.GENDER,)
    return _DIFFERENCE[frozenset((mine, right))]


def has_four_endings(given: str, wanted: str, *, is_word: IsWord) -> bool:
    """Whether the two can be one adjective: `vuoto`, `vuota`, beside `vuoti` and `vuote`."""
    found = endings(given, wanted)
    return found is not None and {found[1], found[2]} == {"o", "a"} and all(is_word(found[0] + end) for end in "oaie")
