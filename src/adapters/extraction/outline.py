"""Headings from a PDF's outline: the outline names a page, and the title is looked for on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.library import Heading, PageSpan

_NUMBERING = 14
"""`Capitolo 12 - ` may stand before the words of a title."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the outline. Level 1 is the outermost; pages count from 0."""

    level: int
    title: str
    page: int


def headings_of(text: str, pages: Sequence[PageSpan], entries: Sequence[Entry]) -> tuple[Heading, ...]:
    """Where each entry's words begin a paragraph; else where the first paragraph of its page begins.

    In the order of the text. An entry that points outside the text is left out.
    """
    folded: dict[int, tuple[str, list[int]]] = {}
    found: list[tuple[int, int, Entry]] = []
    for order, entry in enumerate(entries):
        if not 0 <= entry.page < len(pages):
            continue
        span = pages[entry.page]
        if entry.page not in folded:
            folded[entry.page] = _folded(text, span)
        start = _place(text, span, *folded[entry.page], entry.title)
        if start is not None:
            found.append((start, order, entry))
    return tuple(
        Heading(start=start, level=entry.level, text=entry.title)
        for start, _, entry in sorted(found, key=lambda item: item[:2])
    )


def _place(text: str, span: PageSpan, letters: str, offsets: list[int], title: str) -> int | None:
    sought = "".join(filter(str.isalnum, title.casefold()))
    at = letters.find(sought) if sought else -1
    while at >= 0:
        paragraph = text.rfind("\n", 0, offsets[at]) + 1
        if offsets[at] - paragraph <= _NUMBERING:
            return max(paragraph, span.start)
        at = letters.find(sought, at + 1)
    if span.start == span.end:
        return None
    if span.start == 0 or text[span.start - 1] == "\n":
        return span.start
    following = text.find("\n\n", span.start, span.end)
    return span.start if following < 0 else following + 2


def _folded(text: str, span: PageSpan) -> tuple[str, list[int]]:
    """The letters and digits of a page without case, and the offset of each in the text."""
    letters: list[str] = []
    offsets: list[int] = []
    for offset in range(span.start, span.end):
        character = text[offset]
        if character.isalnum():
            for folded in character.casefold():
                letters.append(folded)
                offsets.append(offset)
    return "".join(letters), offsets
