"""Gates against distractors that are right: by the rules, by the quotation, or by any passage that was retrieved."""

from __future__ import annotations

from domain.practice.exercise import GAP, Draft, folded, gapped_sentence
from domain.practice.filler_gates import MOODS_OF_FOCUS, fillers_in, is_of_one_form, right_verb_forms, verb_forms_asked
from domain.practice.function_words import ARTICLES, ARTICULATED, agreement_of
from domain.practice.judging import Context, asked_in, distractors_of, folded_sentences, folded_text, holds
from domain.practice.meaning import stems
from domain.practice.normalising import normalised, tokens
from domain.practice.sounds import sounds_right

_LEAST_SHARED = 2
"""A sentence that has so many of the question's words of meaning may answer it."""


def has_no_right_distractor(draft: Draft, context: Context) -> str | None:
    """No distractor is accepted, stands as well in the gap, or is what the quotation or another passage says."""
    accepted = {normalised(text) for text in draft.accepted}
    for distractor in distractors_of(draft):
        if normalised(distractor) in accepted:
            return f"`{distractor}` is accepted"
    sentence = gapped_sentence(draft.question)
    if not draft.options:
        return None
    if sentence is None:
        return _answered_by_a_passage(draft, context)
    return _in_the_gap_of_a_passage(draft, sentence, context) or _right_by_rule(draft, sentence)


def has_real_distractors(draft: Draft, _: Context) -> str | None:
    """Of a verb every option is a form of the verb that is asked for: who knows none is not helped by nonsense."""
    if draft.language != "it" or draft.grammar_focus not in MOODS_OF_FOCUS:
        return None
    forms = verb_forms_asked(draft)
    for distractor in distractors_of(draft):
        if normalised(distractor) not in forms:
            return f"`{distractor}` is no form of the verb"
    return None


def _answered_by_a_passage(draft: Draft, context: Context) -> str | None:
    """A sentence that has the distractor and as many of the question's words as the quotation has proves it as well."""
    quote = folded(draft.evidence.quote)
    asked = set(stems(draft.question))
    proved_by = len(asked & set(stems(quote)))
    sentences = [sentence for passage in context.all_passages for sentence in folded_sentences(passage.text)]
    for distractor in distractors_of(draft):
        wanted = folded(distractor)
        if holds(quote, wanted):
            return f"`{distractor}` is in the quotation as well"
        for sentence in sentences:
            if wanted in sentence and holds(sentence, wanted):
                shared = len(asked & set(stems(sentence)))
                if shared >= max(_LEAST_SHARED, proved_by):
                    return f"a passage says `{distractor}` as well"
    return None


def _in_the_gap_of_a_passage(draft: Draft, sentence: str, context: Context) -> str | None:
    """A passage has the whole sentence with the distractor, or, for a word of meaning, the words around the gap."""
    texts = [folded_text(passage.text) for passage in context.all_passages]
    for distractor in distractors_of(draft):
        if folded(distractor) == folded(draft.key):
            continue  # `un'` beside `un`: without apostrophes nothing can be told from a passage
        words = folded(sentence.replace(GAP, f" {distractor} "))
        if any(words in text and holds(text, words) for text in texts):
            return f"a passage has `{distractor}` in the gap"
        if draft.grammar_focus is None:
            wanted = folded(distractor)
            if wanted in fillers_in(sentence, context.all_passages, words=len(wanted.split())):
                return f"a passage has `{distractor}` between the same words"
    return None


def _right_by_rule(draft: Draft, sentence: str) -> str | None:
    if draft.language != "it":
        return None
    for distractor in distractors_of(draft):
        if draft.grammar_focus in MOODS_OF_FOCUS:
            right = normalised(distractor) in right_verb_forms(draft)
        elif draft.grammar_focus == "prepositions-articulated":
            right = _is_another_preposition(draft, distractor)
        elif draft.grammar_focus == "prepositions-simple":
            right = {normalised(distractor), normalised(draft.key)} == {"tra", "fra"}
        else:
            right = _is_as_good_an_article(draft, sentence, distractor)
        if right:
            return f"`{distractor}` is right as well"
    return None


def _is_another_preposition(draft: Draft, distractor: str) -> bool:
    """`al` for `dal`, where the question does not name the preposition: the article agrees as well."""
    mine, right = ARTICULATED.get(normalised(distractor)), ARTICULATED.get(normalised(draft.key))
    if mine is None or right is None or f"«{right[0]}»" in asked_in(draft):
        return False
    return mine[1] == right[1]


def _is_as_good_an_article(draft: Draft, sentence: str, distractor: str) -> bool:
    """Whether the article agrees and sounds right as well, and the question does not say which kind it wants."""
    mine, right = ARTICLES.get(normalised(distractor)), ARTICLES.get(normalised(draft.key))
    following = tokens(normalised(sentence.split(GAP, maxsplit=1)[1]))
    if mine is None or right is None or not following or not sounds_right(mine.text, following[0]):
        return False
    asked = asked_in(draft).lower()
    if mine.definite is not right.definite and "determinativo" in asked:
        return False
    genders = {mine.agreement.gender, right.agreement.gender} - {None}
    if mine.agreement.plural is right.agreement.plural and len(genders) < 2:
        return mine.definite is not right.definite
    # Another number or gender: as good only where the noun shows neither, and the question does not say.
    known = agreement_of(following[0])
    invariable = known is None and is_of_one_form(following[0])
    return invariable and len(genders) < 2 and "singolare" not in asked and "plurale" not in asked
