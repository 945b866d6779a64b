"""Cuts a text into chunks: at headings always, then where paragraphs, sentences or words end.

Chunks do not overlap. A citation names one place: with an overlap the same sentence would stand in two chunks, be found
twice, and be paid for twice when it is embedded; what an overlap is for, words at a seam, is had by cutting at the end
of sentences and by evening out the lengths, so that no crumb is left over.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple
from unicodedata import combining
from uuid import uuid5

from domain.library.chunk import Chunk
from domain.library.extracted import ExtractedText
from domain.library.sentences import sentence_spans
from domain.shared import ChunkId, SourceId, estimate_tokens

CHUNK_LIMIT = 1200
"""No chunk is longer, in characters."""
CHUNK_TARGET = 1050
"""About this long, where the text is long enough and its paragraphs allow."""

_WORD = re.compile(r"\S+")
_PARAGRAPH = re.compile(r"\n[^\S\n]*+\n")


class _Seam(IntEnum):
    """What ends before a piece; the value is how many characters off the target it is worth."""

    WORD = -400
    SENTENCE = 0
    PARAGRAPH = 350
    PAGE = 450


class _Piece(NamedTuple):
    start: int
    end: int
    seam: _Seam


def chunked(extracted: ExtractedText, *, source_id: SourceId) -> tuple[Chunk, ...]:
    """The chunks of a source in order; none for a text of only space.

    Every character that is not space is in exactly one chunk, and `text[chunk.start:chunk.end] == chunk.content`. A
    chunk holds a heading only at its beginning, and stands on the page where it begins. Its id is derived from the
    source, the content and how many like it came before: the same text gives the same ids, so that a second run is the
    same as the first, and a chunk that a new edition left alone is still the one that was cited.
    """
    seen: Counter[str] = Counter()
    chunks: list[Chunk] = []
    for start, end, heading in _spans(extracted):
        content = extracted.text[start:end]
        content_hash = hashlib.sha256(content.encode()).hexdigest()
        page = extracted.page_at(start)
        chunks.append(
            Chunk(
                id=ChunkId(uuid5(source_id, f"{content_hash} {seen[content_hash]}")),
                source_id=source_id,
                position=len(chunks),
                content=content,
                content_hash=content_hash,
                token_count=estimate_tokens(content),
                start=start,
                end=end,
                page=None if page is None else page.number,
                page_label=None if page is None else page.label,
                heading=heading,
            )
        )
        seen[content_hash] += 1
    return tuple(chunks)


def _spans(extracted: ExtractedText) -> Iterator[tuple[int, int, str | None]]:
    pieces = list(_pieces(extracted))
    starts = [piece.start for piece in pieces]
    for first, last, heading in _sections(extracted, starts):
        for start, end in _packed(pieces[first:last]):
            yield start, end, heading


def _sections(extracted: ExtractedText, starts: list[int]) -> Iterator[tuple[int, int, str | None]]:
    """Runs of pieces `[first, last)` under one heading. A heading with nothing below it goes with the next one."""
    opening, heading = 0, None
    for mark in extracted.headings:
        at = bisect_left(starts, mark.start)
        if at > opening and not _is_only_heading(extracted, opening, at, starts):
            yield opening, at, heading
            opening = at
        heading = mark.text
    if opening < len(starts):
        yield opening, len(starts), heading


def _is_only_heading(extracted: ExtractedText, first: int, last: int, starts: list[int]) -> bool:
    """Whether the pieces `[first, last)` are headings and nothing else."""
    marks = extracted.headings
    low = bisect_left(marks, starts[first], key=lambda mark: mark.start)
    high = bisect_left(marks, starts[last], key=lambda mark: mark.start) if last < len(starts) else len(marks)
    end = starts[last] if last < len(starts) else len(extracted.text)
    if low == high or end - starts[first] > CHUNK_LIMIT // 2:
        return False
    body = _letters(extracted.text[starts[first] : end])
    return body == "".join(_letters(mark.text) for mark in marks[low:high])


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _pieces(extracted: ExtractedText) -> Iterator[_Piece]:
    """Sentences; those too long for a chunk in words, and words too long in cuts. A heading begins a piece."""
    text = extracted.text
    paragraphs = [found.end() for found in _PARAGRAPH.finditer(text)]
    pages = [page.start for page in extracted.pages]
    marks = [heading.start for heading in extracted.headings]
    before = 0
    for start, end in _split_at(sentence_spans(text, extracted.language), marks, text):
        seam = _Seam.SENTENCE
        if bisect_right(paragraphs, start) > bisect_right(paragraphs, before) or start == 0:
            turned = bisect_right(pages, start) > bisect_right(pages, before)
            seam = _Seam.PAGE if turned else _Seam.PARAGRAPH
        if end - start <= CHUNK_LIMIT:
            yield _Piece(start, end, seam)
        else:
            for index, (begin, stop) in enumerate(_words(text, start, end)):
                yield _Piece(begin, stop, _Seam.WORD if index else seam)
        before = end


def _split_at(spans: list[tuple[int, int]], marks: list[int], text: str) -> Iterator[tuple[int, int]]:
    for start, end in spans:
        begin = start
        for mark in marks[bisect_right(marks, start) : bisect_left(marks, end)]:
            stop = mark
            while stop > begin and text[stop - 1].isspace():
                stop -= 1
            word = _WORD.search(text, mark, end)
            if stop > begin and word:
                yield begin, stop
                begin = word.start()
        if end > begin:
            yield begin, end


def _words(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for found in _WORD.finditer(text, start, end):
        begin, stop = found.span()
        while stop - begin > CHUNK_LIMIT:
            cut = begin + CHUNK_LIMIT
            while cut > begin + CHUNK_LIMIT // 2 and combining(text[cut]):
                cut -= 1  # an accent stays with its letter
            yield begin, cut
            begin = cut
        yield begin, stop


def _packed(pieces: list[_Piece]) -> Iterator[tuple[int, int]]:
    """Chunks of one section: each ends near an even share of what is left, at the best seam around there."""
    first = 0
    while first < len(pieces):
        start = pieces[first].start
        left = pieces[-1].end - start
        if left <= CHUNK_LIMIT:
            yield start, pieces[-1].end
            return
        share = left / -(-left // CHUNK_TARGET)
        best, best_worth = first + 1, float("-inf")
        for index in range(first + 1, len(pieces)):
            length = pieces[index - 1].end - start
            if length > CHUNK_LIMIT:
                break
            worth = pieces[index].seam - abs(length - share)
            if worth >= best_worth:
                best, best_worth = index, worth
        yield start, pieces[best - 1].end
        first = best
