"""Questions on what a sentence says: who, what, where, when, how many. The key stands in the sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adapters.offline.writer.asking import Asked, refers, says_which, statement_of
from adapters.offline.writer.definitions import definition_questions, naming_questions, which_questions
from adapters.offline.writer.items import Item
from adapters.offline.writer.measures import amount_questions, count_questions, distance_questions, size_questions
from adapters.offline.writer.people import (
    author_questions,
    birth_questions,
    doer_questions,
    life_questions,
    named_questions,
    role_questions,
)
from adapters.offline.writer.relations import (
    kind_questions,
    object_questions,
    place_questions,
    relation_questions,
    whereabouts_questions,
)
from adapters.offline.writer.sentences import Sentence
from adapters.offline.writer.setting import Setting
from adapters.offline.writer.when import century_questions, year_questions
from domain.practice import folded

_RULES = (
    definition_questions,
    naming_questions,
    birth_questions,
    life_questions,
    author_questions,
    doer_questions,
    named_questions,
    role_questions,
    which_questions,
    year_questions,
    century_questions,
    count_questions,
    amount_questions,
    size_questions,
    distance_questions,
    place_questions,
    whereabouts_questions,
    kind_questions,
    relation_questions,
    object_questions,
)
LONGEST_KEY = 8
"""Words; a longer answer cannot be graded by rule."""


def fact_items(sentence: Sentence, *, setting: Setting) -> Iterator[Item]:
    """One item for each question; those whose wrong options the passages give serve as a choice as well."""
    said = statement_of(sentence, is_word=setting.is_word)
    if re.search(r"[^\W\d_]{4,}\. ", said.text):
        return  # two sentences that were taken for one
    if said.clause is not None and not says_which(said.clause.subject, setting.is_word):
        return
    for rule in _RULES:
        for asked in rule(said):
            if _is_sound(asked, said.text):
                yield Item(
                    sentence=sentence,
                    gap=None,
                    ask=asked.question,
                    key=asked.key,
                    explanation=f"Lo dice il testo: «{said.text}»",
                    accepted=asked.accepted,
                    distractors=setting.others(asked.about, asked.key, sentence),
                )


def _is_sound(asked: Asked, text: str) -> bool:
    """The key is short, in the sentence, and not in the question; the question says what it is about."""
    question, key = folded(asked.question), folded(asked.key)
    if not 1 <= len(asked.key.split()) <= LONGEST_KEY or len(asked.question) > 220 or refers(asked.question):
        return False
    held = any(f" {folded(way)} " in f" {question} " for way in (asked.key, *asked.accepted))
    return not held and f" {key} " in f" {folded(text)} "
