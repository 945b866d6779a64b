"""What is wrong with a word: the fault by its name, found by generating the paradigm, not in a list."""

from __future__ import annotations

from domain.practice.faults import Diagnosis, Fault, IsWord
from domain.practice.function_words import EUPHONIC, IMPROPER_PREPOSITIONS
from domain.practice.inflection_faults import (
    auxiliary_faults,
    enclitic_faults,
    ending_faults,
    has_four_endings,
    is_inflection,
    is_surely_verb,
    malformed,
    verb_diagnosis,
)
from domain.practice.particle_faults import is_elision_of, particle_faults
from domain.practice.slips import LONG_WORD, TYPO_LENGTH, edit_distance, is_misspelling, is_slip, sounds_alike
from domain.shared import without_accents

__all__ = [
    "LONG_WORD",
    "TYPO_LENGTH",
    "Diagnosis",
    "Fault",
    "IsWord",
    "Reading",
    "diagnose",
    "edit_distance",
    "is_slip",
]

Reading = str
"""What the sentence says of the word that is asked: `pronoun`, `verb`, `noun` (or adjective), or nothing (empty)."""


def diagnose(given: str, wanted: str, *, is_word: IsWord, language: str = "it", reading: Reading = "") -> Diagnosis:
    """Compare two words as `tokens` gives them. A slip is forgiven only if what was typed is not itself a word."""
    if given == wanted:
        return Diagnosis(given, wanted)
    italian = language == "it"
    plain_given, plain_wanted = without_accents(given), without_accents(wanted)
    if plain_given == plain_wanted:
        return _accent(given, wanted, is_word=is_word, italian=italian, reading=reading)
    if plain_given.replace("'", "") == plain_wanted.replace("'", ""):
        agreement = particle_faults(given, wanted) if italian else ()
        named = tuple(fault for fault in agreement if fault is not Fault.APOSTROPHE)
        return Diagnosis(given, wanted, (Fault.APOSTROPHE, *named), False)
    if italian and EUPHONIC.get(given, given) == EUPHONIC.get(wanted, wanted):
        return Diagnosis(given, wanted, (Fault.TYPO,))
    if (
        is_slip(plain_given, plain_wanted)
        and not is_word(given)
        and not (italian and (is_inflection(given, wanted, is_word=is_word) or is_elision_of(given, wanted)))
    ):
        # A verb that is conjugated by the wrong rule is no slip of a key; a noun with a letter too many is.
        conjugates = italian and (reading == "verb" or is_surely_verb(wanted, is_word=is_word))
        wrongly_built = malformed(given, wanted, is_word=is_word) if conjugates else None
        return wrongly_built or Diagnosis(given, wanted, (Fault.TYPO,))
    return _wrong(given, wanted, is_word=is_word, italian=italian, reading=reading)


def _accent(given: str, wanted: str, *, is_word: IsWord, italian: bool, reading: Reading) -> Diagnosis:
    """Only accents differ: forgiven, unless that makes another word (`e`, `è`) or another form (`parlo`, `parlò`)."""
    if _grave(given) == _grave(wanted):
        return Diagnosis(given, wanted, (Fault.ACCENT,))
    acute = given[:-1] + "é" if given.endswith("è") else given  # `procedè` is `procedé`, turned the wrong way
    forms = italian and any(is_inflection(form, wanted, is_word=is_word) for form in (given, acute))
    if not forms and not is_word(given):
        return Diagnosis(given, wanted, (Fault.ACCENT,))
    wrong = _wrong(given, wanted, is_word=is_word, italian=italian, reading=reading)
    named = tuple(fault for fault in wrong.faults if fault not in (Fault.WRONG_WORD, Fault.TYPO))
    return Diagnosis(given, wanted, (Fault.ACCENT, *named), False, wrong.given_form, wrong.wanted_form)


def _grave(word: str) -> str:
    """An acute for a grave accent never makes another Italian word."""
    return word.translate(str.maketrans("áéíóú", "àèìòù"))


def _wrong(given: str, wanted: str, *, is_word: IsWord, italian: bool, reading: Reading) -> Diagnosis:
    if italian and (found := _italian(given, wanted, is_word=is_word, reading=reading)):
        return found
    if is_word(given):
        # A word that only sounds like the right one was misspelt, and is still another word: `dona`, `a`.
        homophone = italian and given.isalpha() and wanted.isalpha() and sounds_alike(given, wanted)
        return Diagnosis(given, wanted, (Fault.TYPO if homophone else Fault.WRONG_WORD,), False)
    return Diagnosis(given, wanted, (Fault.TYPO if is_misspelling(given, wanted) else Fault.WRONG_WORD,), False)


def _italian(given: str, wanted: str, *, is_word: IsWord, reading: Reading) -> Diagnosis | None:
    if faults := particle_faults(given, wanted, pronoun=reading == "pronoun"):
        return Diagnosis(given, wanted, faults, False)
    if wanted in IMPROPER_PREPOSITIONS:
        return None  # `verso` looks like a verb and like an adjective, and is neither here
    if faults := enclitic_faults(given, wanted, is_word=is_word):
        return Diagnosis(given, wanted, faults, False)
    faults = ending_faults(given, wanted, is_word=is_word)
    nominal = reading == "noun" or (reading != "verb" and has_four_endings(given, wanted, is_word=is_word))
    if nominal and faults:
        return Diagnosis(given, wanted, faults, False)
    if found := verb_diagnosis(given, wanted, is_word=is_word):
        return found
    if other_verb := auxiliary_faults(given, wanted):
        return Diagnosis(given, wanted, other_verb, False)
    if not is_word(given) and (found := malformed(given, wanted, is_word=is_word)):
        return found
    return Diagnosis(given, wanted, faults, False) if faults else None
