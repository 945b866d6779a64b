"""Read a source that was received: its text, its chunks and their index become visible together."""

from __future__ import annotations

from dataclasses import dataclass, replace

from application.library.add_source import UNDETERMINED, file_key
from application.library.ports import Extractor, FileStore, OpenUnitOfWork, SourceSignals
from application.shared import Clock, JobQueue
from domain.library import (
    ExtractedText,
    Source,
    SourceStatus,
    UnreadableSource,
    chunked,
    title_from_filename,
)
from domain.shared import NoSuch, SourceId, UserId

EMBED = "library.embed_chunks"

_FILE_GONE = "The original file is gone. Delete this source and upload it again."
_NO_WORDS = "This source has no text in it."


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSource:
    """A job: may be run twice, at once, or again after it was killed at any point, and the chunks are there once."""

    uow: OpenUnitOfWork
    files: FileStore
    extractor: Extractor
    jobs: JobQueue
    signals: SourceSignals
    clock: Clock

    async def __call__(self, *, owner: UserId, source_id: SourceId) -> None:
        """READY or FAILED afterwards; a source that was deleted, or read meanwhile, is left alone.

        What is not the file's fault is raised, and the source stays PROCESSING: the job is to be tried again.
        """
        source = await self._waiting(owner, source_id)
        if source is None:
            return
        try:
            extracted = await self._extract(source)
        except UnreadableSource as refused:
            await self._fail(source, refused.message)
        else:
            await self._store(source, extracted)
        await self.signals.announce(source_id)

    async def _waiting(self, owner: UserId, source_id: SourceId) -> Source | None:
        async with self.uow(owner) as uow:
            try:
                source = await uow.sources.get(owner=owner, id=source_id)
            except NoSuch:
                return None
        return source if source.status is SourceStatus.PROCESSING else None

    async def _extract(self, source: Source) -> ExtractedText:
        try:
            data = await self.files.get(file_key(source))
        except NoSuch:
            raise UnreadableSource(_FILE_GONE) from None
        extracted = await self.extractor.extract(data, kind=source.kind, filename=source.original_filename)
        if source.language != UNDETERMINED:
            extracted = replace(extracted, language=source.language)
        return extracted

    async def _store(self, source: Source, extracted: ExtractedText) -> None:
        chunks = chunked(extracted, source_id=source.id)
        if not chunks:
            await self._fail(source, _NO_WORDS)
            return
        async with self.uow(source.owner) as uow:
            try:
                current = await uow.sources.lock(owner=source.owner, id=source.id)
            except NoSuch:
                return
            if current.status is not SourceStatus.PROCESSING:
                return  # another run was faster, and read the same bytes
            ready = _described_by_itself(current, extracted).ready(
                chunk_count=len(chunks),
                page_count=len(extracted.pages) or None,
                language=extracted.language,
                at=self.clock(),
            )
            await uow.sources.save(ready)
            await uow.chunks.replace(owner=source.owner, source=ready, text=extracted, chunks=chunks)
            await uow.commit()
        await self.jobs.enqueue(EMBED)

    async def _fail(self, source: Source, message: str) -> None:
        async with self.uow(source.owner) as uow:
            try:
                current = await uow.sources.lock(owner=source.owner, id=source.id)
            except NoSuch:
                return
            if current.status is SourceStatus.PROCESSING:
                await uow.sources.save(current.failed(message, at=self.clock()))
                await uow.commit()


def _described_by_itself(source: Source, extracted: ExtractedText) -> Source:
    """What the file says of itself fills in what its owner did not say: a title that is only a file name, an author."""
    named_by_file = source.original_filename is not None and source.title == title_from_filename(
        source.original_filename
    )
    return source.described(
        title=extracted.title if named_by_file else None,
        author=extracted.author if source.author is None else None,
    )
