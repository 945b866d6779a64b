"""Hybrid search in PostgreSQL: both legs, and both exact scores of every candidate, in one statement.

Words: postings of the query's stems, the rarest first, add up to BM25 and find; a sparse inner product with the finer
grains orders. Vectors: an exact scan of the user's own. Every reference to a table names the user: row-level security
then costs nothing, and the planner needs no statistics to start from the right index.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.lexical import HASH_SPACE, IMPACT_UNIT, POSTINGS_BUDGET, query_terms
from adapters.postgres.chunks import chunk_of
from adapters.postgres.engine import Transactions
from adapters.postgres.rows import AnyRow, refuse, refuse_unless_present
from adapters.postgres.tables.sources import sources
from adapters.postgres.tables.writing import documents
from application.library.ports import Candidate, Candidates, ChunkIndex, Reach, Scope
from domain.shared import ChunkId, SourceId, UserId

_WIDTH = 200
"""So many chunks at least are rescored: the first stage knows stems only, and could leave a better one just outside."""

# A plan made for the values at hand reads all postings of a user whose rows came after the last ANALYZE: 17 to 47 ms
# instead of 0.8. Parallel workers only slow down scans of this size.
_PLAN = text(
    "select set_config('plan_cache_mode', 'force_generic_plan', true), "
    "set_config('max_parallel_workers_per_gather', '0', true), set_config('work_mem', '32MB', true)"
)

# LATERAL with OFFSET 0, here and below: some hundred look-ups by key, whatever the planner believes about the tables.
_SCOPE = """
scope as materialized (
  select i.source_id, i.chunks, coalesce(n.vectors, 0) as embedded
  from indexed_sources i left join lateral (
    select n.vectors from vector_counts n
    where n.user_id = :owner and n.source_id = i.source_id and n.model = :model offset 0
  ) n on true
  where i.user_id = :owner {conditions}
)"""
# Whatever the models are: of those that chunks in scope have vectors of, or were refused by.
_REACH = """
select n.model, sum(n.embedded) as embedded, sum(n.refused) as refused
from (
  select n.model, n.vectors as embedded, 0 as refused
  from vector_counts n join scope i on i.source_id = n.source_id where n.user_id = :owner
  union all
  select r.model, 0, 1 from embedding_refusals r join scope i on i.source_id = r.source_id where r.user_id = :owner
) n group by n.model
"""
_IN_SOURCES = "and i.source_id = any (cast(:sources as uuid[]))"
_IN_METADATA = """and i.source_id in (
    select s.id from sources s where s.user_id = :owner and s.metadata @> cast(:metadata as jsonb))"""
_IN_DOCUMENT = """and i.source_id in (
    select a.source_id from attachments a where a.user_id = :owner and a.document_id = :document)"""
_KNOWN_SOURCES = """(select count(*) from sources s
    where s.user_id = :owner and s.id = any (cast(:sources as uuid[])) and s.deleted_at is null)"""
_KNOWN_DOCUMENTS = "(select count(*) from documents d where d.user_id = :owner and d.id = :document)"
_SOUGHT = """
select known.*, scope.source_id
from (select {known_sources} as known_sources, {known_documents} as known_documents) known left join scope on true
"""
_SCOPED = "and {alias}.source_id = any (array(select source_id from scope))"

_WORDS = """
known as materialized (
  select f.term, f.chunks as df,
    ln(cast(1 + (n.chunks - f.chunks + 0.5) / (f.chunks + 0.5) as double precision)) as idf
  from (select sum(chunks) as chunks from indexed_sources where user_id = :owner) n,
    unnest(cast(:stems as integer[])) as asked (term) cross join lateral (
      -- While a deleted source is being removed its terms are still counted, but none can be in more chunks than all.
      select f.term, least(f.chunks, n.chunks) as chunks from term_frequencies f
      where f.user_id = :owner and f.term = asked.term offset 0
    ) f
),
affordable as materialized (
  select term, idf / {unit} as unit
  from (select term, idf, sum(df) over (order by df, term) - df as before from known) ranked
  where before < {budget}
),
asked as materialized (
  select cast(coalesce('{{' || string_agg((grain + 1) || ':' || idf, ',') || '}}', '{{}}') || '/{space}' as sparsevec)
    as weights
  from (
    select g.grain, max(cast(k.idf as real)) as idf
    from unnest(cast(:grains as integer[]), cast(:grain_stems as integer[])) as g (grain, stem)
      join known k on k.term = g.stem
    group by g.grain
  ) weighted
),
by_stems as materialized (
  select p.source_id, (packed >> 16) & 65535 as position
  from affordable cross join lateral (
      select p.source_id, p.impacts from postings p
      where p.user_id = :owner and p.term = affordable.term {scoped} offset 0
    ) p, unnest(p.impacts) as packed
  group by 1, 2 order by sum(affordable.unit * (packed & 65535)) desc, 1, 2 limit :width
),
by_words as materialized (
  select c.source_id, c.position
  from by_stems c cross join lateral (
    select -(t.weights <#> (select weights from asked)) as score from chunk_terms t
    where t.user_id = :owner and t.source_id = c.source_id and t.position = c.position offset 0
  ) t
  order by t.score desc, 1, 2 limit :depth
)"""

# The sum keeps an approximate index out, should an operator make one: this scan is exact.
_MEANING = """
wanted as materialized (select cast(:vector as halfvec(1024)) as vector),
by_meaning as materialized (
  select v.source_id, v.position, (v.embedding <#> (select vector from wanted)) + 0.0 as distance
  from chunk_vectors v where v.user_id = :owner and v.model = :model {scoped}
  order by distance, v.source_id, v.position limit :depth
)"""
_GIVEN = """
given as materialized (
  select c.source_id, c.position, near.similarity
  from unnest(cast(:near as uuid[]), cast(:similarities as double precision[])) as near (id, similarity)
  cross join lateral (
    select c.source_id, c.position from chunks c where c.user_id = :owner and c.id = near.id {scoped} offset 0
  ) c
),
by_meaning as materialized (
  select source_id, position from given order by similarity desc, source_id, position limit :depth
)"""
_NO_MEANING = "by_meaning as (select cast(null as uuid) as source_id, 0 as position where false)"
_SIMILARITY = """
  left join lateral (
    select -(v.embedding <#> (select vector from wanted)) as similarity from chunk_vectors v
    where v.user_id = :owner and v.source_id = c.source_id and v.position = c.position and v.model = :model offset 0
  ) v on true"""
_GIVEN_SIMILARITY = "  left join given v on v.source_id = c.source_id and v.position = c.position"
_NO_SIMILARITY = "  cross join (select cast(null as double precision) as similarity) v"

_FOUND = """
select seen.*, found.*
from (
  select coalesce(sum(chunks), 0) as chunks_in_scope, coalesce(sum(embedded), 0) as embedded_chunks,
    {known_sources} as known_sources, {known_documents} as known_documents
  from scope
) seen
left join (
  select c.*, s.language, t.score as lexical_score, v.similarity
  from (select source_id, position from by_words union select source_id, position from by_meaning) u
  cross join lateral (
    select c.id, c.source_id, c.position, c.content, c.content_hash, c.token_count, c.start_offset, c.end_offset,
      c.page, c.page_label, c.heading
    from chunks c where c.user_id = :owner and c.source_id = u.source_id and c.position = u.position offset 0
  ) c
  cross join lateral (select s.language from sources s where s.user_id = :owner and s.id = c.source_id offset 0) s
  cross join lateral (
    select -(t.weights <#> (select weights from asked)) as score from chunk_terms t
    where t.user_id = :owner and t.source_id = c.source_id and t.position = c.position offset 0
  ) t
  {similarity}
) found on true
"""


class Meaning(Enum):
    """Where the semantic leg's candidates come from."""

    NONE = "words alone are searched"
    SCANNED = "from the vectors in this database"
    GIVEN = "from a store elsewhere, as arrays"


class PostgresChunkIndex(ChunkIndex):
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def reach(self, *, owner: UserId, scope: Scope) -> Mapping[str, Reach]:
        statement = _reach_statement(**_chosen(scope))
        async with self._transactions.begin(owner) as connection:
            rows = await connection.execute(statement, {"owner": owner, **_bound(scope)})
            return {row.model: Reach(embedded=int(row.embedded), refused=int(row.refused)) for row in rows}

    async def candidates(
        self, *, owner: UserId, query: str, vector: Sequence[float] | None, model: str, scope: Scope, depth: int
    ) -> Candidates:
        given: dict[str, Any] = {}
        if vector is not None:
            given["vector"] = f"[{','.join(f'{number:.6g}' for number in vector)}]"
        return await self._search(
            owner=owner,
            query=query,
            meaning=Meaning.NONE if vector is None else Meaning.SCANNED,
            given=given,
            model=model,
            scope=scope,
            depth=depth,
        )

    async def candidates_with(
        self, *, owner: UserId, query: str, near: Mapping[ChunkId, float], model: str, scope: Scope, depth: int
    ) -> Candidates:
        """As `candidates`, with the semantic leg found elsewhere: `near` has chunks and their similarity.

        Chunks that are not there, or not in scope, are passed over. What only words found has no similarity.
        """
        return await self._search(
            owner=owner,
            query=query,
            meaning=Meaning.GIVEN,
            given={"near": list(near), "similarities": list(near.values())},
            model=model,
            scope=scope,
            depth=depth,
        )

    async def sources_in(self, *, owner: UserId, scope: Scope) -> list[SourceId] | None:
        """The sources that a scope means; None for all of the owner's. Errors: NotYours, NoSuch, Unavailable."""
        parameters = _bound(scope)
        if not parameters:
            return None
        statement = _scope_statement(**_chosen(scope))
        async with self._transactions.begin(owner) as connection:
            rows = (await connection.execute(statement, {"owner": owner, "model": None, **parameters})).all()
            await _refuse_foreign(connection, owner, scope, rows[0])
        return [SourceId(row.source_id) for row in rows if row.source_id is not None]

    async def _search(
        self,
        *,
        owner: UserId,
        query: str,
        meaning: Meaning,
        given: Mapping[str, Any],
        model: str,
        scope: Scope,
        depth: int,
    ) -> Candidates:
        terms = query_terms(query)
        parameters: dict[str, Any] = {
            "owner": owner,
            "model": model,
            "depth": depth,
            "width": max(_WIDTH, 2 * depth),
            "stems": [term.stem for term in terms],
            "grains": [grain for term in terms for grain in term.grains],
            "grain_stems": [term.stem for term in terms for _ in term.grains],
            **given,
            **_bound(scope),
        }
        statement = _statement(meaning=meaning, **_chosen(scope))
        async with self._transactions.begin(owner) as connection:
            await connection.execute(_PLAN)
            rows = (await connection.execute(statement, parameters)).all()
            seen = rows[0]
            await _refuse_foreign(connection, owner, scope, seen)
        return Candidates(
            items=tuple(_candidate(row) for row in rows if row.id is not None),
            chunks_in_scope=int(seen.chunks_in_scope),
            lexical_chunks=int(seen.chunks_in_scope),
            embedded_chunks=int(seen.embedded_chunks),
        )


def _chosen(scope: Scope) -> dict[str, bool]:
    return {
        "sources": scope.source_ids is not None,
        "document": scope.document_id is not None,
        "metadata": scope.metadata is not None,
    }


def _conditions(*, sources: bool, document: bool, metadata: bool) -> str:
    chosen = [(sources, _IN_SOURCES), (document, _IN_DOCUMENT), (metadata, _IN_METADATA)]
    return " ".join(fragment for wanted, fragment in chosen if wanted)


@cache
def _scope_statement(*, sources: bool, document: bool, metadata: bool) -> TextClause:
    scope = _SCOPE.format(conditions=_conditions(sources=sources, document=document, metadata=metadata))
    sought = _SOUGHT.format(
        known_sources=_KNOWN_SOURCES if sources else "0", known_documents=_KNOWN_DOCUMENTS if document else "0"
    )
    return text("with" + scope + sought)


@cache
def _statement(*, meaning: Meaning, sources: bool, document: bool, metadata: bool) -> TextClause:
    """The statement for what is asked: only fixed fragments are put together, values are always bound."""
    conditions = _conditions(sources=sources, document=document, metadata=metadata)
    narrowed = _SCOPED if conditions else ""
    by_meaning, similarity = {
        Meaning.NONE: (_NO_MEANING, _NO_SIMILARITY),
        Meaning.SCANNED: (_MEANING.format(scoped=narrowed.format(alias="v")), _SIMILARITY),
        Meaning.GIVEN: (_GIVEN.format(scoped=narrowed.format(alias="c")), _GIVEN_SIMILARITY),
    }[meaning]
    legs = (
        _SCOPE.format(conditions=conditions),
        _WORDS.format(scoped=narrowed.format(alias="p"), unit=IMPACT_UNIT, budget=POSTINGS_BUDGET, space=HASH_SPACE),
        by_meaning,
    )
    found = _FOUND.format(
        known_sources=_KNOWN_SOURCES if sources else "0",
        known_documents=_KNOWN_DOCUMENTS if document else "0",
        similarity=similarity,
    )
    return text("with " + ",".join(legs) + found)


@cache
def _reach_statement(*, sources: bool, document: bool, metadata: bool) -> TextClause:
    conditions = _conditions(sources=sources, document=document, metadata=metadata)
    return text(
        f"with scope as materialized (select i.source_id from indexed_sources i where i.user_id = :owner {conditions})"  # noqa: S608  fixed fragments
        + _REACH
    )


def _bound(scope: Scope) -> dict[str, Any]:
    """The values that a scope's conditions name."""
    bound: dict[str, Any] = {}
    if scope.source_ids is not None:
        bound["sources"] = list(scope.source_ids)
    if scope.document_id is not None:
        bound["document"] = scope.document_id
    if scope.metadata is not None:
        bound["metadata"] = json.dumps(scope.metadata)
    return bound


def _candidate(row: AnyRow) -> Candidate:
    return Candidate(
        chunk=chunk_of(row),
        language=row.language,
        lexical_score=row.lexical_score if row.lexical_score > 0 else None,
        similarity=row.similarity,
    )


async def _refuse_foreign(connection: AsyncConnection, owner: UserId, scope: Scope, seen: AnyRow) -> None:
    """Raise where a source or document in scope is not the owner's, or is none at all."""
    wanted = set(scope.source_ids or ())
    if seen.known_sources < len(wanted):
        mine = select(sources.c.id).where(
            sources.c.user_id == owner, sources.c.id.in_(wanted), sources.c.deleted_at.is_(None)
        )
        found = [row.id for row in await connection.execute(mine)]
        await refuse_unless_present(connection, sources, list(scope.source_ids or ()), found, kind="source")
    if scope.document_id is not None and not seen.known_documents:
        await refuse(connection, documents, scope.document_id, kind="document")
