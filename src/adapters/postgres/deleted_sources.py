"""What is left of deleted sources in PostgreSQL, removed a little at a time.

The rows go in batches, each in a transaction of its own. The lock that the triggers on postings take for their user
(one writer of `term_frequencies` at a time) is thus held for a fraction of a second, and so is every other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, text

from adapters.postgres.engine import Transactions
from adapters.postgres.sources import take_overdue
from adapters.postgres.tables.sources import sources
from application.library.ports import DeletedSources
from domain.shared import NoSuch, SourceId, UserId

_IS_DELETED = text(
    "select from sources where user_id = :owner and id = :source and deleted_at is not null for key share"
)
# What is searched goes first. Through an array, so that each batch is found by its keys whatever the planner believes.
_BATCHES = tuple(
    text(
        f"""
        delete from {table} where user_id = :owner and source_id = :source and {key} = any (array(
          select {key} from {table} where user_id = :owner and source_id = :source order by {key} limit {limit}))
        """  # noqa: S608  names of ours; every value is bound
    )
    for table, key, limit in (
        ("postings", "term", 1_000),
        ("chunk_vectors", "position", 1_000),
        ("chunk_terms", "position", 1_000),
        ("chunks", "position", 1_000),
        ("source_texts", "source_id", 1),
    )
)


class PostgresDeletedSources(DeletedSources):
    """`take` needs the worker's role, which sees everybody's rows. A user's own may be removed as the API, too:
    it does not see what hangs on a deleted source any more, and all of that goes with its row.
    """

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def take(self, *, since_before: datetime, at: datetime, limit: int) -> Sequence[tuple[UserId, SourceId]]:
        deleted = sources.c.deleted_at.is_not(None)
        return await take_overdue(self._transactions, deleted, since_before=since_before, at=at, limit=limit)

    async def clear(self, *, owner: UserId, source_id: SourceId) -> bool:
        place = {"owner": owner, "source": source_id}
        async with self._transactions.begin(owner) as connection:
            if (await connection.execute(_IS_DELETED, place)).first() is None:
                raise NoSuch("source")
            for batch in _BATCHES:
                if (await connection.execute(batch, place)).rowcount:
                    await connection.commit()
                    return True
        return False

    async def forget(self, *, owner: UserId, source_id: SourceId) -> None:
        gone = delete(sources).where(
            sources.c.user_id == owner, sources.c.id == source_id, sources.c.deleted_at.is_not(None)
        )
        async with self._transactions.begin(owner) as connection:
            await connection.execute(gone)
            await connection.commit()
