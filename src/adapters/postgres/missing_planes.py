"""Sign planes of vectors that came without: after an upgrade, or by another way than the engine's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from sqlalchemy import text

from adapters.postgres.engine import Transactions
from adapters.postgres.rows import AnyRow
from adapters.postgres.sign_planes import SignPlanes, sign_planes
from application.library.ports import SearchShortcuts

_BATCH = 500
"""A batch is in memory as text, 10 kB a vector, and its source is locked for the third of a second that it takes."""

# A source that is being read again, or gets vectors, is left for the next time: nobody waits for this.
_DUE = text(
    """
    select n.user_id, n.source_id, n.model from vector_counts n
      join sources s on s.user_id = n.user_id and s.id = n.source_id
    where n.planes < n.vectors and s.deleted_at is null
    limit 1 for no key update of s skip locked
    """
)
_WITHOUT = text(
    """
    select v.position, cast(v.embedding as text) as vector from chunk_vectors v
    where v.user_id = :owner and v.source_id = :source and v.model = :model and not exists (
      select from chunk_planes p where p.user_id = v.user_id and p.model = v.model and p.source_id = v.source_id
        and p.position = v.position offset 0)
    order by v.position limit :limit
    """
)
_ADD = text(
    """
    insert into chunk_planes (user_id, model, source_id, position, first, second)
    select :owner, :model, :source, made.position, cast(made.first as bit(1024)), cast(made.second as bit(1024))
    from unnest(cast(:positions as integer[]), cast(:firsts as text[]), cast(:seconds as text[]))
      as made (position, first, second)
    """
)


class PostgresMissingPlanes(SearchShortcuts):
    """Needs the worker's role, which sees everybody's rows."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def build(self, *, limit: int) -> int:
        built = 0
        while built < limit:
            made = await self._batch(min(_BATCH, limit - built))
            built += made
            if not made:
                break
        return built

    async def _batch(self, limit: int) -> int:
        """Of one source."""
        async with self._transactions.begin(None) as connection:
            due = (await connection.execute(_DUE)).first()
            if due is None:
                return 0
            place = {"owner": due.user_id, "source": due.source_id, "model": due.model}
            rows = (await connection.execute(_WITHOUT, {**place, "limit": limit})).all()
            planes = await asyncio.to_thread(_planes, rows)
            made = {
                "positions": [row.position for row in rows],
                "firsts": [one.first for one in planes],
                "seconds": [one.second for one in planes],
            }
            await connection.execute(_ADD, {**place, **made})
            await connection.commit()
        return len(rows)


def _planes(rows: Sequence[AnyRow]) -> list[SignPlanes]:
    return sign_planes([json.loads(row.vector) for row in rows])
