"""The queue of the embedding engine in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from adapters.lexical import searchable_text
from adapters.memory.accounts import USERS
from adapters.memory.chunk_tables import (
    CHUNKS,
    CLAIMS,
    REFUSALS,
    TURNS,
    VECTORS,
    Claim,
    ClaimKey,
    StoredChunk,
    VectorKey,
    count_embedded,
    count_refused,
    half_precision,
    key_of,
)
from adapters.memory.database import MemoryDatabase, Tables
from adapters.memory.sources import SOURCES
from adapters.system import utc_now
from application.library.ports import EmbeddingQueue, WaitingChunk
from application.shared import Clock
from domain.library import SourceStatus
from domain.shared import ChunkId, SourceId, UserId


class MemoryEmbeddingQueue(EmbeddingQueue):
    """Whoever claims is in this process, so a lease needs no renewing."""

    def __init__(
        self, database: MemoryDatabase, *, clock: Clock = utc_now, lease: timedelta = timedelta(minutes=5)
    ) -> None:
        self._database = database
        self._clock = clock
        self._lease = lease

    def claim(self, *, model: str, limit: int) -> AbstractAsyncContextManager[Sequence[WaitingChunk]]:
        return self._claim(model, limit)

    async def store(self, *, model: str, vectors: Mapping[ChunkId, Sequence[float]]) -> Sequence[SourceId]:
        async with self._database.begin() as transaction:
            tables = transaction.tables
            changed: set[SourceId] = set()
            for id, vector in vectors.items():
                for row in _same_text(tables, id):
                    key = key_of(row.chunk, model)
                    tables[VECTORS].setdefault(key, half_precision(vector))
                    tables[REFUSALS].pop(key, None)
                    changed.add(row.chunk.source_id)
            _count(tables, changed, model)
            await transaction.commit()
        return sorted(changed)

    async def refuse(self, *, model: str, chunk_id: ChunkId, message: str) -> Sequence[SourceId]:
        async with self._database.begin() as transaction:
            tables = transaction.tables
            keys = {key_of(row.chunk, model) for row in _same_text(tables, chunk_id)}
            for key in keys - tables[VECTORS].keys():
                tables[REFUSALS].setdefault(key, message)
            changed = {key.source_id for key in keys}
            _count(tables, changed, model)
            await transaction.commit()
        return sorted(changed)

    async def more_to_come(self) -> bool:
        sources = self._database.committed[SOURCES].values()
        return any(source.status is SourceStatus.PROCESSING for source in sources)

    async def waiting(self, *, model: str) -> int:
        return len(_waiting(self._database.committed, model))

    @asynccontextmanager
    async def _claim(self, model: str, limit: int) -> AsyncIterator[Sequence[WaitingChunk]]:
        holder = uuid4()
        taken = await self._take(holder, model, limit)
        try:
            yield taken
        finally:
            async with self._database.begin() as transaction:
                claims = transaction.tables[CLAIMS]
                for key in [key for key, claim in claims.items() if claim.holder == holder]:
                    del claims[key]
                await transaction.commit()

    async def _take(self, holder: UUID, model: str, limit: int) -> list[WaitingChunk]:
        now = self._clock()
        async with self._database.begin() as transaction:
            tables = transaction.tables
            _adopt(tables, model)
            free = {key: row for key, row in _texts(tables, model).items() if not _claimed(tables, key, now)}
            taken = _turn_by_turn(tables, model, list(free.values()))[:limit]
            if not taken:  # what is counted may be of another model
                _count(tables, {key.source_id for key in tables[VECTORS] if key.model == model}, model)
            for row in taken:
                tables[CLAIMS][_text(row, model)] = Claim(holder, now + self._lease)
            latest = max(tables[TURNS].values(), default=0) + 1
            # Who got one chunk less begins the next time: a turn goes on where a batch cut it off.
            got = Counter(row.owner for row in taken)
            for place, owner in enumerate(
                sorted(got, key=lambda owner: (got[owner], tables[TURNS].get(owner, 0), owner))
            ):
                tables[TURNS][owner] = latest + place
            await transaction.commit()
        return [_shown(tables, row) for row in taken]


def _shown(tables: Tables, row: StoredChunk) -> WaitingChunk:
    source, chunk = tables[SOURCES][row.chunk.source_id], row.chunk
    return WaitingChunk(
        chunk_id=chunk.id,
        source_id=chunk.source_id,
        owner=row.owner,
        text=searchable_text(title=source.title, heading=chunk.heading, content=chunk.content),
        since=source.processed_at or source.created_at,
    )


def _text(row: StoredChunk, model: str) -> ClaimKey:
    return ClaimKey(row.owner, row.chunk.content_hash, model)


def _waiting(tables: Tables, model: str) -> list[StoredChunk]:
    done = tables[VECTORS].keys() | tables[REFUSALS].keys()
    return [row for row in tables[CHUNKS].values() if key_of(row.chunk, model) not in done]


def _texts(tables: Tables, model: str) -> dict[ClaimKey, StoredChunk]:
    """The first chunk with each text, of those who are not erased."""
    users = tables[USERS]
    texts: dict[ClaimKey, StoredChunk] = {}
    for row in sorted(_waiting(tables, model), key=lambda row: (row.chunk.source_id, row.chunk.position)):
        if row.owner not in users or users[row.owner].erased_at is None:
            texts.setdefault(_text(row, model), row)
    return texts


def _adopt(tables: Tables, model: str) -> None:
    """What another source of the same owner has a vector for needs none."""
    known = {
        ClaimKey(tables[SOURCES][key.source_id].owner, key.content_hash, model): vector
        for key, vector in tables[VECTORS].items()
        if key.model == model
    }
    adopted = [row for row in _waiting(tables, model) if _text(row, model) in known]
    for row in adopted:
        tables[VECTORS][VectorKey(row.chunk.source_id, row.chunk.content_hash, model)] = known[_text(row, model)]
    _count(tables, {row.chunk.source_id for row in adopted}, model)


def _same_text(tables: Tables, id: ChunkId) -> list[StoredChunk]:
    """Every chunk of the same owner with the same content, itself among them; none when it was deleted."""
    one = tables[CHUNKS].get(id)
    if one is None:
        return []
    rows = tables[CHUNKS].values()
    return [row for row in rows if row.owner == one.owner and row.chunk.content_hash == one.chunk.content_hash]


def _count(tables: Tables, source_ids: set[SourceId], model: str) -> None:
    for id in source_ids:
        tables[SOURCES][id] = replace(
            tables[SOURCES][id],
            embedded_chunk_count=count_embedded(tables, id, model),
            refused_chunk_count=count_refused(tables, id, model),
        )


def _claimed(tables: Tables, key: ClaimKey, now: datetime) -> bool:
    claim = tables[CLAIMS].get(key)
    return claim is not None and claim.expires_at > now


def _turn_by_turn(tables: Tables, model: str, rows: Sequence[StoredChunk]) -> list[StoredChunk]:
    """Everybody's first chunk, then everybody's second; who was served longest ago begins.

    Of one user, the source with the least left goes first.
    """
    left = Counter(row.chunk.source_id for row in _waiting(tables, model))
    queues: dict[UserId, list[StoredChunk]] = {}
    for row in sorted(rows, key=lambda row: (left[row.chunk.source_id], row.chunk.source_id, row.chunk.position)):
        queues.setdefault(row.owner, []).append(row)
    placed = [
        ((turn, tables[TURNS].get(owner, 0), owner), row)
        for owner, queue in queues.items()
        for turn, row in enumerate(queue)
    ]
    return [row for _, row in sorted(placed, key=lambda pair: pair[0])]
