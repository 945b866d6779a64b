"""What is wrong with a word: the fault by its name, found by generating the paradigm, not in a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from domain.practice.analysis import analyse
from domain.practice.function_words import ARTICLES, ARTICULATED, PRONOUNS, SIMPLE_PREPOSITIONS
from domain.practice.paradigm import Form, forms_of
from domain.shared import without_accents

IsWord: TypeAlias = Callable[[str], bool]
"""Whether a word, in lower case, is one of the study language."""


class Fault(StrEnum):
    ACCENT = "ACCENT"
    TYPO = "TYPO"
    APOSTROPHE = "APOSTROPHE"
    CAPITAL = "CAPITAL"
    GENDER = "GENDER"
    NUMBER = "NUMBER"
    PERSON = "PERSON"
    TENSE = "TENSE"
    MOOD = "MOOD"
    AUXILIARY = "AUXILIARY"
    ARTICLE = "ARTICLE"
    PREPOSITION = "PREPOSITION"
    PRONOUN = "PRONOUN"
    WORD_ORDER = "WORD_ORDER"
    MISSING_WORD = "MISSING_WORD"
    EXTRA_WORD = "EXTRA_WORD"
    WRONG_WORD = "WRONG_WORD"
    OFF_TOPIC = "OFF_TOPIC"
    EMPTY = "EMPTY"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One word beside the word that was wanted. `forgiven`: it is the right word, with a slip of the pen.

    `given_form` and `wanted_form` are set where both are forms of one verb.
    """

    given: str
    wanted: str
    faults: tuple[Fault, ...] = ()
    forgiven: bool = True
    given_form: Form | None = None
    wanted_form: Form | None = None


TYPO_LENGTH = 5
"""Below five letters a slip is too much of the word to be one."""
LONG_WORD = 9
"""From nine letters on two slips are forgiven."""


def diagnose(given: str, wanted: str, *, is_word: IsWord, language: str = "it") -> Diagnosis:
    """Compare two words as `tokens` gives them. A slip is forgiven only if what was typed is not itself a word."""
    if given == wanted:
        return Diagnosis(given, wanted)
    plain_given, plain_wanted = without_accents(given), without_accents(wanted)
    if plain_given == plain_wanted:
        if _grave(given) == _grave(wanted) or not (is_word(given) or _is_inflection(given, wanted, is_word, language)):
            return Diagnosis(given, wanted, (Fault.ACCENT,))
        wrong = _wrong(given, wanted, is_word, language)
        named = tuple(fault for fault in wrong.faults if fault is not Fault.WRONG_WORD)
        return Diagnosis(given, wanted, (Fault.ACCENT, *named), False, wrong.given_form, wrong.wanted_form)
    if plain_given.replace("'", "") == plain_wanted.replace("'", ""):
        agreement = _function_word(given, wanted) if language == "it" else ()
        return Diagnosis(given, wanted, (Fault.APOSTROPHE, *agreement), False)
    if (
        is_slip(plain_given, plain_wanted)
        and not is_word(given)
        and not _is_inflection(given, wanted, is_word, language)
    ):
        return Diagnosis(given, wanted, (Fault.TYPO,))
    return _wrong(given, wanted, is_word, language)


def is_slip(given: str, wanted: str) -> bool:
    """Whether few enough keys went wrong: one in words of 5 to 8 letters, two from 9 on; never in numbers."""
    if len(wanted) < TYPO_LENGTH or not (given.isalpha() and wanted.isalpha()):
        return False
    allowed = 1 if len(wanted) < LONG_WORD else 2
    return abs(len(given) - len(wanted)) <= allowed and edit_distance(given, wanted) <= allowed


def edit_distance(left: str, right: str) -> int:
    """Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, start=1):
        before, last, row = row, before, [i]
        for j, b in enumerate(right, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _grave(word: str) -> str:
    """An acute for a grave accent never makes another Italian word."""
    return word.translate(str.maketrans("áéíóú", "àèìòù"))


def _is_inflection(given: str, wanted: str, is_word: IsWord, language: str) -> bool:
    """Whether both are forms of one verb, or one stem with different endings: then the ending is what was asked."""
    if language != "it":
        return False
    if _endings(given, wanted):
        return True
    lemmas = {form.lemma for form in analyse(wanted, is_word=is_word)}
    return any(form.text == given for lemma in lemmas for form in forms_of(lemma))


def _wrong(given: str, wanted: str, is_word: IsWord, language: str) -> Diagnosis:
    if language == "it":
        if faults := _function_word(given, wanted):
            return Diagnosis(given, wanted, faults, False)
        if found := _verb(given, wanted, is_word):
            return found
        if faults := _auxiliary(given, wanted) or _ending_faults(given, wanted, is_word):
            return Diagnosis(given, wanted, faults, False)
    close = is_slip(given, wanted) or (not is_word(given) and len(wanted) > 2 and edit_distance(given, wanted) == 1)
    return Diagnosis(given, wanted, (Fault.TYPO if close and not is_word(given) else Fault.WRONG_WORD,), False)


# --- function words ---------------------------------------------------------------------------------------------------


def _function_word(given: str, wanted: str) -> tuple[Fault, ...]:
    if given in ARTICLES and wanted in ARTICLES:
        return (Fault.ARTICLE, *_article_faults(given, wanted))
    if wanted in ARTICULATED:
        preposition, article = ARTICULATED[wanted]
        if given in ARTICULATED:
            other, other_article = ARTICULATED[given]
            faults = (Fault.PREPOSITION,) if other != preposition else ()
            if other_article != article:
                faults = (*faults, Fault.ARTICLE, *_article_faults(other_article, article))
            return faults
        if given in SIMPLE_PREPOSITIONS:
            return (Fault.ARTICLE,) if given == preposition else (Fault.PREPOSITION, Fault.ARTICLE)
        return (Fault.PREPOSITION,) if given in ARTICLES else ()
    if wanted in SIMPLE_PREPOSITIONS and (given in SIMPLE_PREPOSITIONS or given in ARTICULATED):
        return (Fault.PREPOSITION,) if ARTICULATED.get(given, (given,))[0] != wanted else (Fault.ARTICLE,)
    return (Fault.PRONOUN,) if given in PRONOUNS and wanted in PRONOUNS else ()


def _article_faults(given: str, wanted: str) -> tuple[Fault, ...]:
    mine, right = ARTICLES[given].agreement, ARTICLES[wanted].agreement
    gender = None not in (mine.gender, right.gender) and mine.gender != right.gender
    return tuple(
        fault for fault, differs in ((Fault.GENDER, gender), (Fault.NUMBER, mine.plural != right.plural)) if differs
    )


# --- verbs ------------------------------------------------------------------------------------------------------------


def _verb(given: str, wanted: str, is_word: IsWord) -> Diagnosis | None:
    """The two as forms of one verb, read so that they differ in as little as possible."""
    best: tuple[int, Diagnosis] | None = None
    for right in analyse(wanted, is_word=is_word):
        for mine in forms_of(right.lemma):
            if mine.text != given:
                continue
            faults = _form_faults(mine, right)
            weight = len(faults) + 2 * (mine.tense is not right.tense)
            if faults and (best is None or weight < best[0]):
                best = (weight, Diagnosis(given, wanted, faults, False, mine, right))
    return best[1] if best else None


def _form_faults(mine: Form, right: Form) -> tuple[Fault, ...]:
    differs = (
        (Fault.MOOD, mine.tense.mood is not right.tense.mood),
        (Fault.TENSE, mine.tense.mood is right.tense.mood and mine.tense is not right.tense),
        (Fault.PERSON, None not in (mine.person, right.person) and mine.person != right.person),
        (Fault.NUMBER, None not in (mine.plural, right.plural) and mine.plural is not right.plural),
        (Fault.GENDER, None not in (mine.gender, right.gender) and mine.gender != right.gender),
    )
    return tuple(fault for fault, is_it in differs if is_it)


def _auxiliary(given: str, wanted: str) -> tuple[Fault, ...]:
    for mine, right in (("essere", "avere"), ("avere", "essere")):
        if _among(given, mine) and _among(wanted, right):
            return (Fault.AUXILIARY,)
    return ()


def _among(text: str, infinitive: str) -> bool:
    return any(form.text == text for form in forms_of(infinitive))


# --- nouns and adjectives ---------------------------------------------------------------------------------------------

_DIFFERENCE: dict[frozenset[str], tuple[Fault, ...]] = {
    frozenset("oa"): (Fault.GENDER,),
    frozenset("oi"): (Fault.NUMBER,),
    frozenset("oe"): (Fault.GENDER, Fault.NUMBER),
    frozenset("ae"): (Fault.NUMBER,),
    frozenset("ai"): (Fault.GENDER, Fault.NUMBER),
    frozenset("ei"): (Fault.NUMBER,),
}


def _endings(given: str, wanted: str) -> tuple[str, str, str] | None:
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


def _ending_faults(given: str, wanted: str, is_word: IsWord) -> tuple[Fault, ...]:
    found = _endings(given, wanted)
    if found is None:
        return ()
    stem, mine, right = found
    if {mine, right} == {"e", "i"} and is_word(stem + "o") and is_word(stem + "a"):
        return (Fault.GENDER,)
    return _DIFFERENCE[frozenset((mine, right))]
