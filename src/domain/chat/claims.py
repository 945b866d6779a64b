"""Claims in an answer: the words that a marker such as `[2]` stands behind, recognised while the answer streams."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MARKER = r"\[\s*\d{1,3}(?:\s*[,;]\s*\d{1,3})*\s*\]"
_MARKERS = re.compile(_MARKER)
_MARKERS_AT_END = re.compile(rf"(?:\s*{_MARKER})+\s*\Z")
_GAP = re.compile(r"\s+(?=[^\s\[])")
"""A space that something other than a marker follows: a sentence may end before it."""
_STOP = re.compile(r"[.!?…:;]+[\"»”’')\]*_]*\Z")
_ABBREVIATION = re.compile(
    r"(?:\b[A-Z]|\b\w\.\w|(?i:\b(?:sig|dott|prof|art|ecc|pag|pp|cfr|es|vol|cap|nn|mr|mrs|dr|fig|st|al|ca|no|vs)))\.\Z"
)
_DECORATION = re.compile(r"\A(?:[-*•]\s+|\d{1,3}[.)]\s+|#+\s+|>\s+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Words without their markers, and the passages (numbers from 1) that they are said to come from."""

    text: str
    markers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unread:
    """The end of an answer that is still streaming: a sentence that may go on."""

    text: str = ""

    def grown(self, piece: str) -> tuple[Unread, tuple[Claim, ...]]:
        """With a piece more, and the claims of the sentences that it completes."""
        text = self.text + piece
        claims: list[Claim] = []
        begin = 0
        for gap in _GAP.finditer(text):
            if _ends_sentence(text[begin : gap.start()], gap.group(), text[gap.end()]):
                claims.extend(_claims(text[begin : gap.start()]))
                begin = gap.end()
        return Unread(text[begin:]), tuple(claims)

    def finished(self) -> tuple[Claim, ...]:
        """The claims of what is left when nothing more will come."""
        return tuple(_claims(self.text))


def _ends_sentence(sentence: str, space: str, following: str) -> bool:
    """A full stop, with or without markers behind it or before it; or a new line. Never before a small letter."""
    if "\n" in space:
        return True
    if following.islower():
        return False
    words = _MARKERS_AT_END.sub("", sentence)
    return bool(_STOP.search(words)) and not _ABBREVIATION.search(words)


def _claims(sentence: str) -> Iterator[Claim]:
    """Each group of markers stands behind the words since the group before it."""
    words = ""
    markers: list[int] = []
    begin = 0
    for found in _MARKERS.finditer(sentence):
        between = sentence[begin : found.start()]
        if _has_words(between):
            if markers:
                yield Claim(text=words, markers=tuple(markers))
            words, markers = _plain(between), []
        markers.extend(number for number in map(int, re.findall(r"\d+", found.group())) if number not in markers)
        begin = found.end()
    if markers and words:
        yield Claim(text=words, markers=tuple(markers))


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _plain(text: str) -> str:
    """Without the marks of a list, of a heading or of emphasis around it."""
    return _DECORATION.sub("", text.strip()).strip("*_ \t")
