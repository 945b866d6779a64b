"""From the lines of pages to the paragraphs of a text: running lines dropped, hyphens joined, paragraphs re-flowed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from unicodedata import combining

from adapters.extraction.layout import Line
from adapters.extraction.type_sizes import TextLine, Title, headings_of_titles, marked
from domain.library import Heading, PageSpan, storable

_HYPHEN = "\ufffe"
"""What PDFium writes for a hyphen at the end of a line, sometimes without the line's end."""
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
_BULLET = re.compile(r"[•▪◦‣●■–—*-] +\S|\(?(?:\d{1,3}|[a-z])[.)] +\S")
_HEADING_WORD = re.compile(
    r"(?:ART|Art|CAP|Cap|Capitolo|CAPITOLO|TITOLO|Titolo|SEZIONE|Sezione|PARTE|Parte|Chapter|CHAPTER|Section)\b\.? *"
    r"(?:\d+|[IVXLC]+\b)"
)
_NUMBERED = re.compile(r"\d{1,2}(?:\.\d{1,2}){0,3}\.? +[^\W\d_]")
_CLOSED = re.compile(r"[.!?…:;][\"'»”’)\]]*$")
_WORDS = re.compile(r"[^\W\d_]{3,} [^\W\d_]{2,}")
_PAGE_OF_PAGES = re.compile(r"[-–—\s(\[]*#\s*[/|-]\s*#[-–—\s)\]]*")
_DIGITS = re.compile(r"\d+")
_ROMAN = re.compile(r"^[ivxlcIVXLC]+$")
_PARAGRAPH = "\n\n"
_EDGE_LINES = 3
_LEAST_PAGES = 2
_NARROWEST = 40
"""Characters that a column has at least, where there are too few lines to tell."""


@dataclass(frozen=True, slots=True)
class RawPage:
    """The lines of a page in the order of reading, and the number printed on it, if the file tells."""

    lines: tuple[Line, ...]
    label: str | None = None

    @classmethod
    def of(cls, text: str, *, label: str | None = None) -> RawPage:
        """A page of which only the words are known."""
        return cls(tuple(map(Line, text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))), label)

    @property
    def size(self) -> int:
        """Characters, without the space around lines."""
        return sum(len(line.text.strip()) for line in self.lines)


class Flow(NamedTuple):
    """A whole text, where each page is in it, and what stands out by the size of its type."""

    text: str
    pages: tuple[PageSpan, ...]
    headings: tuple[Heading, ...]


def flowed(pages: Sequence[RawPage]) -> Flow:
    """The text of all pages. Paragraphs are parted by an empty line."""
    lines = _without_running_lines([_lines(page) for page in pages])
    lines = marked(lines)
    text: list[str] = []
    length = 0
    starts: list[int] = []
    titles: list[Title] = []
    previous: TextLine | None = None
    least = max(_NARROWEST, _usual_width([line for page in lines for line in page]) * 8 // 10)
    for page in lines:
        width = max(least, _usual_width(page))
        if not page:
            starts.append(-1)
        for index, line in enumerate(page):
            joint, shorter = ("", 0) if previous is None else _joint(previous, line, width)
            if shorter:
                text[-1] = text[-1][:-shorter]
                length -= shorter
            text.append(joint)
            length += len(joint)
            if index == 0:
                starts.append(length)
            if line.stands_out:
                if titles and previous is not None and previous.stands_out and joint != _PARAGRAPH:
                    titles[-1] = titles[-1]._replace(end=length + len(line.text))
                else:
                    titles.append(Title(length, length + len(line.text), line.height))
            text.append(line.text)
            length += len(line.text)
            previous = line
    whole = "".join(text)
    return Flow(whole, _spans(pages, starts, length), headings_of_titles(whole, titles))


def recombined_accents(text: str) -> str:
    """OT1 fonts draw an accent and a letter apart: "`e" is "è" and "met`a" is "metà"."""
    return _APART_PAIR.sub(lambda found: _APART[found[1]].get(found[2], found[0]), text)


_APART = {
    "`": dict(zip("aeiouAEIOUı", "àèìòùÀÈÌÒÙì", strict=True)),
    "´": dict(zip("aeiouyAEIOUYı", "áéíóúýÁÉÍÓÚÝí", strict=True)),
    "¨": dict(zip("aeiouAEIOU", "äëïöüÄËÏÖÜ", strict=True)),
    "ˆ": dict(zip("aeiouAEIOU", "âêîôûÂÊÎÔÛ", strict=True)),
    "˜": dict(zip("anoANO", "ãñõÃÑÕ", strict=True)),
}
_APART_PAIR = re.compile(f"([{''.join(_APART)}])([A-Za-zı])")


def _lines(page: RawPage) -> list[TextLine]:
    lines: list[TextLine] = []
    for measured in page.lines:
        whole = measured.text
        if not whole.isascii() or not whole.isprintable():
            whole = whole.replace("\u0002", _HYPHEN)
            if whole.endswith("\u00ad"):
                whole = whole[:-1] + _HYPHEN
        pieces = whole.split(_HYPHEN)
        for order, raw in enumerate(pieces):
            clean = raw
            if not clean.isascii() or not clean.isprintable():
                clean = clean.replace("\u00ad", "").replace("\u00a0", " ").translate(_LIGATURES)
                clean = " ".join(storable(clean).expandtabs(1).split("\n"))
            stripped = clean.strip()
            while stripped and combining(stripped[0]):
                stripped = stripped[1:]  # it would join the line before
            if stripped:
                hyphenated = order < len(pieces) - 1
                lines.append(TextLine(stripped, raw[:1] in {" ", "\t", "\u00a0"}, hyphenated, measured.height))
    if sum(line.indented for line in lines) * 3 > len(lines):
        return [line._replace(indented=False) for line in lines]  # then it does not mark paragraphs
    return lines


def _without_running_lines(pages: list[list[TextLine]]) -> list[list[TextLine]]:
    """Pages without what repeats at the top or the bottom of most of them, numbers aside.

    Left and right pages may have headers of their own, so pages of one parity count by themselves too. A line of only
    a number must also count up with the pages: a table may well end with a number on every page.
    """
    filled = [page for page in pages if page]
    if len(filled) < _LEAST_PAGES:
        return pages
    everywhere = _repeated(pages, 1, 0)
    if len(filled) >= 3 * _LEAST_PAGES:
        sides = [everywhere | _repeated(pages, 2, side) for side in (0, 1)]
    else:
        sides = [everywhere, everywhere]
    opening = next(index for index, page in enumerate(pages) if page)
    trimmed = [_trimmed(page, sides[at % 2], at, keeping_words=at == opening) for at, page in enumerate(pages)]
    # Where most of a document repeats (the same slide again and again), that is what it says.
    return trimmed if 2 * _size(trimmed) > _size(pages) else pages


def _size(pages: list[list[TextLine]]) -> int:
    return sum(len(line.text) for page in pages for line in page)


def _repeated(pages: list[list[TextLine]], step: int, first: int) -> set[str]:
    counts: Counter[str] = Counter()
    filled = 0
    for index in range(first, len(pages), step):
        page = pages[index]
        filled += bool(page)
        counts.update({_mask(line.text, index) for line in (*page[:_EDGE_LINES], *page[-_EDGE_LINES:])})
    return {mask for mask, count in counts.items() if count >= _LEAST_PAGES and count * 2 > filled and _may_run(mask)}


def _may_run(mask: str) -> bool:
    return any(map(str.isalpha, mask)) or _PAGE_OF_PAGES.fullmatch(mask) is not None


def _trimmed(page: list[TextLine], running: set[str], index: int, *, keeping_words: bool) -> list[TextLine]:
    """The page without running lines at its edges. The document's first page keeps a header: it may be the title."""
    first, last = 0, len(page)
    while first < min(last, _EDGE_LINES) and _mask(page[first].text, index) in running:
        first += 1
    while last > max(first, len(page) - _EDGE_LINES) and _mask(page[last - 1].text, index) in running:
        last -= 1
    kept = [line for line in page[:first] if _WORDS.search(line.text)] if keeping_words else []
    return kept + page[first:last]


def _mask(line: str, index: int) -> str:
    """The line with its numbers masked; a bare number becomes its distance from the page's place in the file."""
    bare = line.strip("-–—•.[]() ")
    if bare.isdecimal():
        return f"number {int(bare[:9]) - index}"
    if _ROMAN.match(bare):
        return "roman number"
    return _DIGITS.sub("#", line).casefold()


def _usual_width(page: Sequence[TextLine]) -> int:
    """The length of a full line: nine tenths of the lines are no longer. 0 where there are too few to tell."""
    if len(page) < 4:
        return 0
    return sorted(len(line.text) for line in page)[len(page) * 9 // 10]


def _joint(before: TextLine, line: TextLine, width: int) -> tuple[str, int]:
    """What stands between two lines, and how many characters of the first go: a hyphen that only divided a word."""
    if before.hyphenated or (before.text.endswith("-") and before.text[-2:-1].isalpha()):
        whole = line.text[0].islower() or (before.text[-2:].strip("-").isupper() and line.text[0].isupper())
        dash = before.text.endswith("-")
        if whole and line.text[0].isalpha():
            return "", int(dash)
        if before.hyphenated:
            return "" if dash else "-", 0
    return (_PARAGRAPH if _parts(before, line, width) else " "), 0


def _parts(before: TextLine, line: TextLine, width: int) -> bool:
    """Whether a paragraph ends between two lines."""
    if before.stands_out or line.stands_out:
        alike = before.stands_out and line.stands_out and abs(before.height - line.height) < 0.08 * line.height
        return not alike or bool(_NUMBERED.match(line.text) or _HEADING_WORD.match(line.text))
    if line.indented or _BULLET.match(line.text) or _HEADING_WORD.match(line.text):
        return True
    if _HEADING_WORD.match(before.text) and len(before.text) < 20:
        return True
    # A line ends because the next word did not fit. If it would have fitted easily, the line was ended on purpose.
    fitting = len(before.text) + 1 + len(line.text.split(" ", 1)[0])
    if line.text[0].islower():
        return fitting < 0.5 * width and fitting < 0.5 * len(line.text)
    if before.text.isupper() != line.text.isupper() and min(len(before.text), len(line.text)) > 3:
        return True
    if _is_row(before.text) and _is_row(line.text):
        return True
    if _CLOSED.search(before.text):
        return fitting < 0.92 * width or bool(_NUMBERED.match(line.text))
    return fitting < 0.75 * width


def _is_row(line: str) -> bool:
    """A row of a table: three numbers and more."""
    return sum(word[0].isdigit() for word in line.split()) > 2


def _spans(pages: Sequence[RawPage], starts: list[int], length: int) -> tuple[PageSpan, ...]:
    """Pages that follow one another without a gap; an empty page is empty where the next one begins."""
    spans: list[PageSpan] = []
    following = length
    for number in range(len(pages), 0, -1):
        start = following if starts[number - 1] < 0 else starts[number - 1]
        spans.append(PageSpan(number, start, following, pages[number - 1].label))
        following = start
    return tuple(reversed(spans))
