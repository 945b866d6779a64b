"""Gates that look at a draft alone: it is whole, and gives nothing away."""

from __future__ import annotations

import re

from domain.practice.exercise import (
    GAP,
    Draft,
    ExerciseKind,
    fingerprint,
    folded,
    gapped_sentence,
    seeded_order,
)
from domain.practice.judging import Context, distractors_of, holds
from domain.practice.normalising import normalised
from domain.practice.proof_gates import KEYS_OF_FOCUS

QUESTION_LIMIT = 600
KEY_LIMIT = 200
EXPLANATION_LIMIT = 600
OPTION_COUNT = (3, 6)
LENGTH_RATIO = 1.8
"""A key this many times as long (or as short) as every distractor gives itself away."""


def has_all_parts(draft: Draft, _: Context) -> str | None:
    parts = (
        ("question", draft.question, QUESTION_LIMIT),
        ("key", draft.key, KEY_LIMIT),
        ("explanation", draft.explanation, EXPLANATION_LIMIT),
    )
    for name, text, limit in parts:
        if not folded(text.replace(GAP, "")):
            return f"no {name}"
        if len(text) > limit:
            return f"{name} longer than {limit} characters"
        if any(ord(character) < 32 and character != "\n" for character in text):
            return f"control characters in the {name}"
    return None


def has_one_gap(draft: Draft, _: Context) -> str | None:
    blanks = re.findall(r"_{2,}|…{2,}|\.{4,}|\[\s*\]", draft.question)
    if draft.kind is ExerciseKind.SINGLE_ANSWER:
        return "a gap in a question" if blanks else None
    if draft.kind is ExerciseKind.MULTIPLE_CHOICE and not blanks:
        return None
    if blanks != [GAP]:
        return f"{len(blanks)} gaps instead of one `{GAP}`"
    sentence = gapped_sentence(draft.question)
    if sentence is None:
        return "the gap is not in the last line"
    if re.search(rf"[\w'’]{GAP}|{GAP}\w", sentence):
        return "the gap is a part of a word"
    return None


def has_its_options(draft: Draft, _: Context) -> str | None:
    if draft.kind is not ExerciseKind.MULTIPLE_CHOICE:
        return "options without a choice" if draft.options else None
    least, most = OPTION_COUNT
    if not least <= len(draft.options) <= most:
        return f"{len(draft.options)} options"
    return "an empty option" if not all(folded(option) for option in draft.options) else None


def has_distinct_options(draft: Draft, _: Context) -> str | None:
    return "two options are the same but for case and accents" if _repeats(draft.options) else None


def has_its_key_among_the_options(draft: Draft, _: Context) -> str | None:
    if draft.kind is ExerciseKind.MULTIPLE_CHOICE and draft.key not in draft.options:
        return "the key is no option"
    return None


def has_distinct_alternatives(draft: Draft, _: Context) -> str | None:
    given = (draft.key, *draft.accepted)
    if not all(folded(text) for text in given):
        return "an empty accepted answer"
    return "an accepted answer twice" if len({normalised(text) for text in given}) < len(given) else None


# --- nothing given away -----------------------------------------------------------------------------------------------


def question_does_not_hold_the_key(draft: Draft, _: Context) -> str | None:
    """Words of grammar may occur again in a sentence; a word of meaning, or a verb's form, must not."""
    key = normalised(draft.key)
    if draft.language == "it" and draft.grammar_focus in KEYS_OF_FOCUS and key in KEYS_OF_FOCUS[draft.grammar_focus]:
        return None
    question = folded(draft.question.replace(GAP, " "))
    for answer in (draft.key, *draft.accepted):
        if holds(question, folded(answer)):
            return f"`{answer}` is in the question"
    return None


def length_tells_nothing(draft: Draft, _: Context) -> str | None:
    others = [len(distractor) for distractor in distractors_of(draft)]
    if not others:
        return None
    mine = len(draft.key)
    if mine > LENGTH_RATIO * max(others) and mine - max(others) > 6:
        return "the key is by far the longest"
    if mine * LENGTH_RATIO < min(others) and min(others) - mine > 6:
        return "the key is by far the shortest"
    return None


def look_tells_nothing(draft: Draft, _: Context) -> str | None:
    """The key is not the only option with a digit, with a capital, or with a full stop."""
    others = distractors_of(draft)
    if not others:
        return None
    for look, name in ((str.isdigit, "digits"), (str.isupper, "a capital"), (".".__eq__, "a full stop")):
        if any(map(look, draft.key)) and not any(look(letter) for text in others for letter in text):
            return f"only the key has {name}"
    return None


def place_tells_nothing(draft: Draft, _: Context) -> str | None:
    if draft.options != seeded_order(draft.question, draft.options):
        return "the order of the options is the writer's own"
    return None


def is_new(draft: Draft, context: Context) -> str | None:
    return "the student has it already" if fingerprint(draft.question) in context.known else None


def _repeats(options: tuple[str, ...]) -> bool:
    return len({_option(option) for option in options}) < len(options)


def _option(text: str) -> str:
    """Folded, but `l'` stays another option than `l`."""
    return folded(text) + ("'" if normalised(text).endswith("'") else "")
