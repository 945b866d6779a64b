"""Which rows in memory are whose."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from adapters.memory.accounts import ENTRIES, HOLDS
from adapters.memory.chat import CONVERSATIONS, MESSAGES, TURNS
from adapters.memory.chunk_tables import CHUNKS, CLAIMS, REFUSALS, VECTORS
from adapters.memory.chunk_tables import TURNS as EMBEDDING_TURNS
from adapters.memory.citations_due import CITATIONS_DUE
from adapters.memory.database import Table, Tables
from adapters.memory.deliveries import FAILED
from adapters.memory.practice import CARDS, EXERCISES, LOG, RESPONSES
from adapters.memory.sources import DELETED, SOURCE_TEXTS, SOURCES
from adapters.memory.writing import ATTACHMENTS, DOCUMENTS
from domain.shared import UserId

_WITH_AN_OWNER: tuple[Table[Any, Any], ...] = (
    ATTACHMENTS, CHUNKS, CONVERSATIONS, DOCUMENTS, ENTRIES, EXERCISES,
    FAILED, HOLDS, MESSAGES, RESPONSES, SOURCES, TURNS,
)  # fmt: skip
"""Rows that say themselves whose they are."""


def owned_keys(tables: Tables, owner: UserId) -> dict[Table[Any, Any], list[Any]]:
    """By table, the keys of this user's rows: every table but those of users, accounts and erasures."""
    sources = {id for id, source in tables[SOURCES].items() if source.owner == owner}
    exercises = {id for id, exercise in tables[EXERCISES].items() if exercise.owner == owner}
    found: dict[Table[Any, Any], list[Any]] = {
        table: _keys(tables[table].items(), lambda _, row: row.owner == owner) for table in _WITH_AN_OWNER
    }
    messages = {id for id, message in tables[MESSAGES].items() if message.owner == owner}
    found[CITATIONS_DUE] = _keys(tables[CITATIONS_DUE].items(), lambda key, _: key[0] in messages)
    found[SOURCE_TEXTS] = _keys(tables[SOURCE_TEXTS].items(), lambda key, _: key in sources)
    found[DELETED] = _keys(tables[DELETED].items(), lambda _, row: row[0] == owner)
    found[VECTORS] = _keys(tables[VECTORS].items(), lambda key, _: key.source_id in sources)
    found[CLAIMS] = _keys(tables[CLAIMS].items(), lambda key, _: key.owner == owner)
    found[REFUSALS] = _keys(tables[REFUSALS].items(), lambda key, _: key.source_id in sources)
    found[EMBEDDING_TURNS] = _keys(tables[EMBEDDING_TURNS].items(), lambda key, _: key == owner)
    found[CARDS] = _keys(tables[CARDS].items(), lambda key, _: key in exercises)
    found[LOG] = _keys(tables[LOG].items(), lambda _, row: row[0] == owner)
    return found


def _keys(rows: Iterable[tuple[Any, Any]], chosen: Callable[[Any, Any], bool]) -> list[Any]:
    return [key for key, row in rows if chosen(key, row)]
