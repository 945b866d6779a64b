"""A citation: the marker in an answer, the words of the source, and whether they carry what was said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.shared import ChunkId, Passage, Quotation, SourceId

_CONTEXT = 32


class Verdict(StrEnum):
    """Computed by the aligner, never by the model."""

    VERIFIED = "VERIFIED"
    """The source has these words, but for case, accents, spaces and punctuation."""
    FUZZY = "FUZZY"
    """The source has most of these words, in this order, and every number."""
    UNSUPPORTED = "UNSUPPORTED"
    """The source does not have them; the quotation is the nearest that there is."""


class Anchor(StrEnum):
    """Where the quoted words stand in the source as it was last read."""

    SAME = "SAME"
    """Where they stood when they were quoted."""
    MOVED = "MOVED"
    """To the letter, at another place."""
    CHANGED = "CHANGED"
    """Not to the letter: at their place the source has other words now, or writes them otherwise."""
    LOST = "LOST"
    """Nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """`marker` is the number printed in the text as `[n]`; `start` and `end` count characters in the source's text.

    `anchor` says what became of the quotation there; `quoted_at` is where it began when it was quoted, None as long as
    `start` still says that. What was LOST has the offsets that it was quoted with.

    It outlives what it quotes: the chunk is None once the source was read again without these words (or without this
    chunk, until they have been looked for), the source once it was deleted. `prefix` and `suffix` are the words around
    the quotation, up to 32 characters each, by which it is found again in a changed text.
    """

    marker: int
    verdict: Verdict
    source_id: SourceId | None
    chunk_id: ChunkId | None
    quote: str
    start: int
    end: int
    page: int | None = None
    prefix: str = ""
    suffix: str = ""
    anchor: Anchor = Anchor.SAME
    quoted_at: int | None = None

    def stands_in(self, text: str, *, at: int) -> bool:
        """Whether this text, which begins at `at` in the source, has the quotation where the citation says."""
        return self.start >= at and text[self.start - at : self.end - at] == self.quote


def cite(marker: int, *, quotation: Quotation, verdict: Verdict, passage: Passage) -> Citation:
    """A citation with the words around the quotation, as far as the passage goes."""
    start, end = quotation.start - passage.start, quotation.end - passage.start
    return Citation(
        marker=marker,
        verdict=verdict,
        source_id=quotation.source_id,
        chunk_id=quotation.chunk_id,
        quote=quotation.quote,
        start=quotation.start,
        end=quotation.end,
        page=quotation.page,
        prefix=passage.text[max(0, start - _CONTEXT) : start],
        suffix=passage.text[end : end + _CONTEXT],
    )
