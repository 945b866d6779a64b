"""Read a source that was received: its text, its chunks and their index become visible together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, replace

from application.library.add_source import UNDETERMINED
from application.library.originals import file_key, files_of, pieces_of
from application.library.ports import Extractor, FileStore, OpenUnitOfWork, PageFetcher, SourceSignals, UnitOfWork
from application.library.reconcile_vectors import RECONCILE_VECTORS
from application.shared import Clock, JobQueue
from domain.library import (
    MOST_ATTEMPTS,
    MOST_BREAKS,
    ExtractedText,
    Source,
    SourceKind,
    SourceStatus,
    UnreadableSource,
    WrongStatus,
    chunked,
    title_from_filename,
    title_from_text,
)
from domain.shared import NoSuch, SourceId, StudioloError, Unavailable, UserId

EMBED = "library.embed_chunks"

_FILE_GONE = "The original file is gone. Delete this source and upload it again."
_NO_WORDS = "This source has no text in it."
_BROKEN_OFF = f"Reading was begun {MOST_BREAKS} times and broke off each time. Try a simpler copy of it."
_BEAT = 10.0


class PageGone(UnreadableSource):
    """There is nothing to be fetched at the address (any more), or nothing that can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What was read, and the hash of the bytes that it was read from."""

    text: ExtractedText
    file_hash: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSource:
    """A job: may be run twice, at once, or again after it was killed at any point, and the chunks are there once.

    While it reads it gives a sign of life every `beat` seconds, so that a sweeper can tell a long reading from a dead
    worker. `has_vector_store` says that vectors are in a store of their own besides.
    """

    uow: OpenUnitOfWork
    files: FileStore
    pages: PageFetcher
    extractor: Extractor
    jobs: JobQueue
    signals: SourceSignals
    clock: Clock
    beat: float = _BEAT
    has_vector_store: bool = False

    async def __call__(self, *, owner: UserId, source_id: SourceId) -> None:
        """READY or FAILED afterwards; a source that was deleted, or read meanwhile, is left alone.

        What is not the file's fault is written down and raised, and the source stays PROCESSING: the job is to be
        tried again, five times in all. Then the source FAILED with the last fault.
        """
        source = await self._begun(owner, source_id)
        if source is None:
            return
        try:
            async with self._alive(source):
                reading = await self._read(source)
            await self._store(source, reading)
        except UnreadableSource as refused:
            await self._fail(source, refused.message, gone=isinstance(refused, PageGone))
        except Exception as fault:
            await self._stumble(source, fault)
            raise
        finally:
            await self.signals.announce(source_id)

    async def _begun(self, owner: UserId, source_id: SourceId) -> Source | None:
        """The source to read; None when there is nothing to be done, or it was tried often enough."""
        async with self.uow(owner) as uow:
            source = await _in_work(uow, owner, source_id)
            if source is None:
                return None
            given_up = source.is_given_up
            now = self.clock()
            source = source.failed(source.last_error or _BROKEN_OFF, at=now) if given_up else source.begun(at=now)
            await uow.sources.save(source)
            await uow.commit()
        if given_up:
            await self.signals.announce(source_id)
            return None
        return source

    @asynccontextmanager
    async def _alive(self, source: Source) -> AsyncIterator[None]:
        """Gives signs of life while the block is open."""
        done = asyncio.Event()
        beating = asyncio.create_task(self._beat(source, done))
        try:
            yield
        finally:
            done.set()
            await beating

    async def _beat(self, source: Source, done: asyncio.Event) -> None:
        while not done.is_set():
            try:
                async with asyncio.timeout(self.beat):
                    await done.wait()
            except TimeoutError:
                await self._say_alive(source)

    async def _say_alive(self, source: Source) -> None:
        try:
            async with self.uow(source.owner) as uow:
                current = await uow.sources.lock(owner=source.owner, id=source.id)
                await uow.sources.save(current.still_worked_on(at=self.clock()))
                await uow.commit()
        except (NoSuch, WrongStatus, Unavailable):
            return  # gone, or done by another, or the next beat may go well: the work itself will find out

    async def _read(self, source: Source) -> _Reading:
        """Errors: UnreadableSource, and whatever goes wrong with what is needed for it."""
        if source.kind is SourceKind.URL:
            return await self._read_page(source)
        try:
            async with self.files.local(file_key(source)) as file:
                text = await self.extractor.extract(file, kind=source.kind, filename=source.original_filename)
        except NoSuch:
            raise UnreadableSource(_FILE_GONE) from None
        return _Reading(text=_in_language(source, text), file_hash=source.file_hash)

    async def _read_page(self, source: Source) -> _Reading:
        """The page as it is now; what was kept of it is only replaced when this one can be read."""
        async with AsyncExitStack() as opened:
            try:
                page = await opened.enter_async_context(self.pages.fetch(source.url or ""))
            except UnreadableSource as refused:
                raise PageGone(refused.message) from refused
            text = await self.extractor.extract(page.file, kind=source.kind, url=page.url, charset=page.charset)
            async with aclosing(pieces_of(page.file)()) as pieces:
                await self.files.put(file_key(replace(source, file_hash=page.content_hash)), pieces)
        return _Reading(text=_in_language(source, text), file_hash=page.content_hash)

    async def _store(self, source: Source, reading: _Reading) -> None:
        extracted = reading.text
        # In a thread: a long text takes a second or two, and jobs and signs of life share the event loop.
        chunks = await asyncio.to_thread(chunked, extracted, source_id=source.id)
        if not chunks:
            raise UnreadableSource(_NO_WORDS)
        async with self.uow(source.owner) as uow:
            current = await _in_work(uow, source.owner, source.id)
            if current is None:
                kept = await _kept(uow, source)
            else:
                now = self.clock()
                fetched = replace(current, file_hash=reading.file_hash)
                if source.kind is SourceKind.URL:
                    fetched = replace(fetched, is_available=True, access_date=now)
                kept = _described_by_itself(fetched, extracted).ready(
                    chunk_count=len(chunks),
                    page_count=len(extracted.pages) or None,
                    language=extracted.language,
                    at=now,
                )
                await uow.sources.save(kept)
                await uow.chunks.replace(owner=source.owner, source=kept, text=extracted, chunks=chunks)
                await uow.commit()
        if source.kind is SourceKind.URL:
            await self._tidy(source, kept)
        if current is not None:
            await self.jobs.enqueue(EMBED)
            if self.has_vector_store:
                # Chunks that went have left their vectors there, and those that have another's vector here have none.
                await self.jobs.enqueue(RECONCILE_VECTORS, owner=str(source.owner))

    async def _tidy(self, source: Source, kept: Source | None) -> None:
        """Of a page that was read again, or deleted while it was read: only what the row speaks of is kept."""
        for key in await self.files.keys(under=files_of(source.owner, source.id)):
            if kept is None or key != file_key(kept):
                await self.files.delete(key)

    async def _fail(self, source: Source, message: str, *, gone: bool) -> None:
        there = await self.pages.is_there(source.url) if gone and source.url is not None else None
        async with self.uow(source.owner) as uow:
            current = await _in_work(uow, source.owner, source.id)
            if current is None:
                return
            if there is not None:
                current = replace(current, is_available=there)
            await uow.sources.save(current.failed(message, at=self.clock()))
            await uow.commit()

    async def _stumble(self, source: Source, fault: Exception) -> None:
        """Write down what went wrong, as far as that is possible: the store itself may be what is down."""
        try:
            async with self.uow(source.owner) as uow:
                current = await _in_work(uow, source.owner, source.id)
                if current is not None:
                    await uow.sources.save(current.stumbled(_in_words(fault), at=self.clock()))
                    await uow.commit()
        except Unavailable:
            return


async def _in_work(uow: UnitOfWork, owner: UserId, id: SourceId) -> Source | None:
    """The source, locked; None when it is gone, or another run was faster."""
    try:
        source = await uow.sources.lock(owner=owner, id=id)
    except NoSuch:
        return None
    return source if source.status is SourceStatus.PROCESSING else None


async def _kept(uow: UnitOfWork, source: Source) -> Source | None:
    try:
        return await uow.sources.get(owner=source.owner, id=source.id)
    except NoSuch:
        return None


def _in_language(source: Source, text: ExtractedText) -> ExtractedText:
    return text if source.language == UNDETERMINED else replace(text, language=source.language)


def _described_by_itself(source: Source, extracted: ExtractedText) -> Source:
    """What the file or page says of itself fills in what its owner did not say: a title that is only a name."""
    made_up = {title_from_filename(name) for name in (source.original_filename,) if name is not None}
    made_up |= {title_from_text(url) for url in (source.url,) if url is not None}
    return source.described_by_itself(
        title=extracted.title,
        author=extracted.author,
        publication_date=extracted.publication_date,
        site=extracted.site,
        title_is_made_up=source.title in made_up,
    )


def _in_words(fault: Exception) -> str:
    if isinstance(fault, StudioloError):
        return f"It was tried {MOST_ATTEMPTS} times; the last time: {fault.message}"
    return f"It was tried {MOST_ATTEMPTS} times, and each time something of ours went wrong ({type(fault).__name__})."
