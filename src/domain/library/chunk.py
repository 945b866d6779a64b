"""A chunk: a piece of a source, small enough to retrieve and cite, that knows where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from domain.shared import ChunkId, Passage, SourceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """`extracted_text[start:end] == content`. `position` counts from 0 in the source; `page` is 1-based and
    `page_label` the number printed on it, where the source knows it (`xiv`).

    `content_hash` is the SHA-256 of the content in hex: with the model's name it is the key of a vector.
    """

    id: ChunkId
    source_id: SourceId
    position: int
    content: str
    content_hash: str
    token_count: int
    start: int
    end: int
    page: int | None = None
    page_label: str | None = None
    heading: str | None = None

    def as_passage(self, *, language: str) -> Passage:
        """The same words for the contexts that quote them."""
        return Passage(
            chunk_id=self.id,
            source_id=self.source_id,
            text=self.content,
            start=self.start,
            end=self.end,
            page=self.page,
            heading=self.heading,
            language=language,
        )
