"""Choose the passages that exercises are written from: by topic, spread over the sources, or near one place."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.library import Scope, Search, SourceFilter
from application.library.ports import ChunkReader, SourceReader
from application.practice.ports import ExerciseBrief
from application.shared import Position, Window
from domain.library import Chunk, SourceStatus
from domain.practice import Evidence, on_topic
from domain.shared import InvalidInput, NoSuch, NotFound, NotYours, Passage, SourceId, UserId, language_code

_LARGEST_SCOPE = 100
_MOST_PASSAGES = 100
_LEAST_PASSAGES = 12
_PASSAGES_EACH = 6
_NEARBY = 6
"""So many chunks on either side are near a place."""
_LAST_ID = UUID(int=2**128 - 1)


class NothingToPractise(NotFound):
    """The scope has no text that can be searched yet (`empty`, `processing`), or none on the topic (`topic`)."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message, reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosePassages:
    """A topic needs evidence: a passage that is merely the nearest of all is not about it."""

    search: Search
    sources: SourceReader
    chunks: ChunkReader

    async def __call__(
        self, *, owner: UserId, brief: ExerciseBrief, source_ids: Sequence[SourceId] | None = None
    ) -> tuple[Passage, ...]:
        """About six passages for each exercise: some hold nothing to ask for.

        Errors: InvalidInput (sources), NoSuch and NotYours (sources), NothingToPractise, Unavailable.
        """
        scope = _distinct(source_ids)
        limit = min(_MOST_PASSAGES, max(_LEAST_PASSAGES, _PASSAGES_EACH * brief.count))
        await self._check_sources(owner, scope)
        if brief.topic is not None:
            found = await self._on_topic(owner, brief.topic, scope)
            if found:
                return found[:limit]
        chunks = await self.chunks.spread(owner=owner, source_ids=scope, limit=limit)
        if not chunks:
            raise await self._nothing_yet(owner)
        if brief.topic is not None:
            raise NothingToPractise("Your sources say nothing on this topic.", reason="topic")
        return await self._as_passages(owner, chunks)

    async def near(self, *, owner: UserId, evidence: Evidence, language: str) -> tuple[Passage, ...]:
        """The passages about a place, the nearest first, then others of its source.

        When the source is gone, those of the owner's other sources in this language. Errors: NothingToPractise.
        """
        chunks: list[Chunk] = []
        if evidence.source_id is not None:
            if evidence.chunk_id is not None:
                chunks += await self._neighbours(owner, evidence)
            chunks += await self.chunks.spread(owner=owner, source_ids=[evidence.source_id], limit=_MOST_PASSAGES // 2)
        else:
            chunks += await self.chunks.spread(owner=owner, source_ids=None, limit=_MOST_PASSAGES)
        passages = await self._as_passages(owner, list({chunk.id: chunk for chunk in chunks}.values()))
        taught = tuple(one for one in passages if language_code(one.language) == language_code(language))
        if not taught:
            raise await self._nothing_yet(owner)
        return taught

    async def _on_topic(self, owner: UserId, topic: str, scope: tuple[SourceId, ...] | None) -> tuple[Passage, ...]:
        """All candidates are looked at, so that it shows which of them stand out."""
        found = await self.search(owner=owner, query=topic, limit=_MOST_PASSAGES, scope=Scope(source_ids=scope))
        passages = [hit.chunk.as_passage(language=hit.language) for hit in found.hits]
        similarities = [hit.similarity for hit in found.hits]
        # In a thread: to read a hundred passages takes a tenth of a second.
        about = await asyncio.to_thread(on_topic, topic, [one.text for one in passages], similarities)
        return tuple(passage for passage, is_about in zip(passages, about, strict=True) if is_about)

    async def _neighbours(self, owner: UserId, evidence: Evidence) -> list[Chunk]:
        """None when the chunk went between the two reads."""
        assert evidence.chunk_id is not None
        try:
            chunk = await self.chunks.get(owner=owner, id=evidence.chunk_id)
        except (NoSuch, NotYours):
            return []
        # After everything at the position before the first of them.
        before = Position(chunk.position - _NEARBY - 1, _LAST_ID)
        window = Window(first=2 * _NEARBY + 1, after=before)
        page = await self.chunks.page(owner=owner, source_id=chunk.source_id, window=window)
        return sorted(page.items, key=lambda one: (abs(one.position - chunk.position), one.position))

    async def _nothing_yet(self, owner: UserId) -> NothingToPractise:
        """There is no text: perhaps because it is still being read."""
        if await self.sources.count(owner=owner, where=SourceFilter(status=SourceStatus.PROCESSING)):
            return NothingToPractise("Your sources are still being read; try again in a moment.", reason="processing")
        return NothingToPractise("There is no text to practise with yet: add a source first.", reason="empty")

    async def _as_passages(self, owner: UserId, chunks: Sequence[Chunk]) -> tuple[Passage, ...]:
        ids = tuple(dict.fromkeys(chunk.source_id for chunk in chunks))
        languages = {id: source.language for id, source in (await self.sources.many(owner=owner, ids=ids)).items()}
        # A source that was deleted between the two reads is passed over.
        return tuple(
            chunk.as_passage(language=languages[chunk.source_id]) for chunk in chunks if chunk.source_id in languages
        )

    async def _check_sources(self, owner: UserId, scope: tuple[SourceId, ...] | None) -> None:
        """Errors: NoSuch and NotYours for a named source."""
        found = await self.sources.many(owner=owner, ids=scope) if scope else {}
        for id in scope or ():
            if id not in found:
                await self.sources.get(owner=owner, id=id)


def _distinct(source_ids: Sequence[SourceId] | None) -> tuple[SourceId, ...] | None:
    """Errors: InvalidInput when there are too many. None and no sources at all both mean every source."""
    if not source_ids:
        return None
    distinct = tuple(dict.fromkeys(source_ids))
    if len(distinct) > _LARGEST_SCOPE:
        raise InvalidInput(
            f"Exercises are written from at most {_LARGEST_SCOPE} named sources.",
            field="sourceIds",
            limit=_LARGEST_SCOPE,
            actual=len(distinct),
        )
    return distinct
