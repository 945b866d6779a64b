"""The text of a source as a reader got it out: storable, with the places of its pages and headings."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date

from domain.shared import StudioloError


class UnreadableSource(StudioloError):
    """The bytes could not be read. The sentence is for the user: what is wrong, and what would help."""


@dataclass(frozen=True, slots=True)
class PageSpan:
    """A page: `text[start:end]`. `number` is 1-based; `label` is the number printed on it, where it has one."""

    number: int
    start: int
    end: int
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that begins at `start`; level 1 is the outermost."""

    start: int
    level: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractedText:
    """`text` is NFC without NUL or lone surrogates; pages and headings are in order and lie inside it.

    Title, author, date and site are what the file or page says of itself, where that is plausible.
    """

    text: str
    language: str
    pages: tuple[PageSpan, ...] = ()
    headings: tuple[Heading, ...] = ()
    title: str | None = None
    author: str | None = None
    publication_date: date | None = None
    site: str | None = None

    def page_at(self, offset: int) -> PageSpan | None:
        """The page that the character at `offset` stands on."""
        index = bisect_right(self.pages, offset, key=lambda page: page.start) - 1
        return self.pages[index] if index >= 0 else None
