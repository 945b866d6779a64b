"""The queue of the embedding engine: the chunks of everybody that have no vector of the present model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import structlog

from adapters.lexical import searchable_text
from adapters.postgres import embedding_statements as sql
from adapters.postgres.engine import Transactions
from adapters.postgres.rows import AnyRow
from adapters.postgres.sign_planes import SignPlanes, sign_planes
from adapters.system import utc_now
from application.library.ports import EmbeddingQueue, WaitingChunk
from application.shared import Clock
from domain.shared import ChunkId, SourceId, Unavailable, UserId

LEASE = timedelta(minutes=5)
"""How long a text stays claimed after its worker died."""

_SPARE = 4
"""Of several chunks with one content only one is taken: look at so many times as many as are wanted."""

_log = structlog.get_logger(__name__)


class PostgresEmbeddingQueue(EmbeddingQueue):
    """Needs the worker's role, which sees everybody's rows."""

    def __init__(self, transactions: Transactions, *, clock: Clock = utc_now, lease: timedelta = LEASE) -> None:
        self._transactions = transactions
        self._clock = clock
        self._lease = lease

    def claim(self, *, model: str, limit: int) -> AbstractAsyncContextManager[Sequence[WaitingChunk]]:
        return self._claim(model, limit)

    async def store(self, *, model: str, vectors: Mapping[ChunkId, Sequence[float]]) -> Sequence[SourceId]:
        return await self._write(
            model, {id: f"[{','.join(f'{number:.6g}' for number in vector)}]" for id, vector in vectors.items()}
        )

    async def refuse(self, *, model: str, chunk_id: ChunkId, message: str) -> Sequence[SourceId]:
        given = {"ids": [chunk_id], "model": model, "message": message}
        async with self._transactions.begin(None) as connection:
            locked = [row.id for row in await connection.execute(sql.LOCK, given)]
            await connection.execute(sql.REFUSE, {**given, "sources": locked})
            await connection.execute(sql.COUNT, {"model": model, "sources": locked})
            await connection.commit()
        return [SourceId(id) for id in locked]

    async def more_to_come(self) -> bool:
        async with self._transactions.begin(None) as connection:
            return bool((await connection.execute(sql.MORE_TO_COME)).scalar_one())

    async def waiting(self, *, model: str) -> int:
        async with self._transactions.begin(None) as connection:
            return int((await connection.execute(sql.WAITING, {"model": model})).scalar_one())

    @asynccontextmanager
    async def _claim(self, model: str, limit: int) -> AsyncIterator[Sequence[WaitingChunk]]:
        holder = uuid4()
        renewing = asyncio.create_task(self._renew(holder))
        try:
            yield await self._take(holder, model, limit)
        finally:
            renewing.cancel()
            await asyncio.wait([renewing])
            async with self._transactions.begin(None) as connection:
                await connection.execute(sql.RELEASE, {"holder": holder})
                await connection.commit()

    async def _renew(self, holder: UUID) -> None:
        """A provider may take longer than a lease."""
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            try:
                async with self._transactions.begin(None) as connection:
                    await connection.execute(sql.RENEW, {"holder": holder, "until": self._clock() + self._lease})
                    await connection.commit()
            except Unavailable as fault:
                _log.warning("lease not renewed", reason=fault.message)

    async def _take(self, holder: UUID, model: str, limit: int) -> list[WaitingChunk]:
        taken: list[WaitingChunk] = []
        settled = False
        while len(taken) < limit:
            rows = await self._choose(holder, model, limit - len(taken))
            known = {ChunkId(row.id): row.known for row in rows if row.known is not None}
            taken += [_waiting(row) for row in rows if row.known is None]
            if known:
                await self._write(model, known)
            elif rows or settled or not await self._settle(model):
                break
            else:
                settled = True
        return taken

    async def _choose(self, holder: UUID, model: str, limit: int) -> Sequence[AnyRow]:
        chosen = {
            "holder": holder,
            "model": model,
            "limit": limit,
            "spare": _SPARE * limit,
            "now": self._clock(),
            "lease": self._lease,
        }
        async with self._transactions.begin(None) as connection:
            await connection.execute(sql.BY_KEY)
            # One after another: who chooses sees whatever those before have claimed and stored.
            await connection.execute(sql.ONE_AT_A_TIME)
            rows = (await connection.execute(sql.CLAIM, chosen)).all()
            await connection.commit()
        return rows

    async def _settle(self, model: str) -> bool:
        """Count again where nothing waits although the count says so; whether there was any such source.

        So it is when all vectors of this model were there already while those of another were counted.
        """
        async with self._transactions.begin(None) as connection:
            stale = [row.source_id for row in await connection.execute(sql.STALE, {"model": model})]
            if stale:
                locked = [row.id for row in await connection.execute(sql.LOCK_SOURCES, {"sources": stale})]
                await connection.execute(sql.COUNT, {"model": model, "sources": locked})
                await connection.commit()
        return bool(stale)

    async def _write(self, model: str, vectors: Mapping[ChunkId, str]) -> list[SourceId]:
        """Vectors as PostgreSQL reads them."""
        planes = await asyncio.to_thread(_planes, list(vectors.values()))
        given = {
            "ids": list(vectors),
            "vectors": list(vectors.values()),
            "firsts": [one.first for one in planes],
            "seconds": [one.second for one in planes],
            "model": model,
        }
        async with self._transactions.begin(None) as connection:
            # The same rows that reading a source again locks first: neither sees the other half-done.
            locked = [row.id for row in await connection.execute(sql.LOCK, given)]
            await connection.execute(sql.STORE, {**given, "sources": locked})
            await connection.execute(sql.FORGIVE, {"model": model, "sources": locked})
            await connection.execute(sql.COUNT, {"model": model, "sources": locked})
            await connection.commit()
        return [SourceId(id) for id in locked]


def _planes(literals: Sequence[str]) -> list[SignPlanes]:
    """Of vectors as PostgreSQL writes them, which is how JSON does."""
    return sign_planes([json.loads(literal) for literal in literals])


def _waiting(row: AnyRow) -> WaitingChunk:
    return WaitingChunk(
        chunk_id=ChunkId(row.id),
        source_id=SourceId(row.source_id),
        owner=UserId(row.user_id),
        text=searchable_text(title=row.title, heading=row.heading, content=row.content),
        since=row.since,
    )
