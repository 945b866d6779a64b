"""From what a model wrote to drafts: quotations are looked up, gaps are cut from the source's own words.

Nothing here is taken on trust. Where a quotation is not found, the draft keeps it as the model gave it, and the gates
see that it is not verbatim.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, Literal

from pydantic import ValidationError

from adapters.prompting.prompt import Shape, Unusable, read_shape
from adapters.prompting.quoting import Folded, find_quotation, folded_with_places
from adapters.prompting.visible import plain, visible
from domain.practice import GAP, Difficulty, Draft, ExerciseKind, focuses_of, seeded_order
from domain.shared import Passage, Quotation, quote_from

_LONGEST: Final = 2_000
"""Characters of any part; the gates allow far fewer, and say so."""
_MOST_DISTRACTORS, _MOST_ACCEPTED, _MOST_EXERCISES = 5, 8, 50
_CHOICES: Final = 3
_BLANK = re.compile(r"_{2,}|\[\s*_*\s*\]|…{2,}|\.{4,}")


class WrittenExercise(Shape):
    """An exercise as a model writes it."""

    kind: Literal["MULTIPLE_CHOICE", "FILL_GAP", "SINGLE_ANSWER"]
    passage: int
    quote: str
    ask: str
    sentence: str
    answer: str
    accepted: list[str]
    distractors: list[str]
    explanation: str
    focus: str


class WrittenExercises(Shape):
    exercises: list[WrittenExercise]


class _Listed(Shape):
    """The same, before each exercise is looked at."""

    exercises: list[Any]


def drafts_in(
    text: str,
    *,
    passages: Sequence[Passage],
    kinds: Sequence[ExerciseKind],
    difficulty: Difficulty,
    language: str,
    grammar_focus: str | None,
) -> tuple[Draft, ...]:
    """Those of the kinds asked for. One that is not of the shape is left out. Errors: Unusable, when none is."""
    listed = read_shape(_Listed, text).exercises[:_MOST_EXERCISES]
    written = [one for one in map(_exercise, listed) if one is not None]
    if listed and not written:
        raise Unusable("no exercise in it was of the required shape")
    focuses = {focus.key for focus in focuses_of(language)}
    return tuple(
        _draft(
            one,
            passages=passages,
            difficulty=difficulty,
            language=language,
            focus=grammar_focus or (one.focus if one.focus in focuses else None),
        )
        for one in written
        if ExerciseKind(one.kind) in kinds
    )


def _exercise(given: Any) -> WrittenExercise | None:
    try:
        return WrittenExercise.model_validate(given)
    except ValidationError:
        return None


def _draft(
    written: WrittenExercise, *, passages: Sequence[Passage], difficulty: Difficulty, language: str, focus: str | None
) -> Draft:
    kind = ExerciseKind(written.kind)
    evidence = _quotation(written, passages)
    key = _line(written.answer)
    question = plain(written.ask, limit=_LONGEST)
    if kind is not ExerciseKind.SINGLE_ANSWER and written.sentence.strip():
        sentence = _gapped(evidence.quote, key, _line(written.sentence))
        question = f"{question}\n{sentence}"
    choice = kind is ExerciseKind.MULTIPLE_CHOICE
    wrong = [_line(plain(text, limit=_LONGEST)) for text in written.distractors[:_MOST_DISTRACTORS]]
    options = (key, *[text for text in dict.fromkeys(wrong) if text != key][:_CHOICES])
    accepted = [_line(text) for text in written.accepted[:_MOST_ACCEPTED]]
    return Draft(
        kind=kind,
        difficulty=difficulty,
        language=language,
        question=question,
        key=key,
        explanation=plain(written.explanation, limit=_LONGEST),
        evidence=evidence,
        accepted=() if choice else tuple(text for text in dict.fromkeys(accepted) if text and text != key),
        options=seeded_order(question, options) if choice else (),
        grammar_focus=focus,
    )


def _line(text: str) -> str:
    """What is seen of it, on one line."""
    return " ".join(visible(text).split())[:_LONGEST]


# --- the quotation ----------------------------------------------------------------------------------------------------


def _quotation(written: WrittenExercise, passages: Sequence[Passage]) -> Quotation:
    """Where the words are: in the passage that was named, else in any. As given where they are in none."""
    number = written.passage - 1
    named = passages[number] if 0 <= number < len(passages) else passages[0]
    for passage in (named, *passages):
        place = find_quotation(written.quote, passage.text)
        if place is not None:
            return quote_from(passage, *place)
    return Quotation(
        chunk_id=named.chunk_id,
        source_id=named.source_id,
        quote=_line(written.quote),
        start=named.start,
        end=named.start + len(_line(written.quote)),
        page=named.page,
    )


# --- the gap ----------------------------------------------------------------------------------------------------------


def _gapped(quote: str, key: str, sentence: str) -> str:
    """The quotation with a gap where the model wants it; the model's own sentence where that cannot be told."""
    own = _BLANK.sub(GAP, sentence)
    before, gap, _ = own.partition(GAP)
    folded = folded_with_places(quote)
    place = _nearest(folded, folded_with_places(key).text, near=len(folded_with_places(before).text)) if gap else None
    if place is None:
        return own
    start, end = folded.original(*place)
    head, tail = quote[:start], quote[end:]
    # A gap is a word of its own, also after an elision.
    spaced = f"{head}{' ' if _joins(head[-1:]) else ''}{GAP}{' ' if _joins(tail[:1]) else ''}{tail}"
    return " ".join(visible(spaced).split())


def _nearest(folded: Folded, key: str, *, near: int) -> tuple[int, int] | None:
    """Of the places where the key stands as words, the one nearest to where the model has its gap."""
    best: tuple[int, int] | None = None
    place = folded.find(key)
    while place is not None:
        start, end = place
        elided = key.endswith("'")
        whole = not folded.text[start - 1 : start].isalnum() and (elided or not folded.text[end : end + 1].isalnum())
        if whole and (best is None or abs(start - near) < abs(best[0] - near)):
            best = place
        place = folded.find(key, after=start + 1)
    return best


def _joins(character: str) -> bool:
    return character.isalnum() or character in ("'", "’", "_")
