"""How near two spellings are: keys that went wrong, and words written as they sound."""

from __future__ import annotations

import re

from domain.shared import without_accents

TYPO_LENGTH = 5
"""Below five letters a slip is too much of the word to be one."""
LONG_WORD = 9
"""From nine letters on two slips are forgiven."""
SPELLING_SHARE = 3
"""What is no word at all is still called a misspelling while at most a third of its letters are wrong."""


def is_slip(given: str, wanted: str) -> bool:
    """Whether few enough keys went wrong: one in words of 5 to 8 letters, two from 9 on; never in numbers."""
    if len(wanted) < TYPO_LENGTH or not (given.isalpha() and wanted.isalpha()):
        return False
    allowed = 1 if len(wanted) < LONG_WORD else 2
    return abs(len(given) - len(wanted)) <= allowed and edit_distance(given, wanted) <= allowed


def is_misspelling(given: str, wanted: str) -> bool:
    """Whether a word that does not exist is a bad spelling of the other: by its sound, or by most of its letters."""
    if not (given.isalpha() and wanted.isalpha()) or len(wanted) < 3:
        return False
    allowed = max(1, (len(wanted) + 1) // SPELLING_SHARE)
    if abs(len(given) - len(wanted)) > allowed:
        return False
    return sounds_alike(given, wanted) or edit_distance(without_accents(given), without_accents(wanted)) <= allowed


def edit_distance(left: str, right: str) -> int:
    """Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, start=1):
        before, last, row = row, before, [i]
        for j, b in enumerate(right, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


_HEARD = (
    # Said alike in Italian, or nearly: a mute h, i after a soft consonant, qu and cu, double letters.
    (re.compile(r"^h"), ""),
    (re.compile(r"(?<=[cg])i(?=[aeou])"), "y"),
    (re.compile(r"c?qu|cu(?=[aeio])"), "kw"),
    (re.compile(r"c(?=[^eiyh]|$)"), "k"),
    (re.compile(r"(\w)\1+"), r"\1"),
)


def _heard(word: str) -> str:
    sound = without_accents(word)
    for pattern, instead in _HEARD:
        sound = pattern.sub(instead, sound)
    return sound


_FOREIGN = (
    # As a speaker of Spanish, French or English spells what is heard.
    (re.compile(r"qu(?=[ei])|k|ch"), "c"),
    (re.compile(r"x"), "s"),
    (re.compile(r"y"), "i"),
)


def sounds_alike(given: str, wanted: str) -> bool:
    """Whether only the spelling of a sound differs, here or abroad: `dona`, `donna`; `a`, `ha`; `que`, `che`."""
    one, other = without_accents(given), without_accents(wanted)
    for pattern, instead in _FOREIGN:
        one, other = pattern.sub(instead, one), pattern.sub(instead, other)
    return _heard(one) == _heard(other)
