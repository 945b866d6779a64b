"""Finds the words that a model says it quotes: the place is looked for by us, never taken from the model."""

from __future__ import annotations

from dataclasses import dataclass
from unicodedata import combining, normalize

from adapters.prompting.visible import is_hidden

_ALIKE = str.maketrans(
    {
        **dict.fromkeys("’‘‛`´ʼ′", "'"),
        **dict.fromkeys("“”„‟«»″〝〞", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
    }
)
_QUOTES = " \"'"
_EDGES = " \"'.,;"
"""What models put around a quotation, or end it with."""


@dataclass(frozen=True, slots=True)
class Folded:
    """Text for comparing, each character with the range that it stands for: hyphens, quotes and spaces all alike."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def find(self, words: str, *, after: int = 0) -> tuple[int, int] | None:
        """The first place of folded words at or after a folded offset, as folded offsets. Never half a letter."""
        at = self.text.find(words, after) if words else -1
        while at >= 0:
            end = at + len(words)
            if not (end < len(self.text) and combining(self.text[end])):
                return at, end
            at = self.text.find(words, at + 1)
        return None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The range in the text itself that a folded range stands for."""
        return self.starts[start], self.ends[end - 1]


def folded_with_places(text: str) -> Folded:
    """Case and accents stay; what is hidden is left out; any run of spaces and line breaks is one space."""
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for index, character in enumerate(text):
        if not character.isspace() and is_hidden(character):
            continue
        for letter in " " if character.isspace() else normalize("NFKD", character).translate(_ALIKE):
            space = letter.isspace()
            if space and letters and letters[-1] == " ":
                ends[-1] = index + 1
                continue
            letters.append(" " if space else letter)
            starts.append(index)
            ends.append(index + 1)
    return Folded("".join(letters), tuple(starts), tuple(ends))


def find_quotation(quote: str, text: str) -> tuple[int, int] | None:
    """Where the text has these words, as a half-open range: exactly, else but for spaces, quotes and hyphens."""
    exact = text.find(quote) if quote and quote == quote.strip() else -1
    if exact >= 0 and not combining(text[exact + len(quote) : exact + len(quote) + 1] or " "):
        return exact, exact + len(quote)
    folded = folded_with_places(text)
    wanted = folded_with_places(quote).text.strip()
    for words in dict.fromkeys((wanted, wanted.strip(_QUOTES), wanted.strip(_EDGES))):
        place = folded.find(words)
        if place is not None:
            return folded.original(*place)
    return None
