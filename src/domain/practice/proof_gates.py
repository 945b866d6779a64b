"""Gates that hold a draft against its proof: the quotation says it, and nothing else answers as well."""

from __future__ import annotations

import re
from collections.abc import Iterator

from domain.practice.exercise import GAP, Draft, ExerciseKind, filled, folded, gapped_sentence
from domain.practice.function_words import (
    ARTICLES,
    ARTICULATED,
    DEFINITE,
    INDEFINITE,
    PRONOUNS,
    SIMPLE_PREPOSITIONS,
    is_impure,
    starts_with_vowel,
)
from domain.practice.judging import Context, distractors_of, holds
from domain.practice.normalising import normalised, tokens
from domain.practice.paradigm import Mood, Tense, forms_of

QUOTATION_WORDS = (4, 60)


def quotes_verbatim(draft: Draft, context: Context) -> str | None:
    quotation = draft.evidence
    for passage in context.passages:
        if passage.chunk_id == quotation.chunk_id and passage.source_id == quotation.source_id:
            start, end = quotation.start - passage.start, quotation.end - passage.start
            if not 0 <= start < end <= len(passage.text):
                return "the quotation lies outside its chunk"
            if passage.text[start:end] != quotation.quote:
                return "the words at the offsets are others"
            return "on another page" if passage.page != quotation.page else None
    return "quotes a chunk that was not given"


def quotes_a_whole_thought(draft: Draft, _: Context) -> str | None:
    least, most = QUOTATION_WORDS
    words = len(draft.evidence.quote.split())
    return None if least <= words <= most else f"a quotation of {words} words"


def key_follows_from_quotation(draft: Draft, _: Context) -> str | None:
    """A gapped sentence filled with the key is the quotation; any other key stands in the quotation, word for word."""
    sentence = gapped_sentence(draft.question)
    quote = filled(draft.evidence.quote, "")
    if sentence is not None:
        return None if filled(sentence, draft.key) in (quote, _unframed(quote)) else "filled, it is another sentence"
    return None if holds(folded(quote), folded(draft.key)) else "the key is not in the quotation"


# --- one right answer -------------------------------------------------------------------------------------------------

KEYS_OF_FOCUS = {
    "articles-definite": DEFINITE,
    "articles-indefinite": INDEFINITE,
    "prepositions-simple": SIMPLE_PREPOSITIONS,
    "prepositions-articulated": frozenset(ARTICULATED),
    "pronouns-clitic": PRONOUNS,
}
_MOODS_OF_FOCUS = {
    "verbs-tense": frozenset({Mood.INDICATIVE}),
    "verbs-mood": frozenset({Mood.CONDITIONAL, Mood.SUBJUNCTIVE}),
}


def asks_what_its_focus_says(draft: Draft, _: Context) -> str | None:
    """The key is of the kind that the grammar focus names; for a verb, a form of the infinitive that is asked."""
    key, focus = normalised(draft.key), draft.grammar_focus
    if draft.language != "it" or focus is None:
        return None
    if focus in KEYS_OF_FOCUS:
        return None if key in KEYS_OF_FOCUS[focus] else "the key is not of the kind asked for"
    if focus in _MOODS_OF_FOCUS and not any(
        form.text == key and form.tense.mood in _MOODS_OF_FOCUS[focus]
        for infinitive in _asked_for(draft)
        for form in forms_of(infinitive)
    ):
        return "the key is no form, in that mood, of a verb that the question names"
    return None


def leaves_one_filler(draft: Draft, _: Context) -> str | None:
    """What is asked makes the filler certain: a line says it, and for a verb it names infinitive and tense."""
    sentence = gapped_sentence(draft.question)
    if draft.language != "it" or sentence is None:
        return None
    asked = draft.question.rsplit("\n", maxsplit=1)[0] if "\n" in draft.question.strip() else ""
    if not asked and draft.kind is ExerciseKind.FILL_GAP:
        return "does not say what is asked for"
    if draft.grammar_focus in _MOODS_OF_FOCUS:
        named = [tense for tense in Tense if tense.value in asked.lower()]
        right = {
            form.text
            for infinitive in _asked_for(draft)
            for form in forms_of(infinitive)
            if form.tense in named and form.person is not None
        }
        return None if normalised(draft.key) in right else "does not name the tense of the key"
    words = (
        ("determinativo", "indeterminativo")
        if draft.grammar_focus in ("articles-definite", "articles-indefinite")
        else ()
    )
    if words and draft.kind is ExerciseKind.FILL_GAP and not any(word in asked.lower() for word in words):
        return "definite and indefinite article are both possible"
    if draft.grammar_focus == "prepositions-articulated" and not re.search(r"«(di|a|da|in|su|con|per)»", asked):
        return "another preposition is possible" if draft.kind is ExerciseKind.FILL_GAP else None
    return None


def has_no_right_distractor(draft: Draft, context: Context) -> str | None:
    """No distractor is accepted, stands as well in the gap, or is what the quotation or another passage says."""
    accepted = {normalised(text) for text in draft.accepted}
    sentence = gapped_sentence(draft.question)
    texts = [folded(passage.text) for passage in context.passages]
    for distractor in distractors_of(draft):
        if normalised(distractor) in accepted:
            return f"`{distractor}` is accepted"
        if sentence is None:
            if holds(folded(draft.evidence.quote), folded(distractor)):
                return f"`{distractor}` is in the quotation as well"
            continue
        if any(holds(text, folded(filled(sentence, distractor))) for text in texts):
            return f"a passage has `{distractor}` in the gap"
        if _is_as_good_an_article(draft, sentence, distractor):
            return f"`{distractor}` agrees as well"
    return None


def _is_as_good_an_article(draft: Draft, sentence: str, distractor: str) -> bool:
    """Whether the article agrees and sounds right as well, and the question does not say which kind it wants."""
    mine, right = ARTICLES.get(normalised(distractor)), ARTICLES.get(normalised(draft.key))
    if draft.language != "it" or mine is None or right is None or mine.definite is right.definite:
        return False
    if "determinativo" in draft.question:
        return False
    genders = {mine.agreement.gender, right.agreement.gender} - {None}
    if mine.agreement.plural is not right.agreement.plural or len(genders) > 1:
        return False
    following = tokens(normalised(sentence.split(GAP, maxsplit=1)[1]))
    return bool(following) and _sounds_right(mine.text, following[0])


def _sounds_right(article: str, word: str) -> bool:
    if article in ("l'", "un'"):
        return starts_with_vowel(word)
    if article in ("lo", "uno", "gli"):
        return is_impure(word) or (article == "gli" and starts_with_vowel(word))
    if article in ("il", "i"):
        return not is_impure(word) and not starts_with_vowel(word)
    return article == "le" or article == "un" or not starts_with_vowel(word)


def _unframed(quote: str) -> str:
    return quote.strip("«»“”\"' ")


def _asked_for(draft: Draft) -> Iterator[str]:
    """The infinitives that the question names in its first lines."""
    for word in tokens(normalised(draft.question.rsplit("\n", maxsplit=1)[0])):
        if forms_of(word):
            yield word
