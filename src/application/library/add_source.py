"""Take in what a student brings; a worker reads it afterwards."""

from __future__ import annotations

import hashlib
import re
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

from application.library.limits import FILENAME_LIMIT, checked_author, checked_metadata
from application.library.originals import Content, file_key, files_of, in_pieces
from application.library.ports import FileStore, OpenUnitOfWork
from application.shared import Clock, JobQueue, NewId
from domain.library import (
    DuplicateSource,
    Source,
    SourceKind,
    SourceStatus,
    UnreadableSource,
    kind_of,
    storable,
    title_from_filename,
    title_from_text,
    web_address,
)
from domain.shared import InvalidInput, NoSuch, SourceId, UserId, checked_title, language_code

INGEST = "library.ingest_source"
UNDETERMINED = "und"

_HEAD = 64 * 1024
"""Bytes by which a kind is told."""
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOrigin:
    """Words typed or pasted."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOrigin:
    """An uploaded file, read twice: once to look at it, once to store it. `size` is in bytes, where that is known.

    Its name is shown and gives a title; it never becomes a path.
    """

    content: Content
    filename: str
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlOrigin:
    """A page of the public web. The worker fetches it."""

    url: str


Origin: TypeAlias = TextOrigin | FileOrigin | UrlOrigin


class SourceTooLarge(InvalidInput):
    """More bytes than a source may have; `actual` is what had come when that was found out."""

    def __init__(self, field: str, *, limit: int, actual: int) -> None:
        super().__init__(
            f"A source has at most {limit / 1e6:g} MB; this one has {actual / 1e6:.1f} MB.",
            field=field,
            limit=limit,
            actual=actual,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedSource:
    """`duplicate` when the same content was in the library already; nothing was changed then."""

    source: Source
    duplicate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Brought:
    """What was brought, looked at from outside. `content` is None for what is still to be fetched."""

    content_hash: str
    kind: SourceKind
    title: str
    content: Content | None = None
    filename: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    content_hash: str
    head: bytes
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddSource:
    """The row first, UPLOADING, then the original, then PROCESSING and the wish that it be read. Sizes are in bytes.

    So no file is ever without a row. What a crash leaves is a row that is UPLOADING: the same content, when it is
    brought again, takes that row over; else it is swept away.
    """

    uow: OpenUnitOfWork
    files: FileStore
    jobs: JobQueue
    clock: Clock
    new_id: NewId
    max_upload_bytes: int

    async def __call__(
        self,
        *,
        owner: UserId,
        origin: Origin,
        title: str | None = None,
        author: str | None = None,
        publication_date: date | None = None,
        language: str | None = None,
        metadata: object = None,
    ) -> AddedSource:
        """Errors: InvalidInput (empty, too large, not a kind that is read, no address, title, author, language,
        metadata), AccountErased, Unavailable.
        """
        given_title = None if title is None else checked_title(title.strip())
        given_author = None if author is None else checked_author(author)
        given_metadata = None if metadata is None else checked_metadata(metadata)
        given_language = UNDETERMINED if language is None else language_code(language)
        brought = await self._examined(origin)
        now = self.clock()
        source = Source(
            id=SourceId(self.new_id()),
            owner=owner,
            title=brought.title,
            kind=brought.kind,
            status=SourceStatus.UPLOADING,
            content_hash=brought.content_hash,
            file_hash=None if brought.content is None else brought.content_hash,
            language=given_language,
            access_date=now,
            created_at=now,
            original_filename=brought.filename,
            url=brought.url,
        ).described(title=given_title, author=given_author, publication_date=publication_date, metadata=given_metadata)
        added = await self._added(source, brought.content)
        if not added.duplicate:
            await self.jobs.enqueue(INGEST, owner=str(owner), source_id=str(added.source.id))
        return added

    async def _added(self, source: Source, content: Content | None) -> AddedSource:
        for _ in range(_TRIES):
            placed = await self._placed(source, content)
            if placed is None:
                continue
            if content is None or placed.duplicate:
                return placed
            stored = await self._stored(source, placed.source, content)
            if stored is not None:
                return stored
        raise DuplicateSource  # deleted and brought again, over and over, while we looked

    async def _placed(self, source: Source, content: Content | None) -> AddedSource | None:
        """The row, this one or one that an upload left behind; None when it changed while we looked."""
        now = self.clock()
        source = source.processing(at=now) if content is None else source.uploading(at=now)
        try:
            async with self.uow(source.owner) as uow:
                known = await uow.sources.with_content(owner=source.owner, content_hash=source.content_hash)
                if known is None:
                    await uow.sources.add(source)
                else:
                    if known.status is SourceStatus.UPLOADING:
                        known = await uow.sources.lock(owner=source.owner, id=known.id)
                    if known.status is not SourceStatus.UPLOADING:
                        return AddedSource(source=known, duplicate=True)
                    source = known.uploading(at=now)
                    await uow.sources.save(source)
                await uow.commit()
        except (DuplicateSource, NoSuch):
            return None
        return AddedSource(source=source, duplicate=False)

    async def _stored(self, source: Source, placed: Source, content: Content) -> AddedSource | None:
        """With its original; None when the row was deleted meanwhile."""
        owner, id = placed.owner, placed.id
        try:
            async with aclosing(content()) as pieces:
                await self.files.put(file_key(placed), pieces)
        except Exception:
            await self._withdraw(placed)
            raise
        async with self.uow(owner) as uow:
            try:
                current = await uow.sources.lock(owner=owner, id=id)
            except NoSuch:
                current = None
            if current is not None and current.status is SourceStatus.UPLOADING:
                received = replace(source, id=id, created_at=current.created_at).processing(at=self.clock())
                await uow.sources.save(received)
                await uow.commit()
                return AddedSource(source=received, duplicate=False)
        if current is not None:
            return AddedSource(source=current, duplicate=True)  # the same bytes came twice, and the other was first
        await self.files.delete_all(under=files_of(owner, id))
        return None

    async def _withdraw(self, placed: Source) -> None:
        """Take the row away again, unless somebody else is uploading the same content into it."""
        async with self.uow(placed.owner) as uow:
            try:
                current = await uow.sources.lock(owner=placed.owner, id=placed.id)
            except NoSuch:
                return
            if not (current.status is SourceStatus.UPLOADING and current.processing_since == placed.processing_since):
                return
            await uow.sources.delete(owner=placed.owner, id=placed.id)
            await uow.commit()

    async def _examined(self, origin: Origin) -> _Brought:
        """Errors: InvalidInput."""
        match origin:
            case UrlOrigin():
                return _address(origin)
            case TextOrigin():
                return await self._text(origin)
            case FileOrigin():
                return await self._file(origin)

    async def _file(self, origin: FileOrigin) -> _Brought:
        filename = re.split(r"[/\\]", storable(origin.filename))[-1].strip()[-FILENAME_LIMIT:] or None
        measured = await self._measured(origin.content, "file", announced=origin.size)
        try:
            kind = kind_of(measured.head, filename=filename, size=measured.size)
        except UnreadableSource as refused:
            raise InvalidInput(refused.message, field="file") from refused
        return _Brought(
            content_hash=measured.content_hash,
            kind=kind,
            title=title_from_filename(filename or ""),
            content=origin.content,
            filename=filename,
        )

    async def _text(self, origin: TextOrigin) -> _Brought:
        text = storable(origin.text)
        content = in_pieces(text.encode())
        measured = await self._measured(content, "text", announced=len(text.encode()))
        # Whatever it begins with, what was typed is text: kind_of only tells whether it is Markdown.
        try:
            told = kind_of(measured.head, filename=None, size=measured.size)
        except UnreadableSource:
            told = SourceKind.TEXT
        return _Brought(
            content_hash=measured.content_hash,
            kind=told if told is SourceKind.MARKDOWN else SourceKind.TEXT,
            title=title_from_text(text),
            content=content,
        )

    async def _measured(self, content: Content, field: str, *, announced: int | None) -> _Measured:
        """Errors: InvalidInput when it is empty, SourceTooLarge as soon as that is seen."""
        if announced is not None and announced > self.max_upload_bytes:
            raise SourceTooLarge(field, limit=self.max_upload_bytes, actual=announced)
        digest, head, size, blank = hashlib.sha256(), bytearray(), 0, True
        async with aclosing(content()) as pieces:
            async for piece in pieces:
                size += len(piece)
                if size > self.max_upload_bytes:
                    raise SourceTooLarge(field, limit=self.max_upload_bytes, actual=size)
                digest.update(piece)
                blank = blank and piece.isspace()
                head += piece[: _HEAD - len(head)]
        if blank:
            raise InvalidInput(f"This {field} is empty.", field=field)
        return _Measured(content_hash=digest.hexdigest(), head=bytes(head), size=size)


def _address(origin: UrlOrigin) -> _Brought:
    """A page is known by its address: what is there may change. Errors: InvalidInput."""
    url = web_address(origin.url)
    content_hash = hashlib.sha256(f"url\n{url}".encode()).hexdigest()
    return _Brought(content_hash=content_hash, kind=SourceKind.URL, title=title_from_text(url), url=url)
