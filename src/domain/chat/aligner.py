"""Where does a source say what an answer claims? Looks for a claim's words in a passage and gives a verdict.

Three looks, each coarser than the one before: the very characters; the same words but for case, accents, spaces and
punctuation; most of the words in the same order. Offsets are always those of the passage's own characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from domain.chat.citation import Verdict
from domain.shared import Passage, Quotation, quote_from

FUZZY_THRESHOLD = 0.7
"""Least share of words that a claim and the words of the source must have in common, of the longer of the two."""

_MATCH, _MISMATCH, _GAP = 2, -1, -1
_LONGEST_CLAIM = 300
_FEWEST_COMMON = 2

_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0dff\u0e31-\u0e4e\u00ad"
_WORD = re.compile(rf"(?<!\w)[-−]\d+(?:[.,]\d+)*|[\w{_MARKS}]+(?:(?<=\d)[.,](?=\d)\w+)*|[%‰€$£°]")
_CLOSING = re.compile(r"[.!?…]*[\"»”’')]*")
_NOTE = re.compile(r"\[\d{1,3}\]")
_DROPPED = re.compile("[\u0300-\u036f\u00ad]")
_NEGATIONS = frozenset(
    {"non", "mai", "nessun", "nessuno", "nessuna", "senza"}
    | {"not", "no", "never", "nor", "without"}
    | {"pas", "jamais", "sans", "nunca", "sin", "nicht", "kein", "keine", "nie", "ohne", "nao", "nem"}
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is compared, and its place in the text."""

    folded: str
    start: int
    end: int


def align(claim: str, passage: Passage) -> tuple[Quotation, Verdict]:
    """The words of the passage that carry the claim. UNSUPPORTED comes with the nearest words that there are."""
    text = passage.text
    exact = _find_exactly(claim.strip(), text)
    if exact is not None:
        return quote_from(passage, *exact), Verdict.VERIFIED
    claimed, words = words_in(claim)[:_LONGEST_CLAIM], words_in(text)
    if not claimed or not words:
        return quote_from(passage, 0, len(text)), Verdict.UNSUPPORTED
    first = _find_sequence([word.folded for word in claimed], [word.folded for word in words])
    if first is not None:
        return _quote(passage, words[first : first + len(claimed)]), Verdict.VERIFIED
    window, common = _nearest(claimed, words)
    if common < min(_FEWEST_COMMON, len(claimed)):
        return quote_from(passage, 0, len(text)), Verdict.UNSUPPORTED
    alike = common / max(len(claimed), len(window)) >= FUZZY_THRESHOLD and _same_facts(claimed, window)
    return _quote(passage, window), Verdict.FUZZY if alike else Verdict.UNSUPPORTED


def _find_exactly(claim: str, text: str) -> tuple[int, int] | None:
    """The first place where the claim stands between the ends of words."""
    if not _WORD.search(claim):
        return None
    start = text.find(claim)
    while start >= 0:
        end = start + len(claim)
        if not _inside_word(text, start) and not _inside_word(text, end):
            return start, end
        start = text.find(claim, start + 1)
    return None


def _inside_word(text: str, offset: int) -> bool:
    """True when the characters on both sides of an offset belong to one word."""
    around = text[max(0, offset - 1) : offset + 1]
    return 0 < offset < len(text) and bool(re.fullmatch(rf"[\w{_MARKS}]{{2}}", around))


def words_in(text: str) -> list[Word]:
    """Words, folded, with their places. A note mark such as `[3]` is no word."""
    plain = _NOTE.sub(lambda note: " " * len(note.group()), text)
    found = (Word(_fold(match.group()), match.start(), match.end()) for match in _WORD.finditer(plain))
    return [word for word in found if word.folded]


def _fold(word: str) -> str:
    if word.isascii():
        return word.lower().replace(",", ".")
    decomposed = unicodedata.normalize("NFD", word.casefold())
    return _DROPPED.sub("", decomposed).replace("−", "-").replace(",", ".")


def _find_sequence(wanted: Sequence[str], words: Sequence[str]) -> int | None:
    """Where the wanted words follow each other, or None."""
    size = len(wanted)
    starts = (index for index in range(len(words) - size + 1) if words[index] == wanted[0])
    return next((start for start in starts if words[start : start + size] == wanted), None)


def _nearest(claimed: Sequence[Word], words: Sequence[Word]) -> tuple[Sequence[Word], int]:
    """The stretch of words that best follows the claim (Smith and Waterman's local alignment), and how many agree."""
    best = (0, 0, 0, 0)  # score, agreeing words, first and last word of the stretch
    above: list[tuple[int, int, int]] = [(0, 0, index) for index in range(len(words) + 1)]  # score, agreeing, first
    for claimed_word in claimed:
        row = [(0, 0, 0)]
        for index, word in enumerate(words):
            same = claimed_word.folded == word.folded
            score, agreeing, first = above[index]
            step = (score + (_MATCH if same else _MISMATCH), agreeing + same, first)
            skipped = (above[index + 1][0] + _GAP, above[index + 1][1], above[index + 1][2])
            added = (row[index][0] + _GAP, row[index][1], row[index][2])
            cell = max(step, skipped, added, key=lambda candidate: candidate[0])
            if cell[0] <= 0:
                cell = (0, 0, index + 1)
            row.append(cell)
            if cell[0] > best[0]:
                best = (cell[0], cell[1], cell[2], index)
        above = row
    return (words[best[2] : best[3] + 1], best[1]) if best[0] else ((), 0)


def _same_facts(claimed: Sequence[Word], window: Sequence[Word]) -> bool:
    """A number or a negation that differs carries another fact, however alike the other words are."""
    said, found = {word.folded for word in claimed}, {word.folded for word in window}
    numbers = {word for word in said if any(character.isdigit() for character in word)}
    return numbers <= found and said & _NEGATIONS == found & _NEGATIONS


def _quote(passage: Passage, words: Sequence[Word]) -> Quotation:
    """From the first word to the last, with the punctuation that closes it."""
    closing = _CLOSING.match(passage.text, words[-1].end)
    return quote_from(passage, words[0].start, closing.end() if closing else words[-1].end)
