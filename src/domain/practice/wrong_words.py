"""An answer of words that is neither right nor forgiven: which word is wrong, in what, and what to say of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import chain

from domain.practice import feedback
from domain.practice.diagnosis import diagnose
from domain.practice.exercise import Exercise, ExerciseKind
from domain.practice.faults import Diagnosis, Fault, IsWord
from domain.practice.function_words import ARTICULATED, joined
from domain.practice.grades import ACCENT_SCORE, WRONG_FORM_SCORE, Finding
from domain.practice.reading import readings
from domain.practice.verb_groups import group_faults, tenses_of
from domain.shared import without_accents


def spacing(exercise: Exercise, mine: Sequence[str], keys: Sequence[str], wanted: str) -> Finding | None:
    """`dell amico` for `dell'amico`, `per che` for `perché`: spelling in an open answer, the very point of a gap.

    None unless the letters are the same, accents apart.
    """
    given, right = _letters(mine), _letters(keys)
    if without_accents(given) != without_accents(right):
        return None
    apostrophe = "".join(mine).count("'") != "".join(keys).count("'")
    faults = (Fault.APOSTROPHE if apostrophe else Fault.TYPO, *((Fault.ACCENT,) if given != right else ()))
    sentence = feedback.told("apostrophe" if apostrophe else "spaces", wanted=wanted, language=exercise.language)
    score = ACCENT_SCORE if exercise.kind is ExerciseKind.SINGLE_ANSWER else WRONG_FORM_SCORE
    return Finding(score=score, sentence=sentence, faults=faults)


def wrong_words(
    exercise: Exercise, mine: tuple[str, ...], keys: tuple[str, ...], wanted: str, is_word: IsWord
) -> Finding:
    """Name the first word that is wrong, and what is missing or too much."""
    if exercise.language == "it" and len(mine) != len(keys):
        finding = _unjoined(exercise, mine, keys, wanted) or _verb(exercise, mine, keys, wanted, is_word)
        if finding is not None:
            return finding
    faults: list[Fault] = []
    wrong: list[Diagnosis] = []
    asked = readings(exercise, keys, is_word=is_word)
    for step, a, b, c, d in SequenceMatcher(a=keys, b=mine, autojunk=False).get_opcodes():
        if step == "replace":
            pairs = zip(mine[c:d], keys[a:b], asked[a:b], strict=False)
            found = [
                diagnose(one, key, is_word=is_word, language=exercise.language, reading=reading)
                for one, key, reading in pairs
            ]
            wrong.extend(diagnosis for diagnosis in found if not diagnosis.forgiven)
            faults.extend(chain.from_iterable(diagnosis.faults for diagnosis in found))
        if step != "equal" and b - a > d - c:
            faults.append(Fault.MISSING_WORD)
        if step != "equal" and d - c > b - a:
            faults.append(Fault.EXTRA_WORD)
    named = _distinct(faults)
    near = bool(wrong) and Fault.WRONG_WORD not in named and len(mine) == len(keys)
    if wrong:
        sentence = feedback.told_of_word(wrong[0], language=exercise.language, lesson=_lesson(exercise))
    else:
        key = "missing" if Fault.MISSING_WORD in named else "too_much" if Fault.EXTRA_WORD in named else "wrong"
        sentence = feedback.told(key, wanted=wanted, language=exercise.language, lesson=_lesson(exercise))
    return Finding(score=WRONG_FORM_SCORE if near else 0, sentence=sentence, faults=named)


_WRITTEN_APART = {"de": "di", "ne": "in"}
"""How learners write a preposition that is heard in `della`, `nella`: `de la`, `ne la`."""


def _unjoined(exercise: Exercise, mine: Sequence[str], keys: Sequence[str], wanted: str) -> Finding | None:
    """`a la` for `alla`: the preposition and the article are right, and belong together."""
    if len(keys) != 1 or keys[0] not in ARTICULATED or len(mine) != 2:
        return None
    if joined(_WRITTEN_APART.get(mine[0], mine[0]), mine[1]) != keys[0]:
        return None
    sentence = feedback.told("joined", wanted=wanted, language=exercise.language)
    return Finding(score=WRONG_FORM_SCORE, sentence=sentence, faults=(Fault.PREPOSITION, Fault.ARTICLE))


def _verb(exercise: Exercise, mine: Sequence[str], keys: Sequence[str], wanted: str, is_word: IsWord) -> Finding | None:
    """The right verb in a tense of another number of words: `ho visto` for `vedevo`."""
    faults = group_faults(mine, keys, is_word=is_word)
    if not faults:
        return None
    tenses = tenses_of(mine, keys, is_word=is_word)
    if tenses is None:
        sentence = feedback.told("wrong", wanted=wanted, language=exercise.language, lesson=_lesson(exercise))
    else:
        sentence = feedback.told_of_tenses(*tenses, wanted=wanted)
    return Finding(score=WRONG_FORM_SCORE, sentence=sentence, faults=faults)


def _lesson(exercise: Exercise) -> str:
    return exercise.explanation if exercise.grammar_focus else ""


def _distinct(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(dict.fromkeys(faults))


def _letters(words: Sequence[str]) -> str:
    return "".join(words).replace("'", "")
