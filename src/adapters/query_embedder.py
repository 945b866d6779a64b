"""Remembers the vectors of the questions that were asked last: people ask again, and page, and change a filter."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from application.library.ports import Embedder


class CachedEmbedder(Embedder):
    """Wraps an embedder. A single text is a question and is remembered (the `size` most recent); a batch passes by."""

    def __init__(self, embedder: Embedder, *, size: int = 1_024) -> None:
        self._embedder = embedder
        self._size = size
        self._known: OrderedDict[str, list[float]] = OrderedDict()

    @property
    def model(self) -> str:
        return self._embedder.model

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        if len(texts) != 1:
            return await self._embedder.embed(texts)
        (question,) = texts
        known = self._known.get(question)
        if known is None:
            (known,) = await self._embedder.embed(texts)
            self._known[question] = known
            if len(self._known) > self._size:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(question)
        return [list(known)]
