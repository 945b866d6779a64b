"""What the sentence says of the word that a gap asks for: a pronoun and no article, a verb and no adjective."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from domain.practice.analysis import analyse
from domain.practice.diagnosis import Reading
from domain.practice.exercise import GAP, Exercise, gapped_sentence
from domain.practice.faults import IsWord
from domain.practice.function_words import (
    ARTICLES,
    ARTICULATED,
    POSSESSIVES,
    Agreement,
    agreement_of,
    article_like,
    is_impure,
    starts_with_vowel,
)
from domain.practice.inflection_faults import is_surely_verb
from domain.practice.normalising import normalised, tokens
from domain.practice.wordlists import words

_OF_FOCUS = {"pronouns-clitic": "pronoun", "verbs-tense": "verb", "verbs-mood": "verb", "agreement": "noun"}
_BEFORE_A_VERB = frozenset(words("non io tu lui lei noi voi loro mi ti si ci vi me te se ce ve"))
_BEFORE_A_NOUN = frozenset((*ARTICLES, *ARTICULATED, *POSSESSIVES, *words("molti molte due tre quattro questi queste")))
_ARTICLES_OR_PRONOUNS = frozenset(words("lo la l' gli le"))


def readings(exercise: Exercise, keys: Sequence[str], *, is_word: IsWord) -> tuple[Reading, ...]:
    """For each word of the key; by the exercise's focus where it has one, else by the words around the gap."""
    if exercise.language != "it":
        return ("",) * len(keys)
    if exercise.grammar_focus is not None:
        return (_OF_FOCUS.get(exercise.grammar_focus, ""),) * len(keys)
    before, after = around(exercise)
    text = (*before, *keys, *after)
    found = [_reading(text, len(before) + place, is_word) for place in range(len(keys))]
    if found and (gapped_sentence(exercise.question) or "").partition(GAP)[0][-1:].isalpha():
        found[0] = "pronoun"  # `Voglio veder____ domani.`
    return tuple(found)


def around(exercise: Exercise) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words before and after the gap, as `tokens` gives them; none of a question without one."""
    sentence = gapped_sentence(exercise.question)
    return _around(sentence, exercise.language) if sentence is not None else ((), ())


@lru_cache(maxsize=64)
def _around(sentence: str, language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    before, after = sentence.split(GAP, maxsplit=1)
    return tokens(normalised(before, language=language)), tokens(normalised(after, language=language))


def _reading(text: Sequence[str], place: int, is_word: IsWord) -> Reading:
    before = text[place - 1] if place else ""
    after = text[place + 1] if place + 1 < len(text) else ""
    if text[place] in _ARTICLES_OR_PRONOUNS:
        return "pronoun" if before in _BEFORE_A_VERB or _no_article(text[place], after, is_word) else ""
    if before in _BEFORE_A_VERB:
        return "verb"
    return "noun" if before in _BEFORE_A_NOUN or article_like(before) else ""


def _no_article(word: str, after: str, is_word: IsWord) -> bool:
    """Whether what follows shows a pronoun: no article sounds so before it, or it is a verb and nothing else."""
    if not after:
        return False
    vowel, impure = starts_with_vowel(after), is_impure(after)
    if (word == "lo" and (vowel or not impure)) or (word == "gli" and not (vowel or impure)):
        return True
    forms = [form for form in analyse(after, is_word=is_word) if form.person is not None]
    if any(form.lemma in ("avere", "essere") for form in forms):
        return True
    noun = agreement_of(after)
    if forms and noun is not None and not _agree(ARTICLES[word].agreement, noun):
        return True
    return is_surely_verb(after, is_word=is_word)


def _agree(article: Agreement, noun: Agreement) -> bool:
    return article.plural is noun.plural and (None in (article.gender, noun.gender) or article.gender == noun.gender)
