"""Citations whose source was read again, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from adapters.memory.chat import MESSAGES, cited_today
from adapters.memory.citations_due import CITATIONS_DUE
from adapters.memory.database import MemoryDatabase, Tables
from application.chat.ports import CitationRepository, PlacedCitation, WaitingCitations
from domain.shared import SourceId, UserId


class MemoryCitationRepository(CitationRepository):
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def waiting(self, *, owner: UserId, source_id: SourceId, limit: int) -> tuple[PlacedCitation, ...]:
        due, messages = self._tables[CITATIONS_DUE], self._tables[MESSAGES]
        placed = [
            PlacedCitation(message_id=id, position=position, citation=citation)
            for id in sorted(messages)
            if messages[id].owner == owner
            for position, citation in enumerate(cited_today(self._tables, messages[id]).citations)
            if citation.source_id == source_id and (id, position) in due
        ]
        return tuple(placed[:limit])

    async def reanchor(self, *, owner: UserId, placed: Sequence[PlacedCitation]) -> None:
        due, messages = self._tables[CITATIONS_DUE], self._tables[MESSAGES]
        for one in placed:
            message = messages.get(one.message_id)
            if message is None or message.owner != owner:
                continue
            citations = list(message.citations)
            citations[one.position] = one.citation
            messages[message.id] = replace(message, citations=tuple(citations))
            due.pop((message.id, one.position), None)


class MemoryWaitingCitations(WaitingCitations):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def take(self, *, at: datetime, again_at: datetime, limit: int) -> Sequence[tuple[UserId, SourceId]]:
        taken: dict[tuple[UserId, SourceId], None] = {}
        async with self._database.begin() as transaction:
            due, messages = transaction.tables[CITATIONS_DUE], transaction.tables[MESSAGES]
            since = sorted((when, key) for key, when in due.items() if when <= at and key[0] in messages)
            for _, (id, position) in since[:limit]:
                due[id, position] = again_at
                message = cited_today(transaction.tables, messages[id])
                source_id = message.citations[position].source_id
                if source_id is not None:
                    taken[message.owner, source_id] = None
            await transaction.commit()
        return list(taken)
