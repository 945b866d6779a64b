"""Whether a word is a word, from two word lists: simplemma's inflected forms and wordfreq's frequencies."""

from __future__ import annotations

from functools import lru_cache

from application.practice.ports import Lexicon

FREQUENT = 2.6
"""Zipf frequency from which a form that no dictionary lists is taken for a word (names, loans)."""
OVERSHADOWED = 0.7
"""How much more frequent the accented form must be for the bare one to count as its misspelling (`citta`, `caffe`)."""
UNDENIABLE = 4.2
"""A listed form as frequent as this is a word even beside a more frequent accented one (`pero`, `meta`)."""


class OfflineLexicon(Lexicon):
    """Both lists are loaded at the first question, in about half a second."""

    def is_word(self, word: str, language: str) -> bool:
        return _is_word(word, language)


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
    if language == "it" and (accented := _accented(bare)):
        other = max(zipf_frequency(form, language) for form in accented)
        if other - frequency >= OVERSHADOWED and not (listed and frequency >= UNDENIABLE):
            return False
        # Acute and grave never tell two words apart: of `perché` and `perchè` the frequent one is the word.
        if other > frequency and (not listed or bare[-1] in "èé"):
            return False
    return listed or frequency >= FREQUENT


_ACCENTS = {"a": "à", "e": "éè", "i": "ì", "o": "ò", "u": "ù", "è": "é", "é": "è"}


def _accented(word: str) -> tuple[str, ...]:
    """The word with its last vowel accented otherwise: `perche`, `perchè` -> `perché`."""
    return tuple(word[:-1] + vowel for vowel in _ACCENTS.get(word[-1], "")) if len(word) > 1 else ()
