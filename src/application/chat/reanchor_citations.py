"""Find the words of citations again in a source that was read again."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from application.chat.ports import OpenUnitOfWork, PlacedCitation
from application.library.ports import ChunkReader, SourceReader
from application.shared import LARGEST_PAGE, Window
from domain.chat import Anchor, Anchored, Citation, anchor_all
from domain.library import Chunk, Source
from domain.shared import NoSuch, SourceId, UserId

REANCHOR = "chat.reanchor_citations"

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ReanchorCitations:
    """A job: may be run any number of times, and does nothing where no citation waits.

    The quotation stays as it was quoted; where it stands now is what changes. No transaction is open while it is looked
    for: what comes of it is stored only if the source has not been read once more meanwhile. Then it waits still, and
    is asked for again.
    """

    uow: OpenUnitOfWork
    sources: SourceReader
    chunks: ChunkReader

    async def __call__(self, *, owner: UserId, source_id: SourceId) -> int:
        """How many citations were looked for. Errors: Unavailable."""
        done = 0
        try:
            while waiting := await self._waiting(owner, source_id):
                source = await self.sources.get(owner=owner, id=source_id)
                text = await self.sources.text(owner=owner, id=source_id)
                chunks = await self._chunks(owner, source_id)
                cited = [placed.citation for placed in waiting]
                # In a thread: of a long text it takes a second or two, and jobs share the event loop.
                found = await asyncio.to_thread(anchor_all, cited, text)
                moved = [
                    replace(placed, citation=_moved(placed.citation, to, chunks))
                    for placed, to in zip(waiting, found, strict=True)
                ]
                if not await self._keep(source, moved):
                    break
                done += len(moved)
        except NoSuch:
            return done  # the source was deleted, and its citations speak of none any more
        return done

    async def _waiting(self, owner: UserId, source_id: SourceId) -> tuple[PlacedCitation, ...]:
        async with self.uow(owner) as uow:
            return await uow.citations.waiting(owner=owner, source_id=source_id, limit=_AT_ONCE)

    async def _chunks(self, owner: UserId, source_id: SourceId) -> list[Chunk]:
        chunks: list[Chunk] = []
        window = Window(first=LARGEST_PAGE)
        while True:
            page = await self.chunks.page(owner=owner, source_id=source_id, window=window)
            chunks += page.items
            if not page.has_next:
                return chunks
            window = Window(first=LARGEST_PAGE, after=page.positions[-1])

    async def _keep(self, source: Source, moved: Sequence[PlacedCitation]) -> bool:
        """Whether the text was still the one that was looked through."""
        async with self.uow(source.owner) as uow:
            now = await uow.sources.lock(owner=source.owner, id=source.id)
            if now.processed_at != source.processed_at:
                return False
            await uow.citations.reanchor(owner=source.owner, placed=moved)
            await uow.commit()
        return True


def _moved(citation: Citation, to: Anchored, chunks: Sequence[Chunk]) -> Citation:
    """The citation at its new place; what is LOST keeps the page that it was on."""
    quoted_at = citation.start if citation.quoted_at is None else citation.quoted_at
    chunk = None if to.anchor is Anchor.LOST else _chunk_at(to.start, chunks)
    return replace(
        citation,
        anchor=to.anchor,
        start=to.start,
        end=to.end,
        quoted_at=quoted_at if to.anchor in {Anchor.MOVED, Anchor.CHANGED} else None,
        chunk_id=None if chunk is None else chunk.id,
        page=citation.page if chunk is None else chunk.page,
    )


def _chunk_at(offset: int, chunks: Sequence[Chunk]) -> Chunk | None:
    """The chunk that the character at an offset stands in; chunks are in order and do not overlap."""
    index = bisect_right(chunks, offset, key=lambda chunk: chunk.start) - 1
    return chunks[index] if index >= 0 and offset < chunks[index].end else None
