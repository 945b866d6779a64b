"""All rows of one user, whatever context they are of: counted, handed over, removed.

Which tables those are is read off the tables themselves (a `user_id`), so that a new one is never forgotten.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Table,
    Text,
    case,
    cast,
    delete,
    func,
    literal,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.postgres.engine import Transactions
from adapters.postgres.tables import all_tables
from adapters.postgres.tables.accounts import credit_holds, users
from adapters.postgres.tables.practice import exercises
from application.accounts.ports import PersonalData, PersonalRecords
from domain.shared import UserId

STAYS = frozenset({"users", "credit_logs", "erasures"})
"""The tombstone, the ledger without a person in it, and the certificate (docs/adr/0012)."""

DERIVED = frozenset(
    {
        "chunk_vectors",
        "chunk_planes",
        "chunk_terms",
        "postings",
        "term_frequencies",
        "indexed_sources",
        "embedding_claims",
        "embedding_refusals",
        "embedding_turns",
        "vector_counts",
    }
)
"""Made by us from the user's own texts, of no use outside of this index: not handed over."""

SEALED = (
    *("key", "accepted", "explanation"),
    *("evidence_quote", "evidence_start", "evidence_end", "evidence_page", "evidence_chunk_id"),
)
"""Of an exercise: handed over once it was answered, as everywhere else."""

_ROOTS = ("conversations", "exercises", "documents", "sources")
"""The others hang on these, mostly: removed a few at a time, so that no statement takes long."""

_AT_A_TIME = 20

_LARGE = ("postings", "chunk_vectors", "chunk_terms", "chunks")
"""Of these one source may have so many rows that they do not go with it in one statement."""

_ROWS_AT_A_TIME = 2_000


class PostgresPersonalData(PersonalData):
    """Rows, and the vectors and postings that are rows."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def remaining(self, *, owner: UserId) -> Mapping[str, int]:
        counts = union_all(
            *(
                select(literal(table.name).label("name"), func.count().label("number"))
                .select_from(table)
                .where(table.c.user_id == owner)
                for table in _tables(STAYS)
            )
        )
        async with self._transactions.begin(owner) as connection:
            return {row.name: row.number for row in await connection.execute(counts)}

    async def erase(self, *, owner: UserId) -> None:
        tables = all_tables().tables
        for name in _LARGE:
            while await self._delete(tables[name], owner, limit=_ROWS_AT_A_TIME):
                pass
        for name in _ROOTS:
            while await self._delete(tables[name], owner, limit=_AT_A_TIME):
                pass
        for table in _tables(STAYS | {credit_holds.name}):
            await self._delete(table, owner)
        async with self._transactions.begin(owner) as connection:
            # The user first, as everybody who touches holds does.
            await connection.execute(update(users).where(users.c.user_id == owner).values(credits_held=0))
            await connection.execute(delete(credit_holds).where(credit_holds.c.user_id == owner))
            await connection.commit()

    async def _delete(self, table: Table, owner: UserId, *, limit: int | None = None) -> int:
        """How many rows went."""
        key = tuple_(*table.primary_key.columns)
        chosen = select(*table.primary_key.columns).where(table.c.user_id == owner).limit(limit)
        async with self._transactions.begin(owner) as connection:
            gone = await connection.execute(delete(table).where(table.c.user_id == owner, key.in_(chosen)))
            await connection.commit()
        return gone.rowcount


class PostgresPersonalRecords(PersonalRecords):
    """Rows as JSON, streamed: each table as it is when its turn comes."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def records(self, *, owner: UserId) -> AsyncGenerator[tuple[str, Mapping[str, object]], None]:
        async with self._transactions.begin(owner) as connection:
            for table in _tables(DERIVED):
                rows = select(_fields(table).label("fields")).where(table.c.user_id == owner)
                ordered = rows.order_by(*table.primary_key.columns)
                async with connection.stream(ordered) as found:
                    async for row in found:
                        yield table.name, row.fields


def _fields(table: Table) -> ColumnElement[Any]:
    """A row as an object: all of it, but for what is still sealed."""
    fields = func.to_jsonb(table.table_valued())
    if table is not exercises:
        return fields
    unsealed = fields.op("-")(cast(list(SEALED), ARRAY(Text)))
    return case((exercises.c.times_attempted == 0, unsealed), else_=fields)


def _tables(without: frozenset[str]) -> Sequence[Table]:
    return [
        table
        for name, table in sorted(all_tables().tables.items())
        if "user_id" in table.columns and name not in without
    ]
