"""Asking a model to answer exercises without their key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.prompting.fence import Data, fenced
from adapters.prompting.prompt import Prompt, Shape, read_shape, schema_of
from adapters.prompting.visible import visible
from application.practice.ports import UnsolvedItem
from domain.practice import normalised

_TOKENS_PER_ITEM, _TOKENS_AROUND = 60, 100
_LONGEST_ANSWER: Final = 400

_TASK = """\
You sit a test. Each item of the data has a `number` and a `question`; ____ marks a gap to fill. Some have `options` \
to choose from: answer with one of them, word for word. Some have a `passage`: answer by what it says, in its own \
words. Without a passage answer by what you know; where nothing tells the answer, answer with an empty text instead of \
guessing. An answer is in the language of its question, and no longer than needed: of a gapped sentence only \
what goes into the gap.
"""


class _Answer(Shape):
    number: int
    answer: str


class _Answers(Shape):
    answers: list[_Answer]


def solving_prompt(items: Sequence[UnsolvedItem]) -> Prompt[tuple[str, ...]]:
    """An answer for each item, in order; empty where none was given. An option that is chosen comes as it was written.

    What one item shows is seen by the others: items with a passage and items without belong into different prompts.
    """
    fence = fenced({"items": [_shown(number, item) for number, item in enumerate(items, start=1)]})
    return Prompt(
        name="answers",
        system=f"{_TASK}{fence.rule}",
        user=f"{fence.text}\nAnswer every item above.",
        schema=schema_of(_Answers),
        read=lambda text: _read(text, items),
        most_tokens=len(items) * _TOKENS_PER_ITEM + _TOKENS_AROUND,
    )


def _shown(number: int, item: UnsolvedItem) -> Mapping[str, Data]:
    shown: dict[str, Data] = {"number": number, "question": item.question}
    if item.options:
        shown["options"] = item.options
    if item.passage is not None:
        shown["passage"] = item.passage
    return shown


def _read(text: str, items: Sequence[UnsolvedItem]) -> tuple[str, ...]:
    """Of two answers to one item the first counts. Errors: Unusable."""
    given: dict[int, str] = {}
    for one in read_shape(_Answers, text).answers:
        given.setdefault(one.number, " ".join(visible(one.answer).split())[:_LONGEST_ANSWER])
    return tuple(_of(item, given.get(number, "")) for number, item in enumerate(items, start=1))


def _of(item: UnsolvedItem, answer: str) -> str:
    meant = normalised(answer, language=item.language)
    return next((option for option in item.options if normalised(option, language=item.language) == meant), answer)
