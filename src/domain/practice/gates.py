"""Gates: named, pure judgements that every draft must pass, whoever wrote it. A draft that fails is not an exercise."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from domain.practice.exercise import (
    GAP,
    Draft,
    ExerciseKind,
    filled,
    fingerprint,
    folded,
    gapped_sentence,
    seeded_order,
)
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
from domain.practice.normalising import normalised, tokens
from domain.practice.paradigm import Mood, Tense, forms_of
from domain.shared import Passage

QUESTION_LIMIT = 600
KEY_LIMIT = 200
EXPLANATION_LIMIT = 600
QUOTATION_WORDS = (4, 60)
OPTION_COUNT = (3, 6)
LENGTH_RATIO = 1.8
"""A key this many times as long (or as short) as every distractor gives itself away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a draft is judged against: the passages it may quote, and fingerprints of what the student has already."""

    passages: tuple[Passage, ...]
    known: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Rejection:
    """The gate that a draft failed, and why, for the log and the writer's second try."""

    gate: str
    reason: str


Gate: TypeAlias = Callable[[Draft, Context], str | None]
"""None when the draft passes, otherwise the reason."""


def judge(draft: Draft, context: Context) -> Rejection | None:
    """The first gate that the draft fails; None when it passes them all."""
    for name, gate in GATES.items():
        reason = gate(draft, context)
        if reason is not None:
            return Rejection(name, reason)
    return None


# --- form -------------------------------------------------------------------------------------------------------------


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


# --- proof ------------------------------------------------------------------------------------------------------------


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
    return None if _holds(folded(quote), folded(draft.key)) else "the key is not in the quotation"


# --- one right answer -------------------------------------------------------------------------------------------------

_KEYS_OF_FOCUS = {
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
    if focus in _KEYS_OF_FOCUS:
        return None if key in _KEYS_OF_FOCUS[focus] else "the key is not of the kind asked for"
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
    for distractor in _distractors(draft):
        if normalised(distractor) in accepted:
            return f"`{distractor}` is accepted"
        if sentence is None:
            if _holds(folded(draft.evidence.quote), folded(distractor)):
                return f"`{distractor}` is in the quotation as well"
            continue
        if any(_holds(text, folded(filled(sentence, distractor))) for text in texts):
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


# --- nothing given away -----------------------------------------------------------------------------------------------


def question_does_not_hold_the_key(draft: Draft, _: Context) -> str | None:
    """Words of grammar may occur again in a sentence; a word of meaning, or a verb's form, must not."""
    key = normalised(draft.key)
    if draft.language == "it" and draft.grammar_focus in _KEYS_OF_FOCUS and key in _KEYS_OF_FOCUS[draft.grammar_focus]:
        return None
    question = folded(draft.question.replace(GAP, " "))
    for answer in (draft.key, *draft.accepted):
        if _holds(question, folded(answer)):
            return f"`{answer}` is in the question"
    return None


def length_tells_nothing(draft: Draft, _: Context) -> str | None:
    others = [len(distractor) for distractor in _distractors(draft)]
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
    others = _distractors(draft)
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


GATES = MappingProxyType(
    {
        "complete": has_all_parts,
        "one_gap": has_one_gap,
        "options": has_its_options,
        "distinct_options": has_distinct_options,
        "key_among_options": has_its_key_among_the_options,
        "alternatives": has_distinct_alternatives,
        "quotation_verbatim": quotes_verbatim,
        "quotation_length": quotes_a_whole_thought,
        "key_proved": key_follows_from_quotation,
        "focus": asks_what_its_focus_says,
        "one_filler": leaves_one_filler,
        "key_in_question": question_does_not_hold_the_key,
        "distractor_right": has_no_right_distractor,
        "key_length": length_tells_nothing,
        "key_look": look_tells_nothing,
        "key_position": place_tells_nothing,
        "duplicate": is_new,
    }
)
"""Every gate by its name, in the order in which they judge."""


def _distractors(draft: Draft) -> tuple[str, ...]:
    return tuple(option for option in draft.options if option != draft.key)


def _repeats(options: tuple[str, ...]) -> bool:
    return len({_option(option) for option in options}) < len(options)


def _option(text: str) -> str:
    """Folded, but `l'` stays another option than `l`."""
    return folded(text) + ("'" if normalised(text).endswith("'") else "")


def _holds(text: str, words: str) -> bool:
    return f" {words} " in f" {text} "


def _unframed(quote: str) -> str:
    return quote.strip("«»“”\"' ")


def _asked_for(draft: Draft) -> Iterator[str]:
    """The infinitives that the question names in its first lines."""
    for word in tokens(normalised(draft.question.rsplit("\n", maxsplit=1)[0])):
        if forms_of(word):
            yield word
