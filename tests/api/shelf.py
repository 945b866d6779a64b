"""A shelf to put sources on that were read before, for tests in which reading is not the matter."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.memory.database import MemoryDatabase
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from domain.shared import UserId
from entrypoints.graphql.ids import global_id
from tests.builders_library import a_stored_source


@dataclass(frozen=True)
class Shelf:
    """Of the API's own memory."""

    database: MemoryDatabase

    async def put(self, owner: UserId, text: str, **changes: object) -> str:
        """A source with this text in one chunk, searchable by its words; its id as a client sees it."""
        book = {"title": "Il nome della rosa", "author": "Umberto Eco", **changes}
        source, _ = await a_stored_source(OpenMemoryUnitOfWork(self.database), owner, [text], **book)
        return global_id("Source", source.id)
