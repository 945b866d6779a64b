"""Gates that hold a draft against its proof: the quotation is there, says the key, and is what is asked about."""

from __future__ import annotations

import re

from domain.practice.exercise import GAP, Draft, ExerciseKind, filled, folded, gapped_sentence
from domain.practice.filler_gates import right_verb_forms
from domain.practice.focus import focuses_of
from domain.practice.judging import Context, distractors_of, holds, is_content_question
from domain.practice.meaning import language_clash, script_of, stems
from domain.practice.normalising import normalised
from domain.practice.sounds import KEYS_OF_FOCUS
from domain.practice.wordlists import words
from domain.shared import language_code

QUOTATION_WORDS = (4, 60)


def is_what_was_asked_for(draft: Draft, context: Context) -> str | None:
    if context.kinds and draft.kind not in context.kinds:
        return f"a {draft.kind} was not asked for"
    if context.grammar_focus is not None and draft.grammar_focus != context.grammar_focus:
        return f"`{context.grammar_focus}` was asked for"
    if context.difficulty is not None and draft.difficulty is not context.difficulty:
        return f"{context.difficulty} was asked for"
    return None


def quotes_verbatim(draft: Draft, context: Context) -> str | None:
    quotation, passage = draft.evidence, context.quoted(draft)
    if passage is None:
        return "quotes a chunk that was not given"
    start, end = quotation.start - passage.start, quotation.end - passage.start
    if not 0 <= start < end <= len(passage.text):
        return "the quotation lies outside its chunk"
    if passage.text[start:end] != quotation.quote:
        return "the words at the offsets are others"
    return "on another page" if passage.page != quotation.page else None


def quotes_a_whole_thought(draft: Draft, _: Context) -> str | None:
    least, most = QUOTATION_WORDS
    words = len(draft.evidence.quote.split())
    return None if least <= words <= most else f"a quotation of {words} words"


def is_in_the_language(draft: Draft, context: Context) -> str | None:
    """The draft is in the language of the passage that it quotes: it says so, and is written so.

    An option that stands in a passage as it is, such as a title, may be in any language.
    """
    passage = context.quoted(draft)
    if passage is None or language_code(draft.language) != language_code(passage.language):
        return "another language than its passage has"
    language = language_code(draft.language)
    if script_of(draft.question) not in (None, script_of(passage.text)):
        return "the question is in other letters than the passage"
    if other := language_clash(draft.question.replace(GAP, " "), language):
        return f"the question is in another language ({other})"
    if (other := language_clash(draft.explanation, language)) and (other != "en" or language == "it"):
        return f"the explanation is in another language ({other})"
    for option in draft.options:
        other = language_clash(option, language, least=1 if len(option.split()) > 2 else 2)
        if other and not any(option in one.text for one in context.all_passages):
            return f"`{option}` is in another language ({other})"
    return None


def key_follows_from_quotation(draft: Draft, _: Context) -> str | None:
    """A gapped sentence filled with the key is the quotation; any other key stands in the quotation, word for word."""
    sentence = gapped_sentence(draft.question)
    quote = filled(draft.evidence.quote, "")
    if sentence is not None:
        return None if filled(sentence, draft.key) in (quote, _unframed(quote)) else "filled, it is another sentence"
    return None if holds(folded(quote), folded(draft.key)) else "the key is not in the quotation"


def alternatives_follow_from_the_key(draft: Draft, _: Context) -> str | None:
    """What is accepted beside the key is the same answer: a form for the same place, or the key in other words."""
    focus = draft.grammar_focus
    if draft.language == "it" and focus in ("articles-definite", "articles-indefinite", "prepositions-articulated"):
        return "no second form is right here" if draft.accepted else None
    for accepted in map(normalised, draft.accepted):
        if draft.language == "it" and focus == "prepositions-simple":
            right = {accepted, normalised(draft.key)} == {"tra", "fra"}
        elif draft.language == "it" and focus in ("verbs-tense", "verbs-mood"):
            right = accepted in right_verb_forms(draft)
        elif draft.language == "it" and focus in KEYS_OF_FOCUS:
            right = accepted in KEYS_OF_FOCUS[focus]
        else:
            right = bool(set(stems(accepted)) & set(stems(draft.key))) or _are_figures(accepted, draft.key)
        if not right:
            return f"`{accepted}` does not follow from the key"
    return None


def _are_figures(one: str, other: str) -> bool:
    """`3` and `tre`, `XIV secolo` and `Trecento`: one in figures, and one word for it."""
    for digits, word in ((one, other), (other, one)):
        if re.fullmatch(r"[\d.,]+|[ivxl]+(?: secolo)?", digits.lower()) and len(word.split()) <= 2:
            return True
    return False


# --- what is asked ----------------------------------------------------------------------------------------------------

_SOURCE = (
    r"(?:testo|brano|passaggio|paragrafo|estratto|documento|capoverso|articolo|autore|fonte"
    r"|text|passage|excerpt|source|author|paragraph)"
)
_ACCORDING = re.compile(
    rf"(?:secondo|in base a|stando a|according to)\s*(?:il|la|lo|l'|al|the)?\s*{_SOURCE}\b(?!\s+d)",
    re.IGNORECASE,
)
_ABOUT_THE_TEXT = re.compile(
    r"\b(?:il|lo|la|al|allo|alla|del|dello|della|dal|dalla|sul|sulla|nel|nello|nella|quest[oa]|quel|quell[oa]|the|this|that|above)\s+"
    r"(?:testo|brano|passaggio|paragrafo|estratto|capoverso|frase|citazione|text|passage|excerpt|paragraph|sentence|quotation)\b"
    r"(?!\s+(?:d|of\b))|\b(?:sopra|precedentemente) (?:citat|indicat|riportat)|\b(?:mentioned|quoted) above\b",
    re.IGNORECASE,
)
_DANGLING = re.compile(
    r"\b(?:egli|ella|ess[oaie]|costui|costei|ciò(?! che)|quest[oaie]|quest'|"
    r"(?:(?:il|la|del|della) (?:protagonista|narratore|narratrice|personaggio principale))(?!\s+d))\b"
    r"|\b(?:did|does|do|was|were|is|are|has|had)\s+(?:he|she|it|they)\b|\b(?:this|these)\s+\w+",
    re.IGNORECASE,
)
_NAMES = re.compile(r"(?<=[\w,;:'’]\s)[A-ZÀ-Ý]|(?<=['’])[A-ZÀ-Ý]|\d")
_DETERMINERS = frozenset(
    words(
        "il lo la l' i gli le un uno una un' del dello della dell' dei degli delle al allo alla all' ai agli alle dal "
        "dallo dalla dall' nel nello nella nell' sul sulla sull' the a an"
    )
)


def stands_alone(draft: Draft, _: Context) -> str | None:
    """A question can be understood by who does not see the passage: it names what it is about, not `the text`."""
    if not is_content_question(draft) or draft.language not in ("it", "en"):
        return None
    question = _ACCORDING.sub(" ", draft.question, count=1)
    if _ABOUT_THE_TEXT.search(question):
        return "asks about the text, not about what it says"
    if found := _DANGLING.search(question):
        return f"`{found[0]}` leans on what was said before"
    named = set(stems(question))
    if len(named) > 1 or (named and _NAMES.search(question)):
        return None
    tokens = re.findall(r"[^\W\d_]+'?", question.replace("’", "'").lower())
    if named and _DETERMINERS & set(tokens):
        return None
    return "does not say what it is about"


def is_about_its_quotation(draft: Draft, _: Context) -> str | None:
    """A question shares a word of meaning with what it quotes; else the key stands there by accident."""
    if not is_content_question(draft):
        return None
    asked = set(stems(draft.question)) - set(stems(draft.key))
    return None if asked & set(stems(draft.evidence.quote)) else "the quotation is about something else"


# --- what is explained ------------------------------------------------------------------------------------------------

_CALLED_RIGHT = (
    r"(?:giust|corrett|esatt|right|correct)\w*\s*(?:è|e'|is|:|sarebbe)\s*(?:l'opzione\s*|option\s*)?[«\"“'‘]?\s*"
)
_CALLED_WRONG = r"[»\"”'’]?\s*(?:è|is)\s+(?:sbagliat|errat|scorrett|wrong|incorrect)\w*"


def explains_the_key(draft: Draft, _: Context) -> str | None:
    """The explanation names the key, or most of it, and calls neither the key wrong nor a distractor right."""
    explanation, key = draft.explanation, draft.key
    named, wanted = set(stems(explanation)), set(stems(key))
    if not holds(folded(explanation), folded(key)) and not (wanted and 2 * len(wanted & named) >= len(wanted)):
        return "the explanation does not mention the key"
    if re.search(rf"(?<!\w){re.escape(key)}{_CALLED_WRONG}", explanation, re.IGNORECASE):
        return "the explanation calls the key wrong"
    for distractor in distractors_of(draft):
        if re.search(rf"{_CALLED_RIGHT}{re.escape(distractor)}(?!\w)", explanation, re.IGNORECASE):
            return f"the explanation calls `{distractor}` right"
    return None


def has_a_known_focus(draft: Draft, _: Context) -> str | None:
    """The grammar focus is one of the study language's, asked for by a gap or a choice."""
    if draft.grammar_focus is None:
        return None
    if draft.grammar_focus not in {focus.key for focus in focuses_of(draft.language)}:
        return "no such grammar focus in this language"
    return "a question on grammar without a gap" if draft.kind is ExerciseKind.SINGLE_ANSWER else None


def _unframed(quote: str) -> str:
    return quote.strip("«»“”\"' ")
