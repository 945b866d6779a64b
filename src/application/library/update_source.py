"""Correct what is known about a source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from application.library.limits import checked_author, checked_metadata
from application.library.ports import OpenUnitOfWork
from application.library.reindex_source import REINDEX
from application.shared import JobQueue
from domain.library import Source, SourceStatus
from domain.shared import UserId, checked_title


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSource:
    """What is None stays as it was. Metadata is replaced whole. A new title is found a little later."""

    uow: OpenUnitOfWork
    jobs: JobQueue

    async def __call__(
        self,
        *,
        owner: UserId,
        id: UUID,
        title: str | None = None,
        author: str | None = None,
        publication_date: date | None = None,
        metadata: object = None,
    ) -> Source:
        """Errors: NoSuch, NotYours, InvalidInput."""
        given_title = None if title is None else checked_title(title.strip())
        given_author = None if author is None else checked_author(author)
        given_metadata = None if metadata is None else checked_metadata(metadata)
        async with self.uow(owner) as uow:
            before = await uow.sources.lock(owner=owner, id=id)
            source = before.described(
                title=given_title, author=given_author, publication_date=publication_date, metadata=given_metadata
            )
            await uow.sources.save(source)
            await uow.commit()
        if source.title != before.title and source.status is SourceStatus.READY:
            await self.jobs.enqueue(REINDEX, owner=str(owner), source_id=str(source.id))
        return source
