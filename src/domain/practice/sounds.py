"""Which function words a grammar focus asks for, and before which words an Italian article sounds right."""

from __future__ import annotations

from domain.practice.function_words import (
    ARTICULATED,
    DEFINITE,
    INDEFINITE,
    PRONOUNS,
    SIMPLE_PREPOSITIONS,
    is_impure,
    starts_with_vowel,
)

KEYS_OF_FOCUS = {
    "articles-definite": DEFINITE,
    "articles-indefinite": INDEFINITE,
    "prepositions-simple": SIMPLE_PREPOSITIONS,
    "prepositions-articulated": frozenset(ARTICULATED),
    "pronouns-clitic": PRONOUNS,
}


def sounds_right(article: str, word: str) -> bool:
    """Whether the article (`lo`, `l'`) may stand before this word, gender and number aside."""
    if article in ("l'", "un'"):
        return starts_with_vowel(word)
    if article in ("lo", "uno", "gli"):
        return is_impure(word) or (article == "gli" and starts_with_vowel(word))
    if article in ("il", "i"):
        return not is_impure(word) and not starts_with_vowel(word)
    return article in ("le", "un") or not starts_with_vowel(word)
