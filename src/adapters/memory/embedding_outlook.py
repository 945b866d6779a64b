"""How far a source is from its last vector, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from adapters.memory.chunk_tables import CHUNKS, REFUSALS, TURNS, VECTORS, key_of
from adapters.memory.database import MemoryDatabase
from application.library.ports import EmbeddingOutlookReader
from domain.library import EmbeddingOutlook, EmbeddingPace, chunks_ahead
from domain.shared import SourceId, UserId


class MemoryEmbeddingOutlook(EmbeddingOutlookReader):
    """The pace is given; what is ahead is counted."""

    def __init__(self, database: MemoryDatabase, *, model: str, pace: EmbeddingPace) -> None:
        self._database = database
        self._model = model
        self._pace = pace

    async def many(self, *, owner: UserId, ids: Sequence[SourceId]) -> dict[SourceId, EmbeddingOutlook]:
        tables = self._database.committed
        done = tables[VECTORS].keys() | tables[REFUSALS].keys()
        rows = [row for row in tables[CHUNKS].values() if key_of(row.chunk, self._model) not in done]
        waiting = Counter(row.owner for row in rows)
        in_turn = sorted(waiting, key=lambda user: (tables[TURNS].get(user, 0), user))
        before = in_turn[: in_turn.index(owner)] if owner in waiting else []
        after = in_turn[len(before) + 1 :]
        own = Counter(row.chunk.source_id for row in rows if row.owner == owner)
        least_first = sorted(own, key=lambda id: (own[id], id))
        ahead = {
            id: chunks_ahead(
                turns=turns, before=[waiting[user] for user in before], after=[waiting[user] for user in after]
            )
            for id, turns in zip(least_first, accumulate(own[id] for id in least_first), strict=True)
        }
        return {id: EmbeddingOutlook(ahead=ahead.get(id, 0), pace=self._pace) for id in ids}
