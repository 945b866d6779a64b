"""All rows of one user in memory: counted, handed over, removed."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import asdict, is_dataclass, replace

from adapters.memory.accounts import ACCOUNTS, ENTRIES, USERS
from adapters.memory.chunk_tables import CLAIMS, REFUSALS, TURNS, VECTORS
from adapters.memory.database import MemoryDatabase
from adapters.memory.owned import owned_keys
from application.accounts.ports import PersonalData, PersonalRecords
from domain.practice import Exercise
from domain.shared import UserId

_SEALED = frozenset({"key", "accepted", "explanation", "evidence"})
"""Of an exercise: handed over once it was answered."""

_DERIVED = (CLAIMS, REFUSALS, TURNS, VECTORS)


class MemoryPersonalData(PersonalData):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def remaining(self, *, owner: UserId) -> Mapping[str, int]:
        found = owned_keys(self._database.committed, owner)
        return {table.name: len(keys) for table, keys in found.items() if table is not ENTRIES}

    async def erase(self, *, owner: UserId) -> None:
        async with self._database.begin() as transaction:
            tables = transaction.tables
            for table, keys in owned_keys(tables, owner).items():
                if table is not ENTRIES:
                    for key in keys:
                        del tables[table][key]
            if owner in tables[ACCOUNTS]:
                tables[ACCOUNTS][owner] = replace(tables[ACCOUNTS][owner], held=0)
            await transaction.commit()


class MemoryPersonalRecords(PersonalRecords):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def records(self, *, owner: UserId) -> AsyncGenerator[tuple[str, Mapping[str, object]], None]:
        tables = self._database.committed
        if owner in tables[USERS]:
            yield USERS.name, _fields(tables[USERS][owner])
        for table, keys in owned_keys(tables, owner).items():
            if table not in _DERIVED:
                for key in keys:
                    yield table.name, _fields(tables[table][key])


def _fields(row: object) -> dict[str, object]:
    plain = asdict(row) if is_dataclass(row) and not isinstance(row, type) else {"value": row}
    if isinstance(row, Exercise) and row.solution is None:
        plain = {name: value for name, value in plain.items() if name not in _SEALED}
    read: dict[str, object] = json.loads(json.dumps(plain, default=str))
    return read
