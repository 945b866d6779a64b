"""What the chunk index says to PostgreSQL: fixed fragments, put together for what is asked. Values are always bound.

Every reference to a table names the user: row-level security then costs nothing, and the planner needs no statistics
to start from the right index. LATERAL with OFFSET 0: some hundred look-ups by key, whatever it believes of the tables.
"""

from __future__ import annotations

from enum import Enum
from functools import cache

from sqlalchemy import TextClause, text

from adapters.lexical import HASH_SPACE, IMPACT_UNIT, POSTINGS_BUDGET
from adapters.postgres.sign_planes import SECOND


class Meaning(Enum):
    """How vectors are compared. The last two do so above the crossover only; below it they are as exact as EXACT.

    GIVEN were compared in a store elsewhere, and come as arrays. SIGN_PLANES take the nearest few hundred by their
    planes, and compare those exactly. APPROXIMATE_INDEX asks the HNSW index that an operator made.
    """

    NOT_SOUGHT = "not"
    GIVEN = "given"
    EXACT = "exact"
    SIGN_PLANES = "planes"
    APPROXIMATE_INDEX = "hnsw"


_SCOPE = """
scope as materialized (
  select i.source_id, i.chunks, case when i.model = :model then i.refused else 0 end as refused,
    coalesce(n.vectors, 0) as embedded, coalesce(n.planes, 0) as planes
  from indexed_sources i left join lateral (
    select n.vectors, n.planes from vector_counts n
    where n.user_id = :owner and n.source_id = i.source_id and n.model = :model offset 0
  ) n on true
  where i.user_id = :owner {conditions}
)"""
_PLACES = "with scope as materialized (select i.source_id from indexed_sources i where i.user_id = :owner {conditions})"
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
_UNREAD_SOURCES = """(select count(*) from sources s
    where s.user_id = :owner and s.id = any (cast(:sources as uuid[])) and s.deleted_at is null and not exists (
      select from indexed_sources i where i.user_id = :owner and i.source_id = s.id))"""
_KNOWN_DOCUMENTS = "(select count(*) from documents d where d.user_id = :owner and d.id = :document)"
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
  -- The rarest one however many there are. One more that every other chunk has would cost as much as all the rest.
  select term, idf / {unit} as unit
  from (select term, idf, df, sum(df) over (order by df, term) as so_far from known) ranked
  where so_far <= {budget} or so_far = df
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

# The sum keeps an approximate index out, should an operator have made one: this scan is exact.
_EXACT = """
wanted as materialized (select cast(:vector as halfvec(1024)) as vector),
{name} as materialized (
  select v.source_id, v.position, (v.embedding <#> (select vector from wanted)) + 0.0 as distance
  from chunk_vectors v where v.user_id = :owner and v.model = :model {scoped} {condition}
  order by distance, v.source_id, v.position limit :depth
)"""
# Only one of two branches runs: the condition is known before the first row, and PostgreSQL asks it once.
_CROSSOVER = """
path as materialized (
  select coalesce(sum(embedded) <= :crossover, true) as is_short, coalesce(sum(planes) >= sum(embedded), true) as planed
  from scope
)"""
_IF_EXACT = "and (select is_short or not planed from path)"
_IF_PLANES = "and (select planed and not is_short from path)"
_IF_SHORT = "and (select is_short from path)"
_IF_LONG = "and (select not is_short from path)"
_PLANES = """
signs as materialized (
  select cast(:first as bit(1024)) as first, cast(:second as bit(1024)) as second,
    cast(:ratio as double precision) as ratio, cast({ratio} * :ratio as double precision) as least
),
near as materialized (
  select p.source_id, p.position from chunk_planes p
  where p.user_id = :owner and p.model = :model {scoped} {condition}
  order by (p.first <~> (select first from signs))
    + cast({ratio} as double precision) * (p.second <~> (select first from signs))
    + (select ratio from signs) * (p.first <~> (select second from signs))
    + (select least from signs) * (p.second <~> (select second from signs))
  limit :candidates
)"""
_HNSW = """
near as materialized (
  select v.source_id, v.position from chunk_vectors v
  where v.user_id = :owner and v.model = :model {scoped} {condition}
  order by v.embedding <#> (select vector from wanted) limit :depth
)"""
_NEAREST = """
by_meaning as materialized (
  select source_id, position, distance from exactly
  union all
  (select n.source_id, n.position, v.distance from near n cross join lateral (
    select v.embedding <#> (select vector from wanted) as distance from chunk_vectors v
    where v.user_id = :owner and v.source_id = n.source_id and v.position = n.position and v.model = :model offset 0
  ) v
  order by v.distance, n.source_id, n.position limit :depth)
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
    coalesce(sum(refused), 0) as refused_chunks, {known_sources} as known_sources, {known_documents} as known_documents,
    {unread_sources} as unread_sources
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


_SIMILARITIES = {Meaning.NOT_SOUGHT: _NO_SIMILARITY, Meaning.GIVEN: _GIVEN_SIMILARITY}

_SOUGHT = """
select known.*, scope.source_id
from (select {known_sources} as known_sources, {known_documents} as known_documents) known left join scope on true
"""


@cache
def search_statement(meaning: Meaning, *, sources: bool, document: bool, metadata: bool) -> TextClause:
    """Both legs, and both exact scores of every candidate. Which parts of a scope are given, is told here."""
    conditions = _conditions(sources=sources, document=document, metadata=metadata)
    narrowed = _SCOPED if conditions else ""
    legs = (
        _SCOPE.format(conditions=conditions),
        _WORDS.format(scoped=narrowed.format(alias="p"), unit=IMPACT_UNIT, budget=POSTINGS_BUDGET, space=HASH_SPACE),
        *_by_meaning(meaning, narrowed),
    )
    found = _FOUND.format(
        known_sources=_KNOWN_SOURCES if sources else "0",
        known_documents=_KNOWN_DOCUMENTS if document else "0",
        unread_sources=_UNREAD_SOURCES if sources else "0",
        similarity=_SIMILARITIES.get(meaning, _SIMILARITY),
    )
    return text("with " + ",".join(legs) + found)


@cache
def nearest_statement(meaning: Meaning) -> TextClause:
    """The leg of vectors alone, on everything that a user has: distances, and nothing of what anybody wrote."""
    legs = (_SCOPE.format(conditions=""), *_by_meaning(meaning, ""))
    return text("with " + ",".join(legs) + " select distance from by_meaning order by distance")  # noqa: S608  fixed fragments


@cache
def sources_statement(*, sources: bool, document: bool, metadata: bool) -> TextClause:
    """The sources in scope, and how many of the sources and documents that it names are there."""
    known = _SOUGHT.format(
        known_sources=_KNOWN_SOURCES if sources else "0", known_documents=_KNOWN_DOCUMENTS if document else "0"
    )
    return text(_PLACES.format(conditions=_conditions(sources=sources, document=document, metadata=metadata)) + known)


@cache
def reach_statement(*, sources: bool, document: bool, metadata: bool) -> TextClause:
    """How many chunks in scope each model has been through."""
    return text(_PLACES.format(conditions=_conditions(sources=sources, document=document, metadata=metadata)) + _REACH)


def _by_meaning(meaning: Meaning, narrowed: str) -> tuple[str, ...]:
    vectors, planes = narrowed.format(alias="v"), narrowed.format(alias="p")
    match meaning:
        case Meaning.NOT_SOUGHT:
            return (_NO_MEANING,)
        case Meaning.GIVEN:
            return (_GIVEN.format(scoped=narrowed.format(alias="c")),)
        case Meaning.EXACT:
            return (_EXACT.format(name="by_meaning", scoped=vectors, condition=""),)
        case Meaning.SIGN_PLANES:
            return (
                _CROSSOVER,
                _EXACT.format(name="exactly", scoped=vectors, condition=_IF_EXACT),
                _PLANES.format(scoped=planes, condition=_IF_PLANES, ratio=SECOND),
                _NEAREST,
            )
        case Meaning.APPROXIMATE_INDEX:
            return (
                _CROSSOVER,
                _EXACT.format(name="exactly", scoped=vectors, condition=_IF_SHORT),
                _HNSW.format(scoped=vectors, condition=_IF_LONG),
                _NEAREST,
            )


def _conditions(*, sources: bool, document: bool, metadata: bool) -> str:
    chosen = [(sources, _IN_SOURCES), (document, _IN_DOCUMENT), (metadata, _IN_METADATA)]
    return " ".join(fragment for wanted, fragment in chosen if wanted)
