"""Headings from the size of type: lines that are larger than what is usual on their page and in the document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from domain.library import Heading

_LARGER = 1.14
_LONGEST_HEADING = 150
_LINES_OF_HEADINGS = 4
"""More lines in larger type, one after the other, are no headings but a text in larger type."""
_FULL_PAGE = 8
_LONGEST_WORDLET = 40
"""A longer line that begins small is the middle of a sentence."""


class TextLine(NamedTuple):
    """A line as it goes into the text, and the height of its type in points, 0 where it was not measured."""

    text: str
    indented: bool
    hyphenated: bool
    height: float = 0
    stands_out: bool = False


class Title(NamedTuple):
    """Where lines that stand out are in the text."""

    start: int
    end: int
    height: float


def marked(pages: list[list[TextLine]]) -> list[list[TextLine]]:
    """Lines in larger type than is usual in the document and on their page are marked, where they are few."""
    usual = _usual_height([line for page in pages for line in page])
    if usual == 0:
        return pages
    marked: list[list[TextLine]] = []
    for page in pages:
        here = max(usual, _usual_height(page)) if len(page) >= _FULL_PAGE else usual
        stands_out = [_stands_out(line, here) for line in page]
        for first, last in _runs(stands_out):
            if last - first > _LINES_OF_HEADINGS:
                stands_out[first:last] = [False] * (last - first)
        marked.append(
            [line._replace(stands_out=True) if out else line for line, out in zip(page, stands_out, strict=True)]
        )
    count = sum(line.stands_out for page in marked for line in page)
    return marked if 0 < count * 3 <= sum(map(len, pages)) else pages


def _usual_height(lines: Sequence[TextLine]) -> float:
    """In half points, by the number of letters; 0 where nothing was measured."""
    sizes: Counter[float] = Counter()
    for line in lines:
        if line.height > 0:
            sizes[round(line.height * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0


def _runs(marks: Sequence[bool]) -> list[tuple[int, int]]:
    """Where marks follow one another: half-open."""
    runs: list[tuple[int, int]] = []
    for index, mark in enumerate(marks):
        if mark and runs and runs[-1][1] == index:
            runs[-1] = (runs[-1][0], index + 1)
        elif mark:
            runs.append((index, index + 1))
    return runs


def _stands_out(line: TextLine, usual: float) -> bool:
    text = line.text
    return (
        line.height > _LARGER * usual
        and len(text) <= _LONGEST_HEADING
        and sum(map(str.isalpha, text)) > max(1, len(text) // 3)
        and text[-1] not in ",;"
        and not (text[0].islower() and len(text) > _LONGEST_WORDLET)
    )


def headings_of_titles(text: str, titles: Sequence[Title]) -> tuple[Heading, ...]:
    """The largest type is level 1; sizes that differ by a twelfth or less are one."""
    levels: list[float] = []
    for height in sorted({title.height for title in titles}, reverse=True):
        if not levels or height < levels[-1] * 0.92:
            levels.append(height)
    return tuple(
        Heading(
            start=title.start,
            level=min(6, sum(height * 0.92 > title.height for height in levels) + 1),
            text=" ".join(text[title.start : title.end].split())[:300],
        )
        for title in titles
    )
