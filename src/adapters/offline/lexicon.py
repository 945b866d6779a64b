"""Whether a word is a word, from two word lists: simplemma's inflected forms and wordfreq's frequencies."""

from __future__ import annotations

import re
from functools import lru_cache

from application.practice.ports import Lexicon
from domain.practice import forms_of, words

LONGEST = 50
"""Letters of the longest word."""
FREQUENT = 2.6
"""Zipf frequency from which a form that no dictionary lists is taken for a word (names, loans)."""
OVERSHADOWED = 0.7
"""How much more frequent the accented form must be for the bare one to count as its misspelling (`citta`, `caffe`)."""
UNDENIABLE = 4.0
"""A listed form as frequent as this is a word even beside a more frequent accented one (`pero`, `meta`, `faro`)."""


class OfflineLexicon(Lexicon):
    """Both lists are loaded at the first question, in about half a second."""

    def is_word(self, word: str, language: str) -> bool:
        # Nothing longer is looked up: what is looked up is remembered.
        return len(word) <= LONGEST and _is_word(word, language)


@lru_cache(maxsize=100_000)
def _is_word(word: str, language: str) -> bool:
    bare = word.removesuffix("'")
    if not bare.isalpha():
        return False
    import simplemma
    from wordfreq import zipf_frequency

    try:
        listed = bool(simplemma.is_known(bare, lang=language))
        frequency = zipf_frequency(bare, language)
    except (ValueError, LookupError):
        return False
    if language == "it":
        if _MONOSYLLABLE.fullmatch(bare):
            return bare in _ACCENTED_MONOSYLLABLES or _is_verb_form(bare)
        others = [(form, zipf_frequency(form, language)) for form in _accented(bare)]
        most = max((other for _, other in others), default=0.0)
        if most - frequency >= OVERSHADOWED and not (listed and (frequency >= UNDENIABLE or _is_verb_form(bare))):
            return False
        # Acute and grave never tell two words apart: of `perché` and `perchè` the frequent one is the word.
        if most > frequency and (not listed or bare[-1] in "èé"):
            return False
        if not listed and _is_known_misspelling(bare, frequency):
            return False
    return listed or frequency >= FREQUENT


def _is_verb_form(word: str) -> bool:
    """`capacita`, `eredita`: beside `capacità`, `eredità` rare, and words all the same."""
    import simplemma

    return any(form.text == word for form in forms_of(simplemma.lemmatize(word, lang="it")))


def _is_known_misspelling(word: str, frequency: float) -> bool:
    """A form that no dictionary lists, beside a listed and more frequent one with a consonant more or less."""
    import simplemma
    from wordfreq import zipf_frequency

    right = set()
    for place, letter in enumerate(word):
        if letter in "aeiouàèéìòù":
            continue
        if place and word[place - 1] == letter:
            right.add(word[:place] + word[place + 1 :])
        elif place:
            right.add(word[:place] + letter + word[place:])
    return any(
        zipf_frequency(form, "it") - frequency >= OVERSHADOWED and simplemma.is_known(form, lang="it") for form in right
    )


_MONOSYLLABLE = re.compile(r"[bcdfghlmnpqrstvz]+[iu]?[àèéìòù]")
_ACCENTED_MONOSYLLABLES = frozenset(words("là lì sì dì tè né sé ché ciò giù già più può piè scià bè"))
"""The others are written without an accent: `fa`, `sta`, `qui`, `su`, `po'`; those of verbs (`dà`) are looked up."""
_ACCENTS = {"a": "à", "e": "éè", "i": "ì", "o": "ò", "u": "ù", "è": "é", "é": "è"}


def _accented(word: str) -> tuple[str, ...]:
    """The word with its last vowel accented otherwise: `perche`, `perchè` -> `perché`."""
    return tuple(word[:-1] + vowel for vowel in _ACCENTS.get(word[-1], "")) if len(word) > 1 else ()
