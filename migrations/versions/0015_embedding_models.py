"""Embedding models that change: what each has of every source, and which are still in use"""

from __future__ import annotations

from alembic import op

from migrations.access import internal, owned_by_user

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_MATCH_CHUNKS = """
create or replace function match_chunks(
  query_embedding halfvec, match_count integer default 5, filter jsonb default '{{}}',
  embedded_by text default null
) returns table (
  id uuid, source_id uuid, "position" integer, content text, page integer, heading text, metadata jsonb,
  similarity double precision
) language sql stable security invoker set search_path = pg_catalog, public as $$
  with asker as (select nullif(current_setting('app.user_id', true), '')::uuid as user_id),
  one_model as (select coalesce(embedded_by, ({most_used})) as name),
  wanted as (select l2_normalize(query_embedding) as embedding)
  select c.id, c.source_id, c.position, c.content, c.page, c.heading, s.metadata, -v.distance
  from (
    -- The sum keeps an approximate index out, should one be made: this answer is exact.
    select v.source_id, v.position, (v.embedding <#> (select embedding from wanted)) + 0.0 as distance
    from chunk_vectors v
    where v.user_id = (select user_id from asker) and v.model = (select name from one_model)
      and (filter = '{{}}' or v.source_id in (
        select s.id from sources s where s.user_id = (select user_id from asker) and s.metadata @> filter))
    order by distance limit match_count
  ) v
  join chunks c on c.user_id = (select user_id from asker) and c.source_id = v.source_id
    and c.position = v.position
  join sources s on s.user_id = (select user_id from asker) and s.id = v.source_id
  order by v.distance, c.source_id, c.position limit match_count
$$
"""
_BY_VECTORS = """
select n.model from vector_counts n where n.user_id = (select user_id from asker)
group by n.model order by sum(n.vectors) desc, n.model limit 1"""
_BY_SOURCES = """
select i.model from indexed_sources i where i.user_id = (select user_id from asker)
group by i.model order by sum(i.embedded) desc, i.model limit 1"""


def upgrade() -> None:
    # Which models have been the present one, and when one last was: a running worker writes it down. Vectors of a
    # model that some worker still wants are left alone, or two workers with two settings would delete each other's.
    op.execute(
        """
        create table embedding_models (
          model text constraint embedding_models_pkey primary key,
          present_at timestamptz not null
        )
        """
    )
    internal("embedding_models", api="select, insert")

    # How many vectors of each model a source has. Kept by triggers: vectors also go with their source.
    op.execute(
        """
        create table vector_counts (
          user_id uuid not null,
          source_id uuid not null,
          model text not null,
          vectors integer not null,
          constraint vector_counts_pkey primary key (user_id, source_id, model),
          constraint vector_counts_user_id_source_id_fkey
            foreign key (user_id, source_id) references sources (user_id, id) on delete cascade
        )
        """
    )
    op.execute("create index vector_counts_model_idx on vector_counts (model)")
    owned_by_user("vector_counts")
    op.execute(
        """
        create function count_vectors() returns trigger language plpgsql set search_path = pg_catalog, public as $$
        begin
          if tg_op = 'INSERT' then
            insert into vector_counts as known (user_id, source_id, model, vectors)
              select user_id, source_id, model, count(*) from changed group by user_id, source_id, model
              order by user_id, source_id, model
              on conflict (user_id, source_id, model) do update set vectors = known.vectors + excluded.vectors;
            insert into embedding_models (model, present_at)
              select distinct changed.model, now() from changed
              where not exists (select from embedding_models m where m.model = changed.model)
              on conflict do nothing;
          else
            update vector_counts as known set vectors = known.vectors - gone.vectors
              from (
                select user_id, source_id, model, count(*) as vectors from changed group by user_id, source_id, model
              ) gone
              where known.user_id = gone.user_id and known.source_id = gone.source_id and known.model = gone.model;
            delete from vector_counts as known using (select distinct user_id, source_id, model from changed) gone
              where known.user_id = gone.user_id and known.source_id = gone.source_id and known.model = gone.model
                and known.vectors <= 0;
          end if;
          return null;
        end $$
        """
    )
    op.execute(
        "create trigger vectors_added after insert on chunk_vectors referencing new table as changed "
        "for each statement execute function count_vectors()"
    )
    op.execute(
        "create trigger vectors_removed after delete on chunk_vectors referencing old table as changed "
        "for each statement execute function count_vectors()"
    )
    op.execute(
        "insert into vector_counts (user_id, source_id, model, vectors) "
        "select user_id, source_id, model, count(*) from chunk_vectors group by user_id, source_id, model"
    )
    op.execute("insert into embedding_models (model, present_at) select distinct model, now() from vector_counts")

    # `indexed_sources` names the model that ran last; the one that most chunks have may be another.
    op.execute(_MATCH_CHUNKS.format(most_used=_BY_VECTORS))


def downgrade() -> None:
    op.execute(_MATCH_CHUNKS.format(most_used=_BY_SOURCES))
    op.execute("drop trigger vectors_removed on chunk_vectors")
    op.execute("drop trigger vectors_added on chunk_vectors")
    op.execute("drop function count_vectors()")
    op.execute("drop table vector_counts")
    op.execute("drop table embedding_models")
