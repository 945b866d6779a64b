"""Give every chunk that waits its vector, batch by batch, whosever it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from application.library.ports import Embedder, EmbeddingQueue, SourceSignals, WaitingChunk
from domain.shared import RateLimited


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedChunks:
    """A job: any number of them may run at once; a batch that was stored stays stored whatever happens next."""

    queue: EmbeddingQueue
    embedder: Embedder
    signals: SourceSignals
    batch_size: int

    async def __call__(self) -> float | None:
        """None when the queue is empty; the seconds to wait before asking again when the provider's limit was reached.

        Errors: Unavailable when the provider or the store is down.
        """
        while True:
            async with self.queue.claim(model=self.embedder.model, limit=self.batch_size) as batch:
                if not batch:
                    return None
                try:
                    vectors = await self.embedder.embed([chunk.text for chunk in batch])
                except RateLimited as limited:
                    return _seconds(limited)
                await self.queue.store(
                    model=self.embedder.model,
                    vectors={chunk.chunk_id: vector for chunk, vector in zip(batch, vectors, strict=True)},
                )
            await self._announce(batch)

    async def _announce(self, batch: Sequence[WaitingChunk]) -> None:
        for source_id in dict.fromkeys(chunk.source_id for chunk in batch):
            await self.signals.announce(source_id)


def _seconds(limited: RateLimited) -> float:
    """What the provider said, at least a second; a minute when it did not say."""
    told = limited.data.get("retry_after")
    return max(1.0, float(told)) if isinstance(told, int | float) else 60.0
