"""Hybrid search in memory: the same analysis and the same numbers as in PostgreSQL, in plain loops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from adapters.lexical import IMPACT_UNIT, POSTINGS_BUDGET, QueryTerm, inverse_document_frequency, query_terms
from adapters.memory.chunk_tables import CHUNKS, REFUSALS, VECTORS, StoredChunk, half_precision, key_of
from adapters.memory.database import MemoryDatabase, Tables, own
from adapters.memory.sources import SOURCES
from adapters.memory.writing import ATTACHMENTS, DOCUMENTS
from application.library.ports import Candidate, Candidates, ChunkIndex, Reach, Scope, SearchShortcuts
from domain.library import Source
from domain.shared import ChunkId, SourceId, UserId

_WIDTH = 200


class MemoryChunkIndex(ChunkIndex):
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def reach(self, *, owner: UserId, scope: Scope) -> Mapping[str, Reach]:
        tables = self._database.committed
        sources = _scoped(tables, owner, scope)
        rows = [row for row in tables[CHUNKS].values() if row.chunk.source_id in sources]
        vectors, refusals = tables[VECTORS], tables[REFUSALS]
        return {
            model: Reach(
                embedded=sum(key_of(row.chunk, model) in vectors for row in rows),
                refused=sum(key_of(row.chunk, model) in refusals for row in rows),
            )
            for model in {key.model for key in (*vectors, *refusals) if key.source_id in sources}
        }

    async def candidates(
        self, *, owner: UserId, query: str, vector: Sequence[float] | None, model: str, scope: Scope, depth: int
    ) -> Candidates:
        tables = self._database.committed
        sources = _sources_in(tables, owner, scope)
        mine = [row for row in tables[CHUNKS].values() if row.owner == owner]
        rows = {row.chunk.id: row for row in mine if row.chunk.source_id in sources}

        weights, found = _Words(query_terms(query), mine), set[ChunkId]()
        by_stems = _best(rows.values(), weights.by_stems, max(_WIDTH, 2 * depth))
        words = {row.chunk.id: weights.exact(row) for row in rows.values()}
        found.update(row.chunk.id for row in _best(by_stems, lambda row: words[row.chunk.id], depth))

        vectors = tables[VECTORS]
        embedded = [row for row in rows.values() if key_of(row.chunk, model) in vectors]
        meanings: dict[ChunkId, float] = {}
        if vector is not None:
            asked = half_precision(vector)
            meanings = {row.chunk.id: float(vectors[key_of(row.chunk, model)] @ asked) for row in embedded}
            # Any similarity counts as found, a negative one too: the nearest are the nearest.
            found.update(row.chunk.id for row in _best(embedded, lambda row: 2.0 + meanings[row.chunk.id], depth))
        return Candidates(
            items=tuple(
                Candidate(
                    chunk=rows[id].chunk,
                    language=sources[rows[id].chunk.source_id].language,
                    lexical_score=words[id] or None,
                    similarity=meanings.get(id),
                )
                for id in found
            ),
            chunks_in_scope=len(rows),
            lexical_chunks=len(rows),
            embedded_chunks=len(embedded),
            refused_chunks=sum(key_of(row.chunk, model) in tables[REFUSALS] for row in rows.values()),
            unread_sources=len(set(scope.source_ids or ()) - {row.chunk.source_id for row in mine}),
        )


class NoShortcuts(SearchShortcuts):
    """Plain loops have none."""

    async def build(self, *, limit: int) -> int:  # noqa: ARG002
        return 0


class _Words:
    """A question's terms, weighed by the user's own chunks."""

    def __init__(self, terms: Sequence[QueryTerm], mine: Sequence[StoredChunk]) -> None:
        containing = {term.stem: sum(term.stem in row.terms.impacts for row in mine) for term in terms}
        idf = {
            stem: inverse_document_frequency(documents=len(mine), containing=count)
            for stem, count in containing.items()
            if count
        }
        self._stems: dict[int, float] = {}
        read = 0
        for count, stem in sorted((count, stem) for stem, count in containing.items() if count):
            if read and read + count > POSTINGS_BUDGET:
                break
            self._stems[stem] = idf[stem]
            read += count
        self._grains: dict[int, float] = {}
        for term in terms:
            for grain in term.grains if term.stem in idf else ():
                self._grains[grain] = max(idf[term.stem], self._grains.get(grain, 0.0))

    def by_stems(self, row: StoredChunk) -> float:
        impacts = row.terms.impacts
        return sum(
            idf * round(impacts[stem] * IMPACT_UNIT) / IMPACT_UNIT
            for stem, idf in self._stems.items()
            if stem in impacts
        )

    def exact(self, row: StoredChunk) -> float:
        weights = row.terms.weights
        return sum(idf * weights[grain] for grain, idf in self._grains.items() if grain in weights)


def _best(rows: Iterable[StoredChunk], score: Callable[[StoredChunk], float], limit: int) -> list[StoredChunk]:
    scored = [(score(row), row) for row in rows]
    kept = sorted(
        ((points, row) for points, row in scored if points > 0),
        key=lambda pair: (-pair[0], pair[1].chunk.source_id, pair[1].chunk.position),
    )
    return [row for _, row in kept[:limit]]


def _sources_in(tables: Tables, owner: UserId, scope: Scope) -> Mapping[SourceId, Source]:
    """Errors: NoSuch, NotYours for what is named."""
    for id in scope.source_ids or ():
        own(tables[SOURCES], id, owner=owner, owner_of=lambda source: source.owner, kind="source")
    if scope.document_id is not None:
        own(tables[DOCUMENTS], scope.document_id, owner=owner, owner_of=lambda one: one.owner, kind="document")
    return _scoped(tables, owner, scope)


def _scoped(tables: Tables, owner: UserId, scope: Scope) -> Mapping[SourceId, Source]:
    """The owner's sources among what is named."""
    attached: set[SourceId] | None = None
    if scope.document_id is not None:
        attached = {source for document, source in tables[ATTACHMENTS] if document == scope.document_id}
    return {
        source.id: source
        for source in tables[SOURCES].values()
        if source.owner == owner
        and (scope.source_ids is None or source.id in scope.source_ids)
        and (attached is None or source.id in attached)
        and (scope.metadata is None or _contains(source.metadata, scope.metadata))
    }


def _contains(whole: Any, part: Any) -> bool:
    """Containment as JSONB has it: objects by key, arrays by element whatever the order, scalars by value and type."""
    if isinstance(part, Mapping):
        return isinstance(whole, Mapping) and all(
            key in whole and _contains(whole[key], value) for key, value in part.items()
        )
    if isinstance(part, (list, tuple)):
        return isinstance(whole, (list, tuple)) and all(any(_contains(one, other) for one in whole) for other in part)
    return isinstance(whole, bool) == isinstance(part, bool) and bool(whole == part)
