"""Vectors in PostgreSQL behind the port of vector stores: rows of `chunk_vectors`, which hang on chunks."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.engine import Transactions
from application.library.ports.vectors import ChunkVector, StoredVector, UnsuitableLimit, VectorStore
from domain.library import Metric, Neighbour, neighbours, unit_vector
from domain.shared import ChunkId, SourceId, UserId

_DIMENSIONS = 1024
_PIECE = 5_000

# In the order of their keys, and with their sources locked, as everybody who writes vectors does.
_LOCK = text(
    """
    select id from sources where user_id = :owner and id in (
      select source_id from chunks where user_id = :owner and id = any (cast(:ids as uuid[])))
    order by id for update
    """
)
_PUT = text(
    """
    insert into chunk_vectors (user_id, source_id, position, model, content_hash, embedding)
    select c.user_id, c.source_id, c.position, :model, c.content_hash, cast(given.vector as halfvec(1024))
    from unnest(cast(:ids as uuid[]), cast(:vectors as text[])) as given (id, vector)
      join chunks c on c.user_id = :owner and c.id = given.id
    order by 2, 3
    on conflict (user_id, source_id, position, model)
      do update set content_hash = excluded.content_hash, embedding = excluded.embedding
    """
)
# The sum keeps an approximate index out, should an operator make one: this scan is exact.
_NEAREST = """
    with wanted as materialized (select cast(:vector as halfvec(1024)) as vector),
    near as materialized (
      select v.source_id, v.position, (v.embedding <#> (select vector from wanted)) + 0.0 as distance
      from chunk_vectors v
      where v.user_id = :owner and v.model = :model {scoped}
      order by distance, v.source_id, v.position limit :limit
    )
    select c.id, -near.distance as similarity from near cross join lateral (
      select c.id from chunks c
      where c.user_id = :owner and c.source_id = near.source_id and c.position = near.position offset 0
    ) c
    """
_ALL = text(_NEAREST.format(scoped=""))
_SOME = text(_NEAREST.format(scoped="and v.source_id = any (cast(:sources as uuid[]))"))
_SIMILARITIES = text(
    """
    with wanted as materialized (select cast(:vector as halfvec(1024)) as vector)
    select c.id, -(v.embedding <#> (select vector from wanted)) as similarity
    from chunks c join chunk_vectors v on v.user_id = c.user_id and v.source_id = c.source_id
      and v.position = c.position and v.model = :model
    where c.user_id = :owner and c.id = any (cast(:ids as uuid[]))
    """
)
_DELETE = text(
    """
    delete from chunk_vectors v using chunks c
    where c.user_id = :owner and c.id = any (cast(:ids as uuid[])) and v.user_id = :owner
      and v.source_id = c.source_id and v.position = c.position and v.model = :model
    """
)
_DELETE_SOURCE = text("delete from chunk_vectors where user_id = :owner and source_id = :source")
_LOCK_SOURCE = text("select id from sources where user_id = :owner and id = :source for update")
_DELETE_OWNER = text("delete from chunk_vectors where user_id = :owner")
_LOCK_ALL = text("select id from sources where user_id = :owner order by id for update")
_IDS = text(
    """
    select c.id, v.model from chunk_vectors v join chunks c on c.user_id = v.user_id
      and c.source_id = v.source_id and c.position = v.position
    where v.user_id = :owner
    """
)
_OWNERS = text("select distinct user_id from indexed_sources")
_KEEP_ALIVE = text("select 1")


class PgvectorStore(VectorStore):
    """A vector of a chunk that is not there is passed over; what is deleted waits to be embedded again.

    `owners` needs the worker's role, which sees everybody's rows.
    """

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def put(self, *, owner: UserId, model: str, vectors: Sequence[ChunkVector]) -> None:
        given = {
            "owner": owner,
            "model": model,
            "ids": [one.record.chunk_id for one in vectors],
            "vectors": [_literal(one.numbers) for one in vectors],
        }
        if not vectors:
            return
        async with self._transactions.begin(owner) as connection:
            sources = [row.id for row in await connection.execute(_LOCK, given)]
            await connection.execute(_PUT, given)
            await count_vectors(connection, owner=owner, sources=sources, model=model)
            await connection.commit()

    async def nearest(
        self,
        *,
        owner: UserId,
        model: str,
        vector: Sequence[float],
        sources: Sequence[SourceId] | None,
        limit: int,
        metric: Metric = Metric.COSINE,
        threshold: float | None = None,
    ) -> list[Neighbour]:
        metric.check(threshold)
        UnsuitableLimit.check(limit)
        asked: dict[str, Any] = {"owner": owner, "model": model, "vector": _literal(vector), "limit": limit}
        statement = _ALL
        if sources is not None:
            statement, asked["sources"] = _SOME, list(sources)
        async with self._transactions.begin(owner) as connection:
            rows = await connection.execute(statement, asked)
            cosines = {ChunkId(row.id): float(row.similarity) for row in rows}
        return neighbours(cosines, limit=limit, metric=metric, threshold=threshold)

    async def similarities(
        self, *, owner: UserId, model: str, vector: Sequence[float], chunks: Sequence[ChunkId]
    ) -> dict[ChunkId, float]:
        asked = {"owner": owner, "model": model, "vector": _literal(vector), "ids": list(chunks)}
        async with self._transactions.begin(owner) as connection:
            rows = await connection.execute(_SIMILARITIES, asked)
            return {ChunkId(row.id): float(row.similarity) for row in rows}

    async def delete(self, *, owner: UserId, model: str, chunks: Sequence[ChunkId]) -> None:
        named = {"owner": owner, "model": model, "ids": list(chunks)}
        async with self._transactions.begin(owner) as connection:
            sources = [row.id for row in await connection.execute(_LOCK, named)]
            await connection.execute(_DELETE, named)
            await count_vectors(connection, owner=owner, sources=sources, model=model)
            await connection.commit()

    async def delete_source(self, *, owner: UserId, source_id: SourceId) -> None:
        named = {"owner": owner, "source": source_id}
        async with self._transactions.begin(owner) as connection:
            await connection.execute(_LOCK_SOURCE, named)
            await connection.execute(_DELETE_SOURCE, named)
            await count_vectors(connection, owner=owner, sources=[source_id])
            await connection.commit()

    async def delete_owner(self, *, owner: UserId) -> None:
        async with self._transactions.begin(owner) as connection:
            sources = [row.id for row in await connection.execute(_LOCK_ALL, {"owner": owner})]
            await connection.execute(_DELETE_OWNER, {"owner": owner})
            await count_vectors(connection, owner=owner, sources=sources)
            await connection.commit()

    async def ids(self, *, owner: UserId) -> AsyncGenerator[Sequence[StoredVector], None]:
        async with self._transactions.begin(owner) as connection:
            rows = (await connection.execute(_IDS, {"owner": owner})).all()
        for begin in range(0, len(rows), _PIECE):
            yield [StoredVector(row.model, ChunkId(row.id)) for row in rows[begin : begin + _PIECE]]

    async def owners(self) -> AsyncGenerator[Sequence[UserId], None]:
        async with self._transactions.begin(None) as connection:
            owners = [UserId(row.user_id) for row in await connection.execute(_OWNERS)]
        for begin in range(0, len(owners), _PIECE):
            yield owners[begin : begin + _PIECE]

    async def keep_alive(self) -> None:
        async with self._transactions.begin(None) as connection:
            await connection.execute(_KEEP_ALIVE)


_COUNT = text(
    """
    with counted as (
      update indexed_sources i set model = coalesce(i.model, :model), embedded = (
        select count(*) from chunk_vectors v
        where v.user_id = i.user_id and v.source_id = i.source_id and v.model = coalesce(i.model, :model))
      where i.user_id = :owner and i.source_id = any (cast(:sources as uuid[]))
      returning i.user_id, i.source_id, i.embedded
    )
    update sources s set embedded_chunk_count = counted.embedded from counted
    where s.user_id = counted.user_id and s.id = counted.source_id
    """
)


async def count_vectors(
    connection: AsyncConnection, *, owner: UserId, sources: Sequence[SourceId], model: str | None = None
) -> None:
    """Say of each source how many vectors it has of the model that its counts are about (`model` if about none yet)."""
    await connection.execute(_COUNT, {"owner": owner, "sources": list(sources), "model": model})


def _literal(numbers: Sequence[float]) -> str:
    """Errors: InvalidInput."""
    return f"[{','.join(f'{number:.6g}' for number in unit_vector(numbers, dimensions=_DIMENSIONS))}]"
