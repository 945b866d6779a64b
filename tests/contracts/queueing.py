"""What contracts of the embedding queue do again and again."""

from __future__ import annotations

from application.library.ports import EmbeddingQueue

VECTOR = [1.0] + [0.0] * 1023


async def taken(queue: EmbeddingQueue, model: str, limit: int) -> list[str]:
    """The texts of a batch, embedded and stored."""
    async with queue.claim(model=model, limit=limit) as batch:
        await queue.store(model=model, vectors={chunk.chunk_id: VECTOR for chunk in batch})
        return [chunk.text for chunk in batch]


def numbered(name: str, count: int) -> list[str]:
    return [f"{name} {number}." for number in range(count)]
