"""Words with their place. Offsets count characters in the source's extracted text; ranges are half-open."""

from __future__ import annotations

from dataclasses import dataclass

from domain.shared.ids import ChunkId, SourceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A retrieved piece of a source: `extracted_text[start:end] == text`. `page` is 1-based, None without pages."""

    chunk_id: ChunkId
    source_id: SourceId
    text: str
    start: int
    end: int
    page: int | None = None
    heading: str | None = None
    language: str = "it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """Verbatim words of a source that can be found again: `extracted_text[start:end] == quote`."""

    chunk_id: ChunkId
    source_id: SourceId
    quote: str
    start: int
    end: int
    page: int | None = None


def quote_from(passage: Passage, start: int, end: int) -> Quotation:
    """The quotation at `passage.text[start:end]`, its offsets counted in the source."""
    if not 0 <= start < end <= len(passage.text):
        raise ValueError(f"no words at {start}:{end} of a passage of {len(passage.text)} characters")
    return Quotation(
        chunk_id=passage.chunk_id,
        source_id=passage.source_id,
        quote=passage.text[start:end],
        start=passage.start + start,
        end=passage.start + end,
        page=passage.page,
    )
