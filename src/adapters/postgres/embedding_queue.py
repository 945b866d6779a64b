"""The queue of the embedding engine: the chunks of everybody that have no vector of the present model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import text

from adapters.lexical import searchable_text
from adapters.postgres.engine import Transactions
from adapters.postgres.rows import AnyRow
from adapters.system import utc_now
from application.library.ports import EmbeddingQueue, WaitingChunk
from application.shared import Clock
from domain.shared import ChunkId, SourceId, UserId

LEASE = timedelta(minutes=5)
"""How long a worker may take for what it claimed: longer than a provider's slowest answer with all its retries."""

_MARGIN = 4
"""Workers that choose at the same moment see the same chunks first; each can pass over three others' choices."""
_ATTEMPTS = 3

_UNFINISHED = "(i.embedded < i.chunks or i.model is distinct from :model)"
_WITHOUT_VECTOR = """not exists (
  select from chunk_vectors v where v.user_id = c.user_id and v.source_id = c.source_id
    and v.position = c.position and v.model = :model)"""

# Turn by turn: everybody's first chunk, then everybody's second; who was served longest ago begins.
_CLAIM = text(
    f"""
    with users as materialized (
      select i.user_id, max(t.served_at) as served_at
      from indexed_sources i left join embedding_turns t on t.user_id = i.user_id
      where {_UNFINISHED} group by i.user_id order by 2 nulls first, 1 limit :margin
    ),
    next as materialized (
      select c.id, c.turn, u.served_at, u.user_id
      from users u cross join lateral (
        select w.id, row_number() over (order by w.source_id, w.position) as turn
        from (
          select c.id, c.source_id, c.position
          from indexed_sources i join chunks c on c.user_id = i.user_id and c.source_id = i.source_id
          where i.user_id = u.user_id and {_UNFINISHED} and {_WITHOUT_VECTOR} and not exists (
            select from embedding_claims k where k.chunk_id = c.id and k.expires_at > :now)
          order by c.source_id, c.position limit :margin
        ) w
      ) c
      order by c.turn, u.served_at nulls first, u.user_id limit :margin
    ),
    taken as materialized (
      select c.id, c.user_id, c.source_id, c.position, c.content, c.heading, next.turn, next.served_at
      from next join chunks c on c.id = next.id
      order by next.turn, next.served_at nulls first, next.user_id limit :limit for update of c skip locked
    ),
    claimed as (
      insert into embedding_claims as held (chunk_id, holder, expires_at)
      select id, :holder, cast(:now as timestamptz) + :lease from taken order by id
      on conflict (chunk_id) do update set holder = excluded.holder, expires_at = excluded.expires_at
        where held.expires_at <= :now
      returning chunk_id
    ),
    served as (
      insert into embedding_turns (user_id, served_at)
      select user_id, clock_timestamp() from taken group by user_id order by user_id
      on conflict (user_id) do update set served_at = excluded.served_at
    )
    select seen.chosen, got.* from (select count(*) as chosen from next) seen
    left join (
      select taken.id, taken.user_id, taken.source_id, taken.content, taken.heading, s.title, taken.turn,
        taken.served_at
      from taken join claimed on claimed.chunk_id = taken.id join sources s on s.id = taken.source_id
    ) got on true
    order by got.turn, got.served_at nulls first, got.user_id
    """  # noqa: S608  fixed fragments; every value is bound
)
_RELEASE = text("delete from embedding_claims where holder = :holder")
_LOCK = text(
    """
    select id from sources where id in (select source_id from chunks where id = any (cast(:ids as uuid[])))
    order by id for update
    """
)
# Chunks of the source with the same content have the same vector. Each content once: a batch may be one sentence over
# and over, from a source that is nothing else.
_STORE = text(
    """
    insert into chunk_vectors (user_id, source_id, position, model, content_hash, embedding)
    select c.user_id, c.source_id, c.position, :model, c.content_hash, cast(embedded.vector as halfvec(1024))
    from (
      select distinct on (own.user_id, own.source_id, own.content_hash)
        own.user_id, own.source_id, own.content_hash, given.vector
      from unnest(cast(:ids as uuid[]), cast(:vectors as text[])) as given (id, vector)
        join chunks own on own.id = given.id
    ) embedded
      join chunks c on c.user_id = embedded.user_id and c.source_id = embedded.source_id
        and c.content_hash = embedded.content_hash
    on conflict do nothing
    """
)
_COUNT = text(
    """
    with counted as (
      update indexed_sources i set model = :model, embedded = (
        select count(*) from chunk_vectors v
        where v.user_id = i.user_id and v.source_id = i.source_id and v.model = :model)
      where i.source_id = any (cast(:sources as uuid[]))
      returning i.user_id, i.source_id, i.embedded
    )
    update sources s set embedded_chunk_count = counted.embedded from counted
    where s.user_id = counted.user_id and s.id = counted.source_id
    """
)
_WAITING = text(
    f"""
    select count(*) from indexed_sources i join chunks c on c.user_id = i.user_id and c.source_id = i.source_id
    where {_UNFINISHED} and {_WITHOUT_VECTOR}
    """  # noqa: S608  as above
)


class PostgresEmbeddingQueue(EmbeddingQueue):
    """Needs the worker's role, which sees everybody's rows."""

    def __init__(self, transactions: Transactions, *, clock: Clock = utc_now, lease: timedelta = LEASE) -> None:
        self._transactions = transactions
        self._clock = clock
        self._lease = lease

    def claim(self, *, model: str, limit: int) -> AbstractAsyncContextManager[Sequence[WaitingChunk]]:
        return self._claim(model, limit)

    @asynccontextmanager
    async def _claim(self, model: str, limit: int) -> AsyncIterator[Sequence[WaitingChunk]]:
        holder = uuid4()
        try:
            yield await self._take(holder, model, limit)
        finally:
            async with self._transactions.begin(None) as connection:
                await connection.execute(_RELEASE, {"holder": holder})
                await connection.commit()

    async def _take(self, holder: UUID, model: str, limit: int) -> list[WaitingChunk]:
        chosen = {
            "holder": holder,
            "model": model,
            "limit": limit,
            "margin": _MARGIN * limit,
            "now": self._clock(),
            "lease": self._lease,
        }
        for _ in range(_ATTEMPTS):
            async with self._transactions.begin(None) as connection:
                rows = (await connection.execute(_CLAIM, chosen)).all()
                await connection.commit()
            taken = [_waiting(row) for row in rows if row.id is not None]
            if taken or not rows[0].chosen:
                return taken
        return []  # others were faster each time: the queue is in good hands

    async def store(self, *, model: str, vectors: Mapping[ChunkId, Sequence[float]]) -> None:
        given = {
            "ids": list(vectors),
            "vectors": [f"[{','.join(f'{number:.6g}' for number in vector)}]" for vector in vectors.values()],
            "model": model,
        }
        async with self._transactions.begin(None) as connection:
            # The same row that reading a source again locks first: neither sees the other half-done.
            locked = [row.id for row in await connection.execute(_LOCK, given)]
            await connection.execute(_STORE, given)
            await connection.execute(_COUNT, {"model": model, "sources": locked})
            await connection.commit()

    async def waiting(self, *, model: str) -> int:
        async with self._transactions.begin(None) as connection:
            return int((await connection.execute(_WAITING, {"model": model})).scalar_one())


def _waiting(row: AnyRow) -> WaitingChunk:
    return WaitingChunk(
        chunk_id=ChunkId(row.id),
        source_id=SourceId(row.source_id),
        owner=UserId(row.user_id),
        text=searchable_text(title=row.title, heading=row.heading, content=row.content),
    )
