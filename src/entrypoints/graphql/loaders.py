"""One read for many: what the fields of one operation ask for one by one is fetched together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from domain.shared import NoSuch, UserId

K = TypeVar("K", bound=UUID)
V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)


class Many(Protocol[K, V_co]):
    """A reader's `many`: those of the owner; what is missing or another user's is absent."""

    def __call__(self, *, owner: UserId, ids: Sequence[K]) -> Awaitable[Mapping[K, V_co]]: ...


class Loaders:
    """Batches reads within one operation, one loader for each reader, and never asks for the same row twice."""

    __slots__ = ("_by_reader",)

    def __init__(self) -> None:
        self._by_reader: dict[tuple[Any, UserId, bool], DataLoader[Any, Any]] = {}

    async def find(self, many: Many[K, V], key: K, *, owner: UserId, afresh: bool = False) -> V | None:
        """`await context.loaders.find(app.library.sources.many, id, owner=...)`; None when it is not there.

        `afresh`: for what changes while a subscription lasts; read together all the same, but not remembered.
        """
        found: V | None = await self._loader(many, owner, afresh=afresh).load(key)
        return found

    async def load(self, many: Many[K, V], key: K, *, owner: UserId, kind: str) -> V:
        """As `find`, for what must be there. Errors: NoSuch."""
        found = await self.find(many, key, owner=owner)
        if found is None:
            raise NoSuch(kind)
        return found

    async def load_many(self, many: Many[K, V], keys: Sequence[K], *, owner: UserId) -> list[V]:
        """Those that are there, in the order asked for (a passage to review may have been deleted meanwhile)."""
        found = await self._loader(many, owner).load_many(keys)
        return [one for one in found if one is not None]

    def _loader(self, many: Many[K, V], owner: UserId, *, afresh: bool = False) -> DataLoader[K, V | None]:
        # A bound method is made anew at each access but equals its earlier self, so it can be the key.
        loader = self._by_reader.get((many, owner, afresh))
        if loader is None:
            loader = DataLoader(load_fn=_reader(many, owner), cache=not afresh)
            self._by_reader[many, owner, afresh] = loader
        return loader


def _reader(many: Many[K, V], owner: UserId) -> Callable[[list[K]], Awaitable[list[V | None]]]:
    async def read(keys: list[K]) -> list[V | None]:
        rows = await many(owner=owner, ids=keys)
        return [rows.get(key) for key in keys]

    return read
