"""Pieces of a stream, gathered into groups of words: a fast model must not mean a thousand frames a second."""

from __future__ import annotations

from dataclasses import dataclass

WORD_GROUP = 24
"""Characters that are worth a frame: four or five words."""
_LONGEST_WAIT = 8 * WORD_GROUP


@dataclass(frozen=True, slots=True)
class Unsent:
    """Text that has arrived and was not sent yet."""

    text: str = ""

    def grown(self, piece: str) -> tuple[Unsent, str]:
        """With a piece more, and what may be sent now: whole words, once there are enough of them, else nothing."""
        text = self.text + piece
        if len(text) < WORD_GROUP:
            return Unsent(text), ""
        cut = _after_last_space(text)
        if cut == 0 and len(text) >= _LONGEST_WAIT:
            cut = len(text)
        return Unsent(text[cut:]), text[:cut]


def _after_last_space(text: str) -> int:
    return next((index + 1 for index in range(len(text) - 1, -1, -1) if text[index].isspace()), 0)
