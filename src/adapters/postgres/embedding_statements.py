"""What the embedding queue says to PostgreSQL.

`indexed_sources` knows how much of each source is left, so that a claim looks into a few sources only, however much is
waiting. Its count may be of another model, or behind for a moment; chunks and vectors themselves are what decides.
"""

from __future__ import annotations

from sqlalchemy import text

_NAMED = (
    "i.embedded + i.refused < i.chunks",
    "i.model < :model",
    "i.model > :model",
    "i.model is null and i.chunks > 0",
)
_UNFINISHED = f"({' or '.join(_NAMED)})"
_NOT_DELETED = """not exists (
  select from sources gone where gone.user_id = i.user_id and gone.id = i.source_id and gone.deleted_at is not null)"""
_LEFT = "case when i.model = :model then i.chunks - i.embedded - i.refused else i.chunks end"
# Where the first chunk without a vector may be: up to there a source is done.
_START = "case when i.model = :model then i.first_waiting else 0 end"
# OFFSET 0, here and below: look-ups by key, one after another until there are enough, whatever the planner believes.
_WITHOUT_VECTOR = """not exists (
  select from chunk_vectors v where v.user_id = c.user_id and v.source_id = c.source_id
    and v.position = c.position and v.model = :model offset 0)
  and not exists (select from embedding_refusals r where r.chunk_id = c.id and r.model = :model offset 0)"""

BY_KEY = text("select set_config('enable_bitmapscan', 'off', true), set_config('enable_seqscan', 'off', true)")
ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('embedding_claims', 0))")

# Each alternative has its index; together they would have none.
_EACH_UNFINISHED = " union ".join(
    f"select i.user_id, i.source_id, {_LEFT} as missing, {_START} as start "  # noqa: S608  fixed fragments
    f"from indexed_sources i where {alternative} and {_NOT_DELETED}"
    for alternative in _NAMED
)

# A user's sources: least left first, so that most of them are soon done, and a note never waits for a book. `before` is
# how many chunks of the user's stand before those of a source: beyond the wanted ones (and those that others have
# claimed) nobody needs to look.
CLAIM = text(
    f"""
    with unfinished as materialized ({_EACH_UNFINISHED}),
    users_in_turn as materialized (
      select w.user_id, t.served_at
      from (select distinct user_id from unfinished) w join users u on u.user_id = w.user_id and u.erased_at is null
        left join embedding_turns t on t.user_id = w.user_id
      order by t.served_at nulls first, w.user_id limit :spare
    ),
    in_line as materialized (
      select w.user_id, w.source_id, w.missing, w.start, u.served_at,
        sum(w.missing) over (partition by w.user_id order by w.missing, w.source_id) - w.missing as before
      from users_in_turn u join unfinished w on w.user_id = u.user_id
    ),
    held as materialized (select count(*) as claims from embedding_claims where expires_at > :now),
    waiting as materialized (
      select c.id, c.content_hash, l.user_id, l.source_id, l.served_at, l.missing, c.position
      from in_line l cross join held cross join lateral (
        select c.id, c.position, c.content_hash from chunks c
        where c.user_id = l.user_id and c.source_id = l.source_id and c.position >= l.start and {_WITHOUT_VECTOR}
          and not exists (
            select from embedding_claims k where k.user_id = c.user_id and k.content_hash = c.content_hash
              and k.model = :model and k.expires_at > :now offset 0)
        order by c.position limit :spare
      ) c
      where l.before < :spare + held.claims
    ),
    texts as materialized (
      select distinct on (user_id, content_hash) * from waiting
      order by user_id, content_hash, missing, source_id, position
    ),
    next as materialized (
      select *, row_number() over (partition by user_id order by missing, source_id, position) as turn from texts
      order by turn, served_at nulls first, user_id limit :limit
    ),
    forgotten as (delete from embedding_claims where expires_at < cast(:now as timestamptz) - interval '1 hour'),
    claimed as (
      insert into embedding_claims as known (user_id, content_hash, model, holder, expires_at)
      select user_id, content_hash, :model, :holder, cast(:now as timestamptz) + :lease
      from next order by user_id, content_hash
      on conflict (user_id, content_hash, model)
        do update set holder = excluded.holder, expires_at = excluded.expires_at where known.expires_at <= :now
      returning user_id, content_hash
    ),
    served as (
      insert into embedding_turns (user_id, served_at)
      -- Who got one chunk less begins the next time: a turn goes on where a batch cut it off.
      select user_id, clock_timestamp()
        + row_number() over (order by count(*), min(served_at) nulls first, user_id) * interval '1 microsecond'
      from next group by user_id order by user_id
      on conflict (user_id) do update set served_at = excluded.served_at
    )
    select next.id, next.user_id, next.source_id, c.content, c.heading, s.title,
      coalesce(s.processed_at, s.created_at) as since, known.vector as known
    from next
      join claimed on claimed.user_id = next.user_id and claimed.content_hash = next.content_hash
      join chunks c on c.id = next.id
      join sources s on s.id = next.source_id
      left join lateral (
        select cast(v.embedding as text) as vector
        from (
          select o.source_id, o.position from chunks o
          where o.user_id = next.user_id and o.content_hash = next.content_hash offset 0
        ) other cross join lateral (
          select w.embedding from chunk_vectors w where w.user_id = next.user_id and w.source_id = other.source_id
            and w.position = other.position and w.model = :model offset 0
        ) v
        limit 1
      ) known on true
    order by next.turn, next.served_at nulls first, next.user_id
    """  # noqa: S608  fixed fragments; every value is bound
)
RENEW = text("update embedding_claims set expires_at = :until where holder = :holder")
RELEASE = text("delete from embedding_claims where holder = :holder")

# The chunks that are meant, and of each the chunks of the same owner with the same content, itself among them.
_MEANT = """cross join lateral (
    select user_id, content_hash from chunks where id = given.id offset 0) own"""
_SAME = """cross join lateral (
    select o.id, o.source_id, o.position from chunks o
    where o.user_id = own.user_id and o.content_hash = own.content_hash offset 0) c"""

LOCK = text(
    f"""
    select s.id from sources s where s.deleted_at is null and s.id = any (array(
      select distinct c.source_id from unnest(cast(:ids as uuid[])) as given (id) {_MEANT} {_SAME}))
    order by s.id for no key update
    """  # noqa: S608  as above
)
LOCK_SOURCES = text(
    "select s.id from sources s where s.id = any (cast(:sources as uuid[])) order by s.id for no key update"
)
# Each content once: a batch may be one sentence over and over, from a source that is nothing else. A source that came
# in between is not locked: the next claim finds the vector for it.
STORE = text(
    f"""
    with meant as materialized (
      select distinct on (own.user_id, own.content_hash)
        own.user_id, own.content_hash, given.vector, given.first, given.second
      from unnest(cast(:ids as uuid[]), cast(:vectors as text[]), cast(:firsts as text[]), cast(:seconds as text[]))
        as given (id, vector, first, second) {_MEANT}
      order by own.user_id, own.content_hash
    ),
    stored as (
      insert into chunk_vectors (user_id, source_id, position, model, content_hash, embedding)
      select own.user_id, c.source_id, c.position, :model, own.content_hash, cast(own.vector as halfvec(1024))
      from meant own {_SAME}
      where c.source_id = any (cast(:sources as uuid[]))
      on conflict do nothing
      returning user_id, source_id, position, content_hash
    )
    insert into chunk_planes (user_id, model, source_id, position, first, second)
    select s.user_id, :model, s.source_id, s.position, cast(own.first as bit(1024)), cast(own.second as bit(1024))
    from stored s join meant own on own.user_id = s.user_id and own.content_hash = s.content_hash
    """  # noqa: S608  as above
)
REFUSE = text(
    f"""
    insert into embedding_refusals (user_id, source_id, chunk_id, model, message)
    select c.user_id, c.source_id, c.id, :model, :message
    from chunks own join chunks c on c.user_id = own.user_id and c.content_hash = own.content_hash
    where own.id = any (cast(:ids as uuid[])) and c.source_id = any (cast(:sources as uuid[])) and {_WITHOUT_VECTOR}
    on conflict do nothing
    """  # noqa: S608  as above
)
# Refused in one source, and accepted under another's title.
FORGIVE = text(
    """
    delete from embedding_refusals r
    where r.model = :model and r.source_id = any (cast(:sources as uuid[])) and exists (
      select from chunks c where c.id = r.chunk_id and exists (
        select from chunk_vectors v where v.user_id = c.user_id and v.source_id = c.source_id
          and v.position = c.position and v.model = :model offset 0) offset 0)
    """
)
COUNT = text(
    f"""
    with counted as (
      update indexed_sources i set model = :model,
        embedded = coalesce((
          select n.vectors from vector_counts n
          where n.user_id = i.user_id and n.source_id = i.source_id and n.model = :model), 0),
        refused = (
          select count(*) from embedding_refusals r
          where r.user_id = i.user_id and r.source_id = i.source_id and r.model = :model),
        first_waiting = coalesce((
          select c.position from chunks c
          where c.user_id = i.user_id and c.source_id = i.source_id and c.position >= {_START} and {_WITHOUT_VECTOR}
          order by c.position limit 1), i.chunks)
      where i.source_id = any (cast(:sources as uuid[]))
      returning i.user_id, i.source_id, i.embedded, i.refused
    )
    update sources s set embedded_chunk_count = counted.embedded, refused_chunk_count = counted.refused from counted
    where s.user_id = counted.user_id and s.id = counted.source_id
    """  # noqa: S608  as above
)
STALE = text(
    f"""
    select i.source_id from indexed_sources i
    where {_UNFINISHED} and {_NOT_DELETED} and not exists (
      select from chunks c where c.user_id = i.user_id and c.source_id = i.source_id and {_WITHOUT_VECTOR})
    limit 100
    """  # noqa: S608  as above
)
WAITING = text(
    f"select coalesce(sum({_LEFT}), 0) from indexed_sources i where {_UNFINISHED} and {_NOT_DELETED}"  # noqa: S608  as above
)
MORE_TO_COME = text("select exists (select from sources where status = 'PROCESSING' and deleted_at is null)")
