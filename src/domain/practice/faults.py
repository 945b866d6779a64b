"""What can be wrong with an answer, by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from domain.practice.paradigm import Form

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

    `given_form` and `wanted_form` are set where both are forms of one verb; `malformed` where what was given is built
    like a form of that verb, and is none.
    """

    given: str
    wanted: str
    faults: tuple[Fault, ...] = ()
    forgiven: bool = True
    given_form: Form | None = None
    wanted_form: Form | None = None
    malformed: bool = False
