"""Vectors of former models in PostgreSQL: who still wants them, and the end of those that nobody does."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from adapters.postgres.engine import Transactions
from application.library.ports import FormerVectors

# Once a minute is often enough: the row is read by those who wait for many.
_DECLARE = text(
    """
    insert into embedding_models as known (model, present_at) values (:model, :at)
    on conflict (model) do update set present_at = excluded.present_at
      where known.present_at < cast(excluded.present_at as timestamptz) - interval '1 minute'
    """
)
_ANY_FORMER = text(
    "select 1 from embedding_models where model <> :model and present_at < :unused_since "
    "and model in (select model from vector_counts) limit 1"
)
# A source that is being read again, or gets vectors, is left for the next time: nobody waits for this.
_RETIRE = text(
    """
    with unfinished as materialized (
      select distinct i.user_id
      from indexed_sources i
        left join vector_counts n on n.user_id = i.user_id and n.source_id = i.source_id and n.model = :model
        left join (
          select user_id, source_id, count(*) as chunks from embedding_refusals where model = :model group by 1, 2
        ) r on r.user_id = i.user_id and r.source_id = i.source_id
      where i.chunks > coalesce(n.vectors, 0) + coalesce(r.chunks, 0)
    ),
    due as materialized (
      select s.user_id, s.id as source_id, n.model
      from vector_counts n join sources s on s.user_id = n.user_id and s.id = n.source_id
      where n.model in (select model from embedding_models where model <> :model and present_at < :unused_since)
        and n.user_id not in (select user_id from unfinished)
      order by s.user_id, s.id limit 100 for no key update of s skip locked
    ),
    chosen as materialized (
      select v.user_id, v.source_id, v.position, v.model
      from due join chunk_vectors v on v.user_id = due.user_id and v.source_id = due.source_id and v.model = due.model
      limit :limit
    )
    delete from chunk_vectors v using chosen
    where v.user_id = chosen.user_id and v.source_id = chosen.source_id and v.position = chosen.position
      and v.model = chosen.model
    """
)


class PostgresFormerVectors(FormerVectors):
    """Needs the worker's role, which sees everybody's rows."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def declare(self, *, model: str, at: datetime) -> None:
        async with self._transactions.begin(None) as connection:
            await connection.execute(_DECLARE, {"model": model, "at": at})
            await connection.commit()

    async def retire(self, *, model: str, unused_since: datetime, limit: int) -> int:
        asked = {"model": model, "unused_since": unused_since}
        async with self._transactions.begin(None) as connection:
            if (await connection.execute(_ANY_FORMER, asked)).first() is None:
                return 0
            gone = await connection.execute(_RETIRE, {**asked, "limit": limit})
            await connection.commit()
        return gone.rowcount
