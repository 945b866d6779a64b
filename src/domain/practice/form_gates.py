"""Gates that look at the form of a draft alone: it is whole, clean, one question, and its options are options."""

from __future__ import annotations

import re
from itertools import permutations

from domain.practice.exercise import GAP, Draft, ExerciseKind, folded, gapped_sentence
from domain.practice.judging import Context, holds, is_content_question
from domain.practice.normalising import normalised

QUESTION_LIMIT = 600
KEY_LIMIT = 200
EXPLANATION_LIMIT = 600
OPTION_COUNT = (3, 6)
MOST_ALTERNATIVES = 10
KEY_WORDS = {ExerciseKind.FILL_GAP: 5, ExerciseKind.SINGLE_ANSWER: 12, ExerciseKind.MULTIPLE_CHOICE: 15}
"""Words that a key has at most: more is a sentence to write, not an answer to give."""

_MARKUP = re.compile(
    r"https?:|www\.|\w@\w+\.\w|</?[a-z][^<>]*>|<\||\*\*|```|\]\(|\{\{|\}\}|\[/?INST\]|^\s*#{1,6}\s|\\[a-z]+\{"
    r"|^\s*(?:system|assistant|user)\s*:|\"\w+\"\s*:",
    re.IGNORECASE | re.MULTILINE,
)
_ORDERS = re.compile(
    r"\b(?:ignor[ae]|dimentica(?:te)?)\s+(?:\w+\s+){0,3}(?:istruzion[ei]|instructions?)"
    r"|\b(?:previous|prior) instructions\b",
    re.IGNORECASE,
)
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_LABEL = re.compile(r"\s*(?:\(?[A-Fa-f1-6][).:]|[A-F]\s*[-–])\s+\S")
_STOCK = re.compile(
    r"(?:tutt[ei]|nessun[ao]|ognun[ao]|entramb[ei]|all|none|both|neither|any)"
    r"(?: (?:of|di|fra|tra|e|le|i|gli|the|these|those|queste|questi|esse|essi|delle|dei|due|risposte|opzioni|options"
    r"|answers|precedenti|above|altre|alternative|corrette|giuste|correct|sono))*"
    r"|sia [a-f] (?:che|sia) [a-f]|[a-f] (?:e|o|and|or|ed) [a-f]|non (?:lo )?so|i don t know|altro|other"
    r"|non si (?:sa|puo dire)|(?:il testo )?non (?:lo )?dice|not (?:mentioned|stated)"
)

_WH = r"(?:chi|dove|quando|perché|perche|quant[oaie]|qual[ei]?|(?:che )?cosa|who|where|when|why|what|which|how)"
_JOINED = re.compile(
    rf"\b{_WH}\s+(?:ed?|o|and|or)\s+(?:come|{_WH})\b"
    rf"|\b(?:ed?|and)\s+(?:(?:in|a|da|di|per|con|su|at|by|from|with)\s+)?"
    r"(?:chi|quando|perché|quant[oaie]|qual[ei](?! altr)|che cosa|who|when|why|what(?! other)|which(?! other)|how)\b",
    re.IGNORECASE,
)
_MARK = re.compile(r"[?？؟;]")


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
    for text in (draft.question, draft.explanation, draft.key, *draft.options, *draft.accepted):
        if any(ord(character) < 32 and character != "\n" for character in text):
            return "control characters"
        if len(text) > QUESTION_LIMIT:
            return f"a text longer than {QUESTION_LIMIT} characters"
    return None


def is_plain_text(draft: Draft, _: Context) -> str | None:
    """No address, markup, invisible character, label before the options, or order to a model, wherever it came from."""
    question = draft.question.replace(GAP, " ")
    for text in (question, draft.key, draft.explanation, *draft.options, *draft.accepted):
        if found := _MARKUP.search(text):
            return f"markup or an address: `{found[0].strip()}`"
        if _ORDERS.search(text):
            return "an order to whoever reads it"
        if _INVISIBLE.search(text):
            return "invisible characters"
    if draft.options and all(map(_LABEL.match, draft.options)):
        return "labels before the options"
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


def asks_one_question(draft: Draft, _: Context) -> str | None:
    """What has no gap is a question, and one only."""
    if not is_content_question(draft):
        return None
    marks = _MARK.findall(draft.question)
    if not marks or not _MARK.search(draft.question.rstrip(" »”\"')")[-1:]):
        return "does not end as a question"
    return "two questions in one" if len(marks) > 1 or _JOINED.search(draft.question) else None


def has_its_options(draft: Draft, _: Context) -> str | None:
    if draft.kind is not ExerciseKind.MULTIPLE_CHOICE:
        return "options without a choice" if draft.options else None
    least, most = OPTION_COUNT
    if not least <= len(draft.options) <= most:
        return f"{len(draft.options)} options"
    return "an empty option" if not all(folded(option) for option in draft.options) else None


def has_distinct_options(draft: Draft, _: Context) -> str | None:
    marked = {_marked(option) for option in draft.options}
    return "two options are the same but for case and accents" if len(marked) < len(draft.options) else None


def has_no_stock_options(draft: Draft, _: Context) -> str | None:
    """`tutte le precedenti`, `A e B`, `non so`: options about the options."""
    for option in draft.options:
        if draft.grammar_focus is None and _STOCK.fullmatch(folded(option)):
            return f"`{option}` is no answer of its own"
    return None


def has_no_nested_options(draft: Draft, _: Context) -> str | None:
    """Where one answer is a part of another, both are half right. Forms of grammar are compared as wholes."""
    if draft.grammar_focus is not None:
        return None
    for outer, inner in permutations(draft.options, 2):
        if holds(folded(outer), folded(inner)):
            return f"`{inner}` is a part of `{outer}`"
    return None


def has_its_key_among_the_options(draft: Draft, _: Context) -> str | None:
    if draft.kind is ExerciseKind.MULTIPLE_CHOICE and draft.key not in draft.options:
        return "the key is no option"
    return None


def has_distinct_alternatives(draft: Draft, _: Context) -> str | None:
    given = (draft.key, *draft.accepted)
    if not all(folded(text) for text in given):
        return "an empty accepted answer"
    if len(draft.accepted) > MOST_ALTERNATIVES:
        return f"{len(draft.accepted)} accepted answers"
    return "an accepted answer twice" if len({normalised(text) for text in given}) < len(given) else None


def is_a_phrase(draft: Draft, _: Context) -> str | None:
    """A key is a word or a phrase, not all that the source says."""
    most = KEY_WORDS[draft.kind]
    for text in (draft.key, *draft.accepted):
        if len(text.split()) > most:
            return f"an answer of {len(text.split())} words"
    return "the key is the whole quotation" if folded(draft.key) == folded(draft.evidence.quote) else None


def _marked(text: str) -> str:
    """Folded, but `l'` stays another option than `l`."""
    return folded(text) + ("'" if normalised(text).endswith("'") else "")
