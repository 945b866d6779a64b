"""Take in what a student brings; a worker reads it afterwards."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from application.library.limits import FILENAME_LIMIT, checked_author, checked_metadata
from application.library.ports import FileStore, OpenUnitOfWork
from application.shared import Clock, JobQueue, NewId
from domain.accounts import AccountErased
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
)
from domain.shared import InvalidInput, SourceId, UserId, checked_title, language_code

INGEST = "library.ingest_source"
UNDETERMINED = "und"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOrigin:
    """Words typed or pasted."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOrigin:
    """An uploaded file. Its name is shown and gives a title; it never becomes a path."""

    data: bytes
    filename: str


Origin: TypeAlias = TextOrigin | FileOrigin


class SourceTooLarge(InvalidInput):
    """More bytes than a source may have."""

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
class _Content:
    """What was brought, looked at from outside."""

    data: bytes
    kind: SourceKind
    title: str
    filename: str | None
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddSource:
    """Store the original, then its row, then ask for it to be read. Sizes are in bytes."""

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
        """Errors: InvalidInput (empty, too large, not a kind that is read, title, author, language, metadata).

        AccountErased when the account was erased while the bytes were on their way.
        """
        given_title = None if title is None else checked_title(title.strip())
        given_author = None if author is None else checked_author(author)
        given_metadata = {} if metadata is None else checked_metadata(metadata)
        given_language = UNDETERMINED if language is None else language_code(language)
        content = self._examined(origin)
        content_hash = hashlib.sha256(content.data).hexdigest()

        async with self.uow(owner) as uow:
            known = await uow.sources.with_content(owner=owner, content_hash=content_hash)
        if known is not None:
            return AddedSource(source=known, duplicate=True)

        now = self.clock()
        source = Source(
            id=SourceId(self.new_id()),
            owner=owner,
            title=given_title or content.title,
            kind=content.kind,
            status=SourceStatus.UPLOADING,
            content_hash=content_hash,
            language=given_language,
            access_date=now,
            created_at=now,
            original_filename=content.filename,
            author=given_author,
            publication_date=publication_date,
            metadata=given_metadata,
        )
        await self.files.put(file_key(source), content.data)
        source = source.processing(at=self.clock())
        try:
            async with self.uow(owner) as uow:
                await uow.sources.add(source)
                await uow.commit()
        except AccountErased:
            # Erased while the bytes were on their way: the files had been removed already.
            await self.files.delete(file_key(source))
            raise
        except DuplicateSource:
            # The same bytes came twice at the same moment, and the other one was first.
            await self.files.delete(file_key(source))
            async with self.uow(owner) as uow:
                known = await uow.sources.with_content(owner=owner, content_hash=content_hash)
            if known is None:  # and it was deleted again: let the client decide
                raise
            return AddedSource(source=known, duplicate=True)
        await self.jobs.enqueue(INGEST, owner=str(owner), source_id=str(source.id))
        return AddedSource(source=source, duplicate=False)

    def _examined(self, origin: Origin) -> _Content:
        """Errors: InvalidInput."""
        if isinstance(origin, FileOrigin):
            data, field = origin.data, "file"
            filename = re.split(r"[/\\]", storable(origin.filename))[-1].strip()[-FILENAME_LIMIT:] or None
            title = title_from_filename(filename or "")
        else:
            text = storable(origin.text)
            data, field, filename, title = text.encode(), "text", None, title_from_text(text)
        if len(data) > self.max_upload_bytes:
            raise SourceTooLarge(field, limit=self.max_upload_bytes, actual=len(data))
        if not data or data.isspace():
            raise InvalidInput(f"This {field} is empty.", field=field)
        if field == "text":
            # Whatever it begins with, what was typed is text: kind_of only tells whether it is Markdown.
            return _Content(data=data, kind=_kind_of_text(data), title=title, filename=None, field=field)
        try:
            kind = kind_of(data, filename=filename)
        except UnreadableSource as refused:
            raise InvalidInput(refused.message, field=field) from refused
        return _Content(data=data, kind=kind, title=title, filename=filename, field=field)


def _kind_of_text(data: bytes) -> SourceKind:
    try:
        kind = kind_of(data)
    except UnreadableSource:
        return SourceKind.TEXT
    return kind if kind is SourceKind.MARKDOWN else SourceKind.TEXT


def file_key(source: Source) -> str:
    """Where the original of a source is kept."""
    return f"{source.owner}/{source.id}"
