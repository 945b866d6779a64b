"""Gates against keys that give themselves away: by the question, by length, look or place, or by having been asked."""

from __future__ import annotations

from domain.practice.exercise import GAP, Draft, fingerprint, folded, gapped_sentence, seeded_order
from domain.practice.function_words import ARTICLES, ARTICULATED, SIMPLE_PREPOSITIONS, agreement_of
from domain.practice.judging import Context, asked_in, distractors_of, holds, is_content_question
from domain.practice.meaning import stems
from domain.practice.normalising import normalised, tokens
from domain.practice.sounds import KEYS_OF_FOCUS, sounds_right

LENGTH_RATIO = 1.8
"""A key this many times as long (or as short) as every distractor gives itself away."""
_SAME_QUESTION = 0.5
"""Two questions with one key and one quotation are the same when they share this part of their words of meaning."""
_TELLING_STEM = 5
_SHORT = 3


def question_does_not_hold_the_key(draft: Draft, _: Context) -> str | None:
    """Words of grammar may occur again in a sentence; a word of meaning, its stem, or a verb's form, must not."""
    key = normalised(draft.key)
    if draft.language == "it" and draft.grammar_focus in KEYS_OF_FOCUS and key in KEYS_OF_FOCUS[draft.grammar_focus]:
        return None
    question = draft.question.replace(GAP, " ")
    for answer in (draft.key, *draft.accepted):
        # Accents tell short words apart: `è` is not given away by `e`.
        plain = folded if len(answer) > _SHORT else _accented
        if holds(plain(question), plain(answer)):
            return f"`{answer}` is in the question"
    if draft.grammar_focus is not None:
        return None
    asked, telling = set(stems(asked_in(draft).replace(GAP, " "))), stems(draft.key)
    if telling and all(stem in asked and (len(stem) >= _TELLING_STEM or len(telling) > 1) for stem in telling):
        return "the question has the key in other forms"
    return None


def _accented(text: str) -> str:
    return " ".join(tokens(normalised(text)))


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
    """The key is not the only option with, or without, a digit, a capital, a full stop or a leading function word."""
    others = distractors_of(draft)
    if not others:
        return None
    for look, name in _LOOKS:
        mine, theirs = look(draft.key), {look(text) for text in others}
        if theirs == {not mine}:
            return f"only the key has {name}" if mine else f"only the key has not {name}"
    if draft.language == "it" and draft.grammar_focus is None and _article_fits_only_the_key(draft, others):
        return "only the key suits the article before the gap"
    return None


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _has_capital(text: str) -> bool:
    return any(map(str.isupper, text))


def _has_full_stop(text: str) -> bool:
    return "." in text


def _has_leader(text: str) -> bool:
    first, *rest = tokens(normalised(text)) or ("",)
    return bool(rest) and (first in ARTICLES or first in ARTICULATED or first in SIMPLE_PREPOSITIONS)


_LOOKS = (
    (_has_digit, "digits"),
    (_has_capital, "a capital"),
    (_has_full_stop, "a full stop"),
    (_has_leader, "an article or a preposition before it"),
)


def _article_fits_only_the_key(draft: Draft, others: tuple[str, ...]) -> bool:
    sentence = gapped_sentence(draft.question)
    before = tokens(normalised(sentence.split(GAP, maxsplit=1)[0])) if sentence else ()
    if not before:
        return False
    text = before[-1] if before[-1] in ARTICLES else ARTICULATED.get(before[-1], ("", ""))[1]
    return text in ARTICLES and not any(_suits(text, other) for other in others)


def _suits(article: str, noun: str) -> bool:
    word = next(iter(tokens(normalised(noun))), "")
    said, known = ARTICLES[article].agreement, agreement_of(word)
    if not sounds_right(article, word):
        return False
    return known is None or (known.plural is said.plural and said.gender in (None, known.gender))


def place_tells_nothing(draft: Draft, _: Context) -> str | None:
    if draft.options != seeded_order(draft.question, draft.options):
        return "the order of the options is the writer's own"
    return None


def is_new(draft: Draft, context: Context) -> str | None:
    """Neither the student has it, nor is it in the batch: in the same words, or in others about the same fact."""
    mine = fingerprint(draft.question)
    if mine in context.known:
        return "the student has it already"
    for other in context.batch:
        if mine == fingerprint(other.question):
            return "twice in one batch"
        if _asks_the_same(draft, other):
            return "the same fact is asked in other words"
    return None


def _asks_the_same(draft: Draft, other: Draft) -> bool:
    if not (is_content_question(draft) and is_content_question(other)):
        return False
    here, there = draft.evidence, other.evidence
    if here.source_id != there.source_id or here.start >= there.end or there.start >= here.end:
        return False
    if folded(draft.key) != folded(other.key):
        return False
    mine, theirs = set(stems(draft.question)), set(stems(other.question))
    return len(mine & theirs) >= _SAME_QUESTION * min(len(mine), len(theirs))
