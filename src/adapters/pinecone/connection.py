"""The way to the index: found by its name, made if there is none, and one client for each event loop."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from adapters.pinecone.errors import VectorStoreUnavailable, WrongIndex, translated

if TYPE_CHECKING:
    from pinecone import AsyncIndex, AsyncPinecone
    from pinecone.models.indexes.index import IndexModel

_METRIC = "cosine"
_CLOUD, _REGION = "aws", "us-east-1"


@dataclass(slots=True)
class _Opened:
    """What one event loop has: a client is bound to the loop that first used it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    index: AsyncIndex | None = None


class PineconeConnection:
    """Connects when it is first used. `timeout` is in seconds, for one attempt; `patience` for a new index.

    The SDK tries four times where that may help, and waits as long as Pinecone says.
    """

    def __init__(
        self,
        *,
        api_key: str,
        index: str,
        dimensions: int = 1024,
        controller: str | None = None,
        timeout: float = 10.0,
        patience: float = 300.0,
        poll: float = 1.0,
    ) -> None:
        self._api_key = api_key
        self._name = index
        self.dimensions = dimensions
        self._controller = controller
        self._timeout = timeout
        self._patience = patience
        self._poll = poll
        self._opened: WeakKeyDictionary[AbstractEventLoop, _Opened] = WeakKeyDictionary()

    def __repr__(self) -> str:
        return f"PineconeConnection(index={self._name!r})"

    async def index(self) -> AsyncIndex:
        """The index's client in this event loop. Errors: VectorStoreUnavailable, VectorStoreBusy, WrongIndex."""
        opened = self._opened.setdefault(asyncio.get_running_loop(), _Opened())
        async with opened.lock:
            if opened.index is None:
                opened.index = await self._open()
            return opened.index

    async def aclose(self) -> None:
        """Close this event loop's client. Afterwards it opens again when it is used."""
        opened = self._opened.pop(asyncio.get_running_loop(), None)
        if opened is not None and opened.index is not None:
            await opened.index.close()

    async def _open(self) -> AsyncIndex:
        from pinecone import AsyncPinecone

        with translated():
            async with AsyncPinecone(api_key=self._api_key, host=self._controller, timeout=self._timeout) as control:
                model = await self._found_or_made(control)
                if model.dimension != self.dimensions or model.metric != _METRIC:
                    raise WrongIndex(
                        index=self._name, dimension=model.dimension, metric=model.metric, wanted=self.dimensions
                    )
                if model.host is None:
                    raise VectorStoreUnavailable
                # It is a client of its own, and outlives the one that made it.
                return await control.index(host=model.host)

    async def _found_or_made(self, control: AsyncPinecone) -> IndexModel:
        from pinecone import ServerlessSpec
        from pinecone.errors import ConflictError, NotFoundError

        try:
            model = await control.indexes.describe(self._name)
        except NotFoundError:
            try:
                model = await control.indexes.create(
                    name=self._name,
                    dimension=self.dimensions,
                    metric=_METRIC,
                    spec=ServerlessSpec(cloud=_CLOUD, region=_REGION),
                    timeout=-1,
                )
            except ConflictError:  # another process was faster
                model = await control.indexes.describe(self._name)
        return await self._ready(control, model)

    async def _ready(self, control: AsyncPinecone, model: IndexModel) -> IndexModel:
        try:
            async with asyncio.timeout(self._patience):
                while not model.status.ready:
                    await asyncio.sleep(self._poll)
                    model = await control.indexes.describe(self._name)
        except TimeoutError as error:
            raise VectorStoreUnavailable from error
        return model
