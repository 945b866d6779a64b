"""The baseline: blank every word that a closed list has, without looking at what stands around it."""

from __future__ import annotations

from benchmarks._gold_morphology import GoldWord, is_of_kind
from domain.practice import (
    ARTICULATED,
    DEFINITE,
    INDEFINITE,
    SIMPLE_PREPOSITIONS,
    IsWord,
    Mood,
    analyse,
    described,
    words,
)

_FINITE = {
    "verbs-tense": frozenset({Mood.INDICATIVE}),
    "verbs-mood": frozenset({Mood.CONDITIONAL, Mood.SUBJUNCTIVE}),
}
BLANKED = {
    "articles-definite": DEFINITE,
    "articles-indefinite": INDEFINITE,
    "prepositions-simple": SIMPLE_PREPOSITIONS,
    "prepositions-articulated": frozenset(ARTICULATED),
    "pronouns-clitic": frozenset(words("mi ti si ci vi lo la li le gli ne l'")),
    **dict.fromkeys(_FINITE, frozenset[str]()),
}
"""The list of each focus; a verb has none, any word counts that can be read as a finite form."""


def blanked(focus: str, word: GoldWord, *, is_word: IsWord) -> bool | None:
    """Whether blanking the word would be right; None when the list does not have it."""
    text = word.text.lower().replace("’", "'")
    if focus not in _FINITE:
        return is_of_kind(focus, word, asked="") if text in BLANKED[focus] else None
    readings = [form for form in analyse(text, is_word=is_word) if form.tense.mood in _FINITE[focus]]
    if not readings or not text.isalpha():
        return None
    return is_of_kind(focus, word, asked=f"«{readings[0].lemma}» {described(readings[0])}")
