"""Where do the words of a citation stand, now that its source was read again?

The answer depends on what was quoted and on the new text only, not on what an earlier search came to: asked again it is
the same. Quotations are looked for character by character first. For those that are not found so, the words of the text
are listed once for all of them, so that the work grows with the text and with the quotations, not with their product.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.chat.aligner import Word, words_in
from domain.chat.citation import Anchor, Citation

_MOST_PLACES = 64
"""How many places of the same words are compared on each side of the old one, the nearest first."""

_COMMON_WORD = 200
"""A word that a text has more often than that does not show where a quotation stands."""

_LEAST_ALIKE = 0.5
"""Share of words that a changed quotation must have kept, of the longer of the two."""

_FEWEST_COMMON = 2
_LONGEST_QUOTE = 300
"""Words of a quotation that are looked for."""

_STRETCH, _ROOM = 3, 200
"""What stands between a known beginning and a known end is at most so many times as long, and so much longer."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """What became of a quotation, and where it is: `text[start:end]`; the old offsets where it is LOST."""

    anchor: Anchor
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Text:
    """A text, and the same from its end: to look backwards for a string takes time that grows with both lengths."""

    forward: str
    backward: str

    def nearest(self, sought: str, old: int, *, most: int = 1) -> Iterator[int]:
        """Where a string begins: the first places from an offset on, then the last ones before it, `most` of each."""
        yield from _found(self.forward, sought, max(0, old), most)
        size, from_end = len(sought), len(self.forward) - max(0, old) - len(sought) + 1
        yield from (len(self.forward) - at - size for at in _found(self.backward, sought[::-1], max(0, from_end), most))


def _found(text: str, sought: str, start: int, most: int) -> Iterator[int]:
    for _ in range(most):
        start = text.find(sought, start)
        if start < 0:
            return
        yield start
        start += 1


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a text in order, and where each is among them."""

    words: Sequence[Word]
    places: Mapping[str, Sequence[int]]


def anchor(citation: Citation, text: str) -> Anchored:
    """The citation's place in the extracted text as it is now."""
    return anchor_all((citation,), text)[0]


def anchor_all(citations: Sequence[Citation], text: str) -> list[Anchored]:
    """The place of each, in order. A megabyte with 500 citations takes a second or two, hostile ones three."""
    both, listed = _Text(text, text[::-1]), None
    found = []
    for citation in citations:
        place = _verbatim(citation, both)
        if place is None:
            listed = listed or _listed(text)
            place = _alike(citation, listed) or _between(citation, both)
        start = _quoted_at(citation)
        found.append(place or Anchored(Anchor.LOST, start, start + len(citation.quote)))
    return found


def _quoted_at(citation: Citation) -> int:
    return citation.start if citation.quoted_at is None else citation.quoted_at


def _verbatim(citation: Citation, text: _Text) -> Anchored | None:
    """The very characters: where the words around them fit best, then the nearest."""
    quote, old, here = citation.quote, _quoted_at(citation), text.forward
    whole = len(citation.prefix) + len(citation.suffix)
    best: tuple[int, int, int] | None = None  # fit, distance below zero, start
    for start in _places(citation, text, old):
        fit = _fit(citation, here, start)
        # Whatever is as it was is right, also where a chunk began within a word.
        if fit < whole and _cuts_a_word(citation, here, start):
            continue
        best = max(best or (-1, 0, 0), (fit, -abs(start - old), start))
        if start == old and fit == whole:
            break
    if best is None:
        return None
    return Anchored(Anchor.SAME if best[2] == old else Anchor.MOVED, best[2], best[2] + len(quote))


def _places(citation: Citation, text: _Text, old: int) -> Iterator[int]:
    """Where the quotation stands: the old place, the nearest ones, and of many, those with the words around it."""
    quote, prefix, suffix = citation.quote, citation.prefix, citation.suffix
    if text.forward.startswith(quote, old):
        yield old
    if not quote:
        return
    near = list(text.nearest(quote, old, most=_MOST_PLACES))
    yield from near
    if len(near) < _MOST_PLACES:
        return  # these are all that there are
    yield from (at + len(prefix) for at in text.nearest(prefix + quote + suffix, old - len(prefix)))
    yield from (at + len(prefix) for at in text.nearest(prefix + quote, old - len(prefix)))
    yield from text.nearest(quote + suffix, old)


def _fit(citation: Citation, text: str, start: int) -> int:
    """How many characters around a place are those that stood around the quotation."""
    end = start + len(citation.quote)
    before = text[max(0, start - len(citation.prefix)) : start]
    after = text[end : end + len(citation.suffix)]
    return _common(citation.prefix[::-1], before[::-1]) + _common(citation.suffix, after)


def _common(one: str, other: str) -> int:
    """The length of the common beginning."""
    size = min(len(one), len(other))
    return next((index for index in range(size) if one[index] != other[index]), size)


def _cuts_a_word(citation: Citation, text: str, start: int) -> bool:
    """Whether the place begins or ends within a word where the quotation did not."""
    quote, end = citation.quote, start + len(citation.quote)
    begins = _is_one_word(text[max(0, start - 1) : start], quote[0]) and not _is_one_word(
        citation.prefix[-1:], quote[0]
    )
    return begins or (_is_one_word(quote[-1], text[end : end + 1]) and not _is_one_word(quote[-1], citation.suffix[:1]))


def _is_one_word(left: str, right: str) -> bool:
    return left.isalnum() and right.isalnum()


def _listed(text: str) -> _Words:
    words = words_in(text)
    places: dict[str, list[int]] = {}
    for index, word in enumerate(words):
        places.setdefault(word.folded, []).append(index)
    return _Words(words, places)


def _alike(citation: Citation, listed: _Words) -> Anchored | None:
    """The stretch that has most of the quotation's words in their order, if it has enough of them."""
    quoted = _folded(citation.quote)[:_LONGEST_QUOTE]
    shift = _shift(quoted, citation, listed)
    if shift is None:
        return None
    slack = max(3, len(quoted) // 4)
    matched, at = [], 0
    for index, word in enumerate(quoted):
        places, expected = listed.places.get(word, ()), index + shift
        place = expected if expected >= at and _has(places, expected) else _next(places, max(at, expected - slack))
        if place is not None and place <= expected + slack:
            matched.append((index, place))
            at = place + 1
    if not matched:
        return None
    (skipped, first), (reached, last) = matched[0], matched[-1]
    common = len(matched)
    if common < min(_FEWEST_COMMON, len(quoted)) or common < _LEAST_ALIKE * max(len(quoted), last - first + 1):
        return None
    first, last = _with_replaced(citation, listed.words, first, skipped, last, len(quoted) - 1 - reached)
    return Anchored(Anchor.CHANGED, listed.words[first].start, listed.words[last].end)


def _shift(quoted: Sequence[str], citation: Citation, listed: _Words) -> int | None:
    """Which word of the text is the quotation's first, as most of its rarer words and of those around it have it.

    Of several that as many words speak for, the one nearest to the old place.
    """
    before, after = _folded(citation.prefix), _folded(citation.suffix)
    shifts: Counter[int] = Counter()
    for index, word in enumerate([*before, *quoted, *after], start=-len(before)):
        places = listed.places.get(word, ())
        if len(places) <= _COMMON_WORD:
            shifts.update(place - index for place in places)
    if not shifts:
        return None
    old = bisect_left(listed.words, _quoted_at(citation), key=lambda word: word.start)
    # Words that came in or went out in the middle split the votes between neighbours.
    return max(
        shifts,
        key=lambda shift: (
            shifts[shift - 1] + shifts[shift] + shifts[shift + 1],
            shifts[shift],
            -abs(shift - old),
            shift,
        ),
    )


def _folded(text: str) -> list[str]:
    return [word.folded for word in words_in(text)]


def _next(places: Sequence[int], at: int) -> int | None:
    index = bisect_left(places, at)
    return places[index] if index < len(places) else None


def _has(places: Sequence[int], place: int) -> bool:
    return _next(places, place) == place


def _with_replaced(
    citation: Citation, words: Sequence[Word], first: int, skipped: int, last: int, missed: int
) -> tuple[int, int]:
    """The words at both ends that stand where the quotation had others, up to those that stood around it."""
    before = {word.folded for word in words_in(citation.prefix)[-1:]}
    after = {word.folded for word in words_in(citation.suffix)[:1]}
    if before:
        edge = max(0, first - skipped)
        if any(word.folded in before for word in words[max(0, edge - 1) : first]):
            while first > edge and words[first - 1].folded not in before:
                first -= 1
    if after:
        edge = min(len(words) - 1, last + missed)
        if any(word.folded in after for word in words[last + 1 : edge + 2]):
            while last < edge and words[last + 1].folded not in after:
                last += 1
    return first, last


def _between(citation: Citation, text: _Text) -> Anchored | None:
    """What stands now between the words that stood around the quotation, nearest to the old place."""
    if not citation.prefix.strip() or not citation.suffix.strip():
        return None
    old, size = _quoted_at(citation), len(citation.prefix)
    most = _STRETCH * len(citation.quote) + _ROOM
    gaps = []
    for start in (at + size for at in text.nearest(citation.prefix, old - size)):
        end = text.forward.find(citation.suffix, start, start + most + len(citation.suffix))
        if end > start and (words := words_in(text.forward[start:end])):
            gaps.append((abs(start - old), start + words[0].start, start + words[-1].end))
    if not gaps:
        return None
    _, start, end = min(gaps)
    return Anchored(Anchor.CHANGED, start, end)
