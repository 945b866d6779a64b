"""Vectors of former models in memory."""

from __future__ import annotations

from datetime import datetime

from adapters.memory.chunk_tables import CHUNKS, REFUSALS, VECTORS, key_of
from adapters.memory.database import MemoryDatabase, Table
from application.library.ports import FormerVectors

MODELS: Table[str, datetime] = Table("embedding_models")
"""When each was last somebody's present one."""


class MemoryFormerVectors(FormerVectors):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def declare(self, *, model: str, at: datetime) -> None:
        async with self._database.begin() as transaction:
            models = transaction.tables[MODELS]
            models[model] = max(at, models.get(model, at))
            # One that vectors appeared of meanwhile: somebody wanted it just now.
            for other in {key.model for key in transaction.tables[VECTORS]} - models.keys():
                models[other] = at
            await transaction.commit()

    async def retire(self, *, model: str, unused_since: datetime, limit: int) -> int:
        async with self._database.begin() as transaction:
            tables = transaction.tables
            models, vectors = tables[MODELS], tables[VECTORS]
            done = vectors.keys() | tables[REFUSALS].keys()
            chunks = list(tables[CHUNKS].values())
            unfinished = {row.owner for row in chunks if key_of(row.chunk, model) not in done}
            needed = {row.chunk.source_id for row in chunks if row.owner in unfinished}
            due = [
                key
                for key in sorted(vectors)
                if key.model != model
                and key.model in models
                and models[key.model] < unused_since
                and key.source_id not in needed
            ][:limit]
            for key in due:
                del vectors[key]
            await transaction.commit()
        return len(due)
