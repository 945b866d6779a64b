"""Remove what is left of a source that was deleted: its text, chunks, index and vectors, then its files."""

from __future__ import annotations

from dataclasses import dataclass

from application.library.originals import files_of
from application.library.ports import DeletedSources, FileStore
from application.library.ports.vectors import VectorStore
from domain.shared import NoSuch, SourceId, UserId

REMOVE = "library.remove_source"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveSource:
    """A job: may be run twice, at once, or again after it was killed at any point.

    The row goes last, so that a sweeper finds what is not finished. It holds no lock for longer than a small batch
    takes: others write and search meanwhile. `vectors` is a store of their own, where there is one.
    """

    deleted: DeletedSources
    files: FileStore
    vectors: VectorStore | None = None

    async def __call__(self, *, owner: UserId, source_id: SourceId) -> None:
        """A source that is not deleted is left alone. Errors: Unavailable, RateLimited."""
        try:
            while await self.deleted.clear(owner=owner, source_id=source_id):
                continue
        except NoSuch:
            return
        if self.vectors is not None:
            await self.vectors.delete_source(owner=owner, source_id=source_id)
        place = files_of(owner, source_id)
        await self.files.delete_all(under=place)
        await self.files.delete(place)  # where originals were kept before they were kept by their hash
        await self.deleted.forget(owner=owner, source_id=source_id)
