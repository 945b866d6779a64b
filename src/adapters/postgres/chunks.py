"""Chunks in PostgreSQL, with the lexical index that is written in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.engine import Transactions
from adapters.postgres.lexical_rows import write_lexical_rows
from adapters.postgres.rows import AnyRow, count, fetch_page, refuse
from adapters.postgres.tables.chat import citations
from adapters.postgres.tables.chunks import chunks, indexed_sources
from adapters.postgres.tables.sources import source_texts, sources
from application.library.ports import ChunkReader, ChunkRepository
from application.shared import Page, Window
from domain.library import Chunk, ExtractedText, Source, spread
from domain.shared import ChunkId, SourceId, UserId

_KIND = "chunk"
_CHUNK = select(
    chunks.c.id,
    chunks.c.source_id,
    chunks.c.position,
    chunks.c.content,
    chunks.c.content_hash,
    chunks.c.token_count,
    chunks.c.start_offset,
    chunks.c.end_offset,
    chunks.c.page,
    chunks.c.page_label,
    chunks.c.heading,
)
_DELETE_OTHERS = text(
    "delete from chunks where user_id = :owner and source_id = :source and id <> all (cast(:ids as uuid[]))"
)
_DEFER = text("set constraints chunks_user_id_source_id_position_key deferred")
_CHECK = text("set constraints chunks_user_id_source_id_position_key immediate")
# What did not change keeps its vector and planes, and what the owner has embedded in another source is not embedded
# again. Sorting takes in all that is deleted before the first row is written again, so that no two meet at one key.
# LATERAL with OFFSET 0: look-ups by content, also where the user's rows came after the last ANALYZE (else all times
# all: minutes).
_MOVE_VECTORS = text(
    """
    with former as (
      delete from chunk_vectors where user_id = :owner and source_id = :source
      returning position, model, content_hash, embedding
    ),
    former_planes as (
      delete from chunk_planes p using (select distinct model from vector_counts
        where user_id = :owner and source_id = :source) counted
      where p.user_id = :owner and p.model = counted.model and p.source_id = :source
      returning p.position, p.model, p.first, p.second
    ),
    elsewhere as (
      select v.model, v.content_hash, v.embedding, p.first, p.second
      from (select distinct content_hash from chunks where user_id = :owner and source_id = :source) wanted
        cross join lateral (
          select c.source_id, c.position from chunks c
          where c.user_id = :owner and c.content_hash = wanted.content_hash offset 0
        ) other
        cross join lateral (
          select v.source_id, v.position, v.model, v.content_hash, v.embedding from chunk_vectors v
          where v.user_id = :owner and v.source_id = other.source_id and v.position = other.position offset 0
        ) v
        left join lateral (
          select p.first, p.second from chunk_planes p
          where p.user_id = :owner and p.source_id = v.source_id and p.model = v.model and p.position = v.position
          offset 0
        ) p on true
      where other.source_id <> :source
    ),
    known as materialized (
      select distinct on (model, content_hash) model, content_hash, embedding, first, second
      from (
        select 1 as place, f.model, f.content_hash, f.embedding, p.first, p.second
        from former f left join former_planes p on p.position = f.position and p.model = f.model
        union all
        select 2, * from elsewhere
      ) found
      order by model, content_hash, place
    ),
    moved as (
      insert into chunk_vectors (user_id, source_id, position, model, content_hash, embedding)
      select :owner, :source, c.position, known.model, known.content_hash, known.embedding
      from known cross join lateral (
        select c.source_id, c.position from chunks c
        where c.user_id = :owner and c.content_hash = known.content_hash offset 0
      ) c
      where c.source_id = :source
    )
    insert into chunk_planes (user_id, model, source_id, position, first, second)
    select :owner, known.model, :source, c.position, known.first, known.second
    from known cross join lateral (
      select c.source_id, c.position from chunks c
      where c.user_id = :owner and c.content_hash = known.content_hash offset 0
    ) c
    where c.source_id = :source and known.first is not null
    """
)
_FORGIVE = text("delete from embedding_refusals where user_id = :owner and source_id = :source")
_COUNT = text(
    """
    with counted as (
      insert into indexed_sources as known (user_id, source_id, chunks, model, embedded)
      select :owner, :source, :chunks, v.model, coalesce(v.embedded, 0)
      from (select 1) always left join (
        select model, count(*) as embedded from chunk_vectors where user_id = :owner and source_id = :source
        group by model order by 2 desc, 1 limit 1
      ) v on true
      on conflict (user_id, source_id) do update set chunks = excluded.chunks, refused = 0, first_waiting = 0,
        model = coalesce(known.model, excluded.model),
        embedded = (
          select count(*) from chunk_vectors v
          where v.user_id = :owner and v.source_id = :source and v.model = coalesce(known.model, excluded.model))
      returning known.chunks, known.embedded
    )
    update sources set chunk_count = counted.chunks, embedded_chunk_count = counted.embedded, refused_chunk_count = 0
    from counted
    where sources.user_id = :owner and sources.id = :source
    """
)


class PostgresChunkRepository(ChunkRepository):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def replace(self, *, owner: UserId, source: Source, text: ExtractedText, chunks: Sequence[Chunk]) -> None:
        await self._lock(owner, source.id)
        words = upsert(source_texts).values(source_id=source.id, user_id=owner, text=text.text)
        words = words.on_conflict_do_update(index_elements=["source_id"], set_={"text": words.excluded.text})
        await self._connection.execute(words)
        await self._write(owner, source.id, chunks)
        await write_lexical_rows(self._connection, owner=owner, source=source, chunks=chunks)
        place = {"owner": owner, "source": source.id}
        await self._connection.execute(_MOVE_VECTORS, place)
        await self._connection.execute(_FORGIVE, place)
        await self._connection.execute(_COUNT, {**place, "chunks": len(chunks)})
        # Whoever cites this source has its words looked for again.
        cited = update(citations).where(citations.c.user_id == owner, citations.c.source_id == source.id)
        await self._connection.execute(cited.values(anchor_due_at=func.coalesce(source.processed_at, func.now())))

    async def reindex(self, *, owner: UserId, source: Source) -> None:
        await self._lock(owner, source.id)
        stored = await self._connection.execute(_of_source(owner, source.id).order_by(chunks.c.position))
        written = [chunk_of(row) for row in stored]
        await write_lexical_rows(self._connection, owner=owner, source=source, chunks=written)

    async def get(self, *, owner: UserId, id: UUID) -> Chunk:
        return await _one(self._connection, owner=owner, id=id)

    async def many(self, *, owner: UserId, ids: Sequence[ChunkId]) -> dict[ChunkId, Chunk]:
        return await _many(self._connection, owner=owner, ids=ids)

    async def _lock(self, owner: UserId, id: SourceId) -> None:
        """The source row orders everything that changes its chunks: reading it again, storing its vectors."""
        mine = select(sources.c.id).where(sources.c.user_id == owner, sources.c.id == id).with_for_update()
        if (await self._connection.execute(mine)).first() is None:
            await refuse(self._connection, sources, id, kind="source")

    async def _write(self, owner: UserId, source_id: SourceId, written: Sequence[Chunk]) -> None:
        """Chunks that stay keep their rows, since exercises and citations point to them."""
        place = {"owner": owner, "source": source_id}
        await self._connection.execute(_DELETE_OTHERS, {**place, "ids": [chunk.id for chunk in written]})
        if not written:
            return
        # Row by row, positions are exchanged: their order is checked when all are there.
        await self._connection.execute(_DEFER)
        row = upsert(chunks)
        row = row.on_conflict_do_update(
            index_elements=[chunks.c.id],
            set_={name: row.excluded[name] for name in _columns(owner, written[0]) if name not in {"id", "user_id"}},
        )
        await self._connection.execute(row, [_columns(owner, chunk) for chunk in written])
        await self._connection.execute(_CHECK)


class PostgresChunkReader(ChunkReader):
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def get(self, *, owner: UserId, id: UUID) -> Chunk:
        async with self._transactions.read(owner) as connection:
            return await _one(connection, owner=owner, id=id)

    async def many(self, *, owner: UserId, ids: Sequence[ChunkId]) -> dict[ChunkId, Chunk]:
        async with self._transactions.read(owner) as connection:
            return await _many(connection, owner=owner, ids=ids)

    async def page(self, *, owner: UserId, source_id: SourceId, window: Window) -> Page[Chunk]:
        async with self._transactions.read(owner) as connection:
            return await fetch_page(
                connection,
                _of_source(owner, source_id),
                window,
                key=chunks.c.position,
                id=chunks.c.id,
                read=chunk_of,
                descending=False,
            )

    async def count(self, *, owner: UserId, source_id: SourceId) -> int:
        async with self._transactions.read(owner) as connection:
            return await count(connection, _of_source(owner, source_id))

    async def spread(self, *, owner: UserId, source_ids: Sequence[SourceId] | None, limit: int) -> list[Chunk]:
        counts = select(indexed_sources.c.source_id, indexed_sources.c.chunks).where(indexed_sources.c.user_id == owner)
        if source_ids is not None:
            counts = counts.where(indexed_sources.c.source_id.in_(source_ids))
        async with self._transactions.read(owner) as connection:
            present = {SourceId(row.source_id): int(row.chunks) for row in await connection.execute(counts)}
            places = spread(present, limit)
            wanted = _CHUNK.where(chunks.c.user_id == owner, tuple_(chunks.c.source_id, chunks.c.position).in_(places))
            found = {
                (chunk.source_id, chunk.position): chunk for chunk in map(chunk_of, await connection.execute(wanted))
            }
        return [found[place] for place in places if place in found]


def chunk_of(row: AnyRow) -> Chunk:
    """The chunk of a row that has all its columns."""
    return Chunk(
        id=ChunkId(row.id),
        source_id=SourceId(row.source_id),
        position=row.position,
        content=row.content,
        content_hash=row.content_hash.hex(),
        token_count=row.token_count,
        start=row.start_offset,
        end=row.end_offset,
        page=row.page,
        page_label=row.page_label,
        heading=row.heading,
    )


def _of_source(owner: UserId, source_id: SourceId) -> Select[Any]:
    return _CHUNK.where(chunks.c.user_id == owner, chunks.c.source_id == source_id)


async def _one(connection: AsyncConnection, *, owner: UserId, id: UUID) -> Chunk:
    row = (await connection.execute(_CHUNK.where(chunks.c.user_id == owner, chunks.c.id == id))).first()
    return await refuse(connection, chunks, id, kind=_KIND) if row is None else chunk_of(row)


async def _many(connection: AsyncConnection, *, owner: UserId, ids: Sequence[ChunkId]) -> dict[ChunkId, Chunk]:
    rows = await connection.execute(_CHUNK.where(chunks.c.user_id == owner, chunks.c.id.in_(ids)))
    return {chunk.id: chunk for chunk in map(chunk_of, rows)}


def _columns(owner: UserId, chunk: Chunk) -> Mapping[str, Any]:
    return {
        "id": chunk.id,
        "user_id": owner,
        "source_id": chunk.source_id,
        "position": chunk.position,
        "content": chunk.content,
        "content_hash": bytes.fromhex(chunk.content_hash),
        "token_count": chunk.token_count,
        "start_offset": chunk.start,
        "end_offset": chunk.end,
        "page": chunk.page,
        "page_label": chunk.page_label,
        "heading": chunk.heading,
    }
