"""Index a source again under its new title, which is found as its words are; nothing is read or embedded again."""

from __future__ import annotations

from dataclasses import dataclass

from application.library.ports import OpenUnitOfWork
from domain.library import SourceStatus
from domain.shared import NoSuch, SourceId, UserId

REINDEX = "library.reindex_source"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReindexSource:
    """A job: may be run any number of times. A source that is being read is left alone: that indexes it anyway."""

    uow: OpenUnitOfWork

    async def __call__(self, *, owner: UserId, source_id: SourceId) -> None:
        """Errors: Unavailable."""
        async with self.uow(owner) as uow:
            try:
                source = await uow.sources.lock(owner=owner, id=source_id)
            except NoSuch:
                return
            if source.status is SourceStatus.READY:
                await uow.chunks.reindex(owner=owner, source=source)
                await uow.commit()
