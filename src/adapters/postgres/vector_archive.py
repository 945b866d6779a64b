"""The database's own copy of every vector, for a store elsewhere: rows of `chunk_vectors` with what describes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence

from sqlalchemy import text

from adapters.postgres.engine import Transactions
from application.library.ports.vectors import ChunkRecord, ChunkVector, VectorArchive
from domain.library import SourceKind
from domain.shared import ChunkId, SourceId, UserId

_PIECE = 1_000

_CHUNKS = text(
    """
    select c.id, v.model from chunks c left join chunk_vectors v
      on v.user_id = c.user_id and v.source_id = c.source_id and v.position = c.position
    where c.user_id = :owner
    """
)
_VECTORS = text(
    """
    select c.id, c.source_id, c.position, c.content, s.kind, s.created_at, cast(v.embedding as text) as numbers
    from chunks c join sources s on s.user_id = c.user_id and s.id = c.source_id
      join chunk_vectors v on v.user_id = c.user_id and v.source_id = c.source_id and v.position = c.position
        and v.model = :model
    where c.user_id = :owner and c.id = any (cast(:ids as uuid[]))
    order by c.source_id, c.position
    """
)
_SHARING = text(
    """
    select c.user_id, c.id
    from (select distinct user_id, content_hash from chunks where id = any (cast(:ids as uuid[]))) named
      join chunks c on c.user_id = named.user_id and c.content_hash = named.content_hash
    order by c.user_id, c.source_id, c.position
    """
)
_OWNERS = text(
    """
    select user_id from indexed_sources where cast(:after as uuid) is null or user_id > :after
    group by user_id order by user_id limit :limit
    """
)


class PostgresVectorArchive(VectorArchive):
    """Needs the worker's role, which sees everybody's rows."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def chunks(self, *, owner: UserId) -> Mapping[ChunkId, frozenset[str]]:
        models: dict[ChunkId, set[str]] = defaultdict(set)
        async with self._transactions.begin(owner) as connection:
            for row in await connection.execute(_CHUNKS, {"owner": owner}):
                models[ChunkId(row.id)].update([] if row.model is None else [row.model])
        return {chunk: frozenset(names) for chunk, names in models.items()}

    async def vectors(self, *, owner: UserId, model: str, chunks: Sequence[ChunkId]) -> Sequence[ChunkVector]:
        named = {"owner": owner, "model": model, "ids": list(chunks)}
        async with self._transactions.begin(owner) as connection:
            rows = (await connection.execute(_VECTORS, named)).all()
        return [
            ChunkVector(
                record=ChunkRecord(
                    chunk_id=ChunkId(row.id),
                    source_id=SourceId(row.source_id),
                    position=row.position,
                    kind=SourceKind(row.kind),
                    created_at=row.created_at,
                    text=row.content,
                ),
                numbers=[float(number) for number in row.numbers[1:-1].split(",")],
            )
            for row in rows
        ]

    async def sharing(self, *, chunks: Sequence[ChunkId]) -> Mapping[UserId, Sequence[ChunkId]]:
        found: dict[UserId, list[ChunkId]] = defaultdict(list)
        async with self._transactions.begin(None) as connection:
            for row in await connection.execute(_SHARING, {"ids": list(chunks)}):
                found[UserId(row.user_id)].append(ChunkId(row.id))
        return found

    async def owners(self) -> AsyncGenerator[Sequence[UserId], None]:
        after: UserId | None = None
        while True:
            async with self._transactions.begin(None) as connection:
                rows = await connection.execute(_OWNERS, {"after": after, "limit": _PIECE})
                page = [UserId(row.user_id) for row in rows]
            if not page:
                return
            yield page
            after = page[-1]
