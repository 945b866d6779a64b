"""A user's vectors in a store of their own, as something to erase."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing

from application.accounts.ports import PersonalData
from application.library.ports.vectors import VectorStore
from domain.shared import UserId


class StoredPersonalVectors(PersonalData):
    """Erased as a whole. Where a store is slow to show it, erasure finds something left and comes again."""

    def __init__(self, store: VectorStore) -> None:
        self._store = store

    async def remaining(self, *, owner: UserId) -> Mapping[str, int]:
        number = 0
        async with aclosing(self._store.ids(owner=owner)) as pages:
            async for page in pages:
                number += len(page)
        return {"vectors": number}

    async def erase(self, *, owner: UserId) -> None:
        await self._store.delete_owner(owner=owner)
