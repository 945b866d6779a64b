"""Where the lines of a PDF page stand, and their right order where the file has them in another one.

PDFium gives text in the order in which it was drawn, which is nearly always that of reading. Two ways of drawing are
not: two columns row by row, and a table some of whose cells were drawn apart from their rows. These are recognised by
a few measurements per page, and only then every word is measured and the lines are put together anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from pypdfium2 import PdfTextPage
from pypdfium2 import raw as pdfium

_LINE_END = "\r\n"
_WORD = re.compile("[^\\s\ufffe]+\ufffe?")
_SPACE = re.compile(r"(?<=\S)[ \u00a0]+(?=\S)")
_HYPHEN = "\ufffe"
_SAMPLED = 6
_CONVINCING = 3
_LEAST_ROWS = 8
_LEAST_TORN = 4
_MOST_WORDS, _MOST_LINES = 6_000, 1_500
"""On one page. With more it is no page to read."""


class Line(NamedTuple):
    """A line and the box of its letters in points, the origin at the bottom left. `height` is that of its type.

    All are zero for a line that was not measured.
    """

    text: str
    left: float = 0
    right: float = 0
    bottom: float = 0
    height: float = 0


class _Word(NamedTuple):
    text: str
    left: float
    right: float
    bottom: float
    height: float


def lines_of(letters: PdfTextPage, text: str) -> list[Line]:
    """The lines of a page in the order of reading."""
    page = _Page(letters, text)
    if not page.measurable:
        return [Line(line) for line in text.split(_LINE_END)]
    lines = page.lines()
    if len(lines) > _MOST_LINES:
        return lines
    if _is_torn_table(lines):
        return [_row(row) for row in _rows(page.words())]
    if page.has_gutter(lines):
        lines = _columns(page.words()) or lines
    return _with_neighbours(lines)


class _Page:
    """The letters of a page, measured when asked."""

    def __init__(self, letters: PdfTextPage, text: str) -> None:
        self._letters = letters
        self._text = text
        self._box = pdfium.FS_RECTF()
        self._same = letters.count_chars() == len(text)
        self.measurable = bool(text) and max(text) <= "\uffff"  # beyond it, PDFium counts characters as two

    def lines(self) -> list[Line]:
        lines: list[Line] = []
        at = 0
        for text in self._text.split(_LINE_END):
            stripped = text.strip()
            if stripped:
                first = at + text.index(stripped[0])
                left, bottom, right, top = self._measure(first)
                height = top - bottom
                if len(stripped) > 1:
                    _, low, right, high = self._measure(first + len(stripped) - 1)
                    height = min(height, high - low)  # an initial may be larger than its line
                lines.append(Line(text, left, right, bottom, height))
            else:
                lines.append(Line(text))
            at += len(text) + len(_LINE_END)
        return lines

    def words(self) -> list[_Word]:
        words: list[_Word] = []
        for found in _WORD.finditer(self._text):
            left, bottom, right, top = self._measure(found.start())
            last = found.end() - 1 - found[0].endswith(_HYPHEN)
            if last > found.start():
                right = self._measure(last)[2]
            words.append(_Word(found[0], left, right, bottom, top - bottom))
            if len(words) > _MOST_WORDS:
                return []
        return words

    def has_gutter(self, lines: Sequence[Line]) -> bool:
        """Whether two columns were drawn row by row: pairs of pieces side by side, or lines with a wide gap inside."""
        measured = [line for line in lines if line.height > 0]
        if len(measured) < _LEAST_ROWS:
            return False
        beside = sum(
            1
            for before, after in pairwise(measured)
            if _level(before, after) and after.left > before.right and len(before.text.split()) > 2
        )
        if beside >= _LEAST_ROWS and beside * 4 > len(measured):
            return True
        low, high = min(line.left for line in measured), max(line.right for line in measured)
        middle = (low + high) / 2
        across = [
            (index, line)
            for index, line in enumerate(lines)
            if line.left < middle < line.right and line.text.count(" ") > 4 and not _is_numeric(line.text)
        ]
        if len(across) < _LEAST_ROWS:
            return False
        starts = self._starts(lines)
        sample = across[1 :: max(1, len(across) // _SAMPLED)][:_SAMPLED]
        parted = 0
        for seen, (index, line) in enumerate(sample, start=1):
            parted += self._is_parted(starts[index], line, low, high)
            if parted == 0 and seen == _CONVINCING:
                return False
        return parted * 2 > len(sample)

    def _starts(self, lines: Sequence[Line]) -> list[int]:
        starts, at = [], 0
        for line in lines:
            starts.append(at)
            at += len(line.text) + len(_LINE_END)
        return starts

    def _is_parted(self, start: int, line: Line, low: float, high: float) -> bool:
        for gap in _SPACE.finditer(line.text):
            left, right = self._measure(start + gap.start() - 1)[2], self._measure(start + gap.end())[0]
            if right - left > 1.1 * line.height and 0.3 < ((left + right) / 2 - low) / (high - low) < 0.7:
                return True
        return False

    def _measure(self, at: int) -> tuple[float, float, float, float]:
        index = at if self._same else pdfium.FPDFText_GetCharIndexFromTextIndex(self._letters, at)
        box = self._box
        if index < 0 or not pdfium.FPDFText_GetLooseCharBox(self._letters, index, box):
            return 0, 0, 0, 0
        return box.left, box.bottom, box.right, box.top


def _with_neighbours(lines: list[Line]) -> list[Line]:
    """Pieces that follow one another side by side are one line: PDFium breaks it where the gap is wide."""
    joined: list[Line] = []
    for line in lines:
        before = joined[-1] if joined else line
        beside = before is not line and line.height > 0 and before.height > 0 and before.right <= line.left
        if beside and _HYPHEN not in before.text and _level(before, line):
            height = min(before.height, line.height)
            words = f"{before.text.rstrip()} {line.text.lstrip()}"
            joined[-1] = Line(words, before.left, line.right, before.bottom, height)
        else:
            joined.append(line)
    return joined


def _level(one: Line | _Word, other: Line | _Word) -> bool:
    return abs(one.bottom - other.bottom) < 0.4 * min(one.height, other.height)


def _is_torn_table(lines: Sequence[Line]) -> bool:
    """Whether pieces stand inside rows of numbers that were drawn without them."""
    rows = sorted((line for line in lines if line.height > 0 and _is_numeric(line.text)), key=lambda line: line.bottom)
    if len(rows) < _LEAST_TORN:
        return False
    torn = 0
    for line in lines:
        if line.height > 0 and len(line.text) < 30 and not _is_numeric(line.text):
            torn += any(row.left < line.left and line.right < row.right and _level(row, line) for row in rows)
    return torn >= _LEAST_TORN


def _is_numeric(text: str) -> bool:
    return sum(word[0].isdigit() for word in text.split()) > 2


def _rows(words: Sequence[_Word]) -> list[list[_Word]]:
    """Words by rows from the top, each row from the left."""
    rows: list[list[_Word]] = []
    for word in sorted(words, key=lambda word: -word.bottom):
        if rows and _level(rows[-1][0], word):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda word: word.left) for row in rows]


def _row(words: Sequence[_Word]) -> Line:
    text = " ".join(word.text for word in words)
    return Line(text, words[0].left, words[-1].right, words[0].bottom, min(words[0].height, words[-1].height))


def _columns(words: Sequence[_Word]) -> list[Line]:
    """The lines of the left column, then those of the right, from one line across both to the next.

    Nothing when it is no prose in two columns: cells of a table stay in their rows.
    """
    rows = _rows(words)
    gutter = _gutter(rows)
    if gutter is None:
        return []
    pitch = median(before[0].bottom - after[0].bottom for before, after in pairwise(rows))
    lines: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for index, row in enumerate(rows):
        apart = _stands_apart(rows, index, 1.7 * pitch)
        if apart or any(word.left < gutter < word.right for word in row):
            lines += [*left, *right, _row(row)]
            left, right = [], []
            continue
        for side, part in (
            (left, [w for w in row if w.right <= gutter]),
            (right, [w for w in row if w.left >= gutter]),
        ):
            if part:
                side.append(_row(part))
    return [*lines, *left, *right]


def _stands_apart(rows: Sequence[Sequence[_Word]], index: int, far: float) -> bool:
    """Whether this is a header or a footer: at the top or the bottom, with space between it and the rest."""
    if index < 2:
        return any(rows[at][0].bottom - rows[at + 1][0].bottom > far for at in range(index, min(2, len(rows) - 1)))
    if index >= len(rows) - 2:
        return any(rows[at - 1][0].bottom - rows[at][0].bottom > far for at in range(len(rows) - 2, index + 1))
    return False


def _gutter(rows: Sequence[Sequence[_Word]]) -> float | None:
    """Where the white strip between two columns of prose is; None when there is none."""
    low = min(row[0].left for row in rows)
    high = max(row[-1].right for row in rows)
    gaps = [
        (before.right, after.left)
        for row in rows
        for before, after in pairwise(row)
        if after.left - before.right > 0.8 * before.height
        and 0.3 < ((before.right + after.left) / 2 - low) / (high - low) < 0.7
    ]
    if len(gaps) < _LEAST_ROWS:
        return None
    # The strip is open in every row: it lies right of where most left parts end, and left of where right parts begin.
    candidates = sorted({after - 1 for _, after in gaps})
    x = max(candidates, key=lambda place: sum(before < place < after for before, after in gaps))
    both = [row for row in rows if row[0].right < x < row[-1].left and not any(w.left < x < w.right for w in row)]
    crossed = sum(any(word.left < x < word.right for word in row) for row in rows)
    if len(both) < _LEAST_ROWS or crossed > len(both):
        return None
    lefts = [[word for word in row if word.right <= x] for row in both]
    rights = [[word for word in row if word.left >= x] for row in both]
    prose = all(median(len(part) for part in parts) >= 3 for parts in (lefts, rights))
    full = median(part[-1].right - part[0].left for part in lefts) > 0.7 * (x - low)
    counted = [word for row in both for word in row]
    numbers = sum(word.text[0].isdigit() for word in counted)
    return x if prose and full and numbers * 4 < len(counted) else None
