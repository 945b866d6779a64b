"""Chunks, their lexical index and vectors, the queue of the embedding engine, provider budgets"""

from __future__ import annotations

from alembic import op

from migrations.access import internal, owned_by_user

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OF_SOURCE = "foreign key (user_id, source_id) references sources (user_id, id) on delete cascade"


def upgrade() -> None:
    # A position fits 16 bits, because a posting packs it with an impact into one integer. The order of a source is
    # checked at the end of a statement: reading a source again moves many chunks at once.
    op.execute(
        f"""
        create table chunks (
          id uuid constraint chunks_pkey primary key,
          user_id uuid not null,
          source_id uuid not null,
          position integer not null constraint chunks_position_check check (position between 0 and 65535),
          content text not null,
          content_hash bytea not null constraint chunks_content_hash_check check (length(content_hash) = 32),
          token_count integer not null constraint chunks_token_count_check check (token_count >= 0),
          start_offset integer not null,
          end_offset integer not null,
          page integer constraint chunks_page_check check (page >= 1),
          heading text,
          constraint chunks_offsets_check check (0 <= start_offset and start_offset <= end_offset),
          constraint chunks_user_id_source_id_position_key unique (user_id, source_id, position) deferrable,
          constraint chunks_user_id_source_id_fkey {_OF_SOURCE}
        )
        """
    )
    owned_by_user("chunks")

    # With the hash of what was embedded: when a source is read again, the vectors of what did not change move along.
    # PLAIN keeps a vector in its row, unpacked: an exact scan is four times as fast as with the default.
    op.execute(
        f"""
        create table chunk_vectors (
          user_id uuid not null,
          source_id uuid not null,
          position integer not null,
          model text not null,
          content_hash bytea not null,
          embedding halfvec(1024) not null,
          constraint chunk_vectors_pkey primary key (user_id, source_id, position, model),
          constraint chunk_vectors_user_id_source_id_fkey {_OF_SOURCE}
        )
        """
    )
    op.execute("alter table chunk_vectors alter embedding set storage plain")
    owned_by_user("chunk_vectors")

    # For rescoring: one sparse vector a chunk. Not compressed, and in its row where a page holds it.
    op.execute(
        f"""
        create table chunk_terms (
          user_id uuid not null,
          source_id uuid not null,
          position integer not null,
          weights sparsevec(1000000000) not null,
          constraint chunk_terms_pkey primary key (user_id, source_id, position),
          constraint chunk_terms_user_id_source_id_fkey {_OF_SOURCE}
        )
        """
    )
    op.execute("alter table chunk_terms alter weights set storage external, set (toast_tuple_target = 8160)")
    owned_by_user("chunk_terms")

    # For finding: one row a source and term, written once; each number is position << 16 | round(8192 * impact).
    op.execute(
        f"""
        create table postings (
          user_id uuid not null,
          source_id uuid not null,
          term integer not null,
          impacts integer[] not null,
          constraint postings_pkey primary key (user_id, source_id, term),
          constraint postings_user_id_source_id_fkey {_OF_SOURCE}
        )
        """
    )
    op.execute("create index postings_term_idx on postings (user_id, term)")
    owned_by_user("postings", api="select, insert, delete", worker="select, insert, delete")

    # How many of the user's chunks have a stem. Kept by triggers, because postings also go with their source.
    op.execute(
        """
        create table term_frequencies (
          user_id uuid not null constraint term_frequencies_user_id_fkey references users on delete cascade,
          term integer not null,
          chunks integer not null,
          constraint term_frequencies_pkey primary key (user_id, term)
        )
        """
    )
    owned_by_user("term_frequencies")
    op.execute(
        """
        create function count_postings() returns trigger language plpgsql set search_path = pg_catalog, public as $$
        declare
          owner uuid;
        begin
          -- One writer a user at a time: two sources share terms, and would wait for each other crosswise.
          for owner in select distinct user_id from changed order by user_id loop
            perform pg_advisory_xact_lock(hashtextextended('term_frequencies ' || owner, 0));
          end loop;
          if tg_op = 'INSERT' then
            insert into term_frequencies as known (user_id, term, chunks)
              select user_id, term, sum(cardinality(impacts)) from changed group by user_id, term
              on conflict (user_id, term) do update set chunks = known.chunks + excluded.chunks;
          else
            update term_frequencies as known set chunks = known.chunks - gone.chunks
              from (select user_id, term, sum(cardinality(impacts)) as chunks from changed group by user_id, term) gone
              where known.user_id = gone.user_id and known.term = gone.term;
            delete from term_frequencies as known using (select distinct user_id, term from changed) gone
              where known.user_id = gone.user_id and known.term = gone.term and known.chunks <= 0;
          end if;
          return null;
        end $$
        """
    )
    op.execute(
        "create trigger postings_added after insert on postings referencing new table as changed "
        "for each statement execute function count_postings()"
    )
    op.execute(
        "create trigger postings_removed after delete on postings referencing old table as changed "
        "for each statement execute function count_postings()"
    )

    # What each source has in the index: `embedded` of its `chunks` have a vector of `model`, the last one that ran.
    op.execute(
        f"""
        create table indexed_sources (
          user_id uuid not null,
          source_id uuid not null,
          chunks integer not null,
          model text,
          embedded integer not null default 0,
          constraint indexed_sources_pkey primary key (user_id, source_id),
          constraint indexed_sources_embedded_check check (embedded between 0 and chunks),
          constraint indexed_sources_user_id_source_id_fkey {_OF_SOURCE}
        )
        """
    )
    op.execute("create index indexed_sources_waiting_idx on indexed_sources (user_id) where embedded < chunks")
    op.execute("create index indexed_sources_model_idx on indexed_sources (model)")
    owned_by_user("indexed_sources")

    # Chunks without a vector are the queue; a claim is a worker's word that it is embedding one, good until it expires.
    op.execute(
        """
        create table embedding_claims (
          chunk_id uuid constraint embedding_claims_pkey primary key
            constraint embedding_claims_chunk_id_fkey references chunks on delete cascade,
          holder uuid not null,
          expires_at timestamptz not null
        )
        """
    )
    op.execute("create index embedding_claims_holder_idx on embedding_claims (holder)")
    internal("embedding_claims")
    # When each user was last served, so that the next in turn is known.
    op.execute(
        """
        create table embedding_turns (
          user_id uuid constraint embedding_turns_pkey primary key
            constraint embedding_turns_user_id_fkey references users on delete cascade,
          served_at timestamptz not null
        )
        """
    )
    owned_by_user("embedding_turns", api="select")

    # What a provider account may still do in its present window: one row for all processes, API and workers alike,
    # taken from with one UPDATE before each call. `blocked_until` is the provider's own word (Retry-After). An embedder
    # without a limit has no row.
    op.execute(
        """
        create table provider_budgets (
          account text constraint provider_budgets_pkey primary key,
          window_started_at timestamptz not null,
          window_seconds integer not null
            constraint provider_budgets_window_seconds_check check (window_seconds > 0),
          requests_allowed integer not null
            constraint provider_budgets_requests_allowed_check check (requests_allowed > 0),
          requests_used integer not null default 0
            constraint provider_budgets_requests_used_check check (requests_used >= 0),
          blocked_until timestamptz
        )
        """
    )
    internal("provider_budgets", api="select, insert, update")

    # For whoever asks in SQL. It sees what the caller sees; vectors of one model only are compared: the named one, or
    # the one that most of the user's chunks have.
    op.execute(
        """
        create function match_chunks(
          query_embedding halfvec, match_count integer default 5, filter jsonb default '{}',
          embedded_by text default null
        ) returns table (
          id uuid, source_id uuid, "position" integer, content text, page integer, heading text, metadata jsonb,
          similarity double precision
        ) language sql stable security invoker set search_path = pg_catalog, public as $$
          with asker as (select nullif(current_setting('app.user_id', true), '')::uuid as user_id),
          one_model as (
            select coalesce(embedded_by, (
              select i.model from indexed_sources i where i.user_id = (select user_id from asker)
              group by i.model order by sum(i.embedded) desc, i.model limit 1)) as name
          ),
          wanted as (select l2_normalize(query_embedding) as embedding)
          select c.id, c.source_id, c.position, c.content, c.page, c.heading, s.metadata, -v.distance
          from (
            -- The sum keeps an approximate index out, should one be made: this answer is exact.
            select v.source_id, v.position, (v.embedding <#> (select embedding from wanted)) + 0.0 as distance
            from chunk_vectors v
            where v.user_id = (select user_id from asker) and v.model = (select name from one_model)
              and (filter = '{}' or v.source_id in (
                select s.id from sources s where s.user_id = (select user_id from asker) and s.metadata @> filter))
            order by distance limit match_count
          ) v
          join chunks c on c.user_id = (select user_id from asker) and c.source_id = v.source_id
            and c.position = v.position
          join sources s on s.user_id = (select user_id from asker) and s.id = v.source_id
          order by v.distance, c.source_id, c.position limit match_count
        $$
        """
    )
    op.execute("revoke all on function match_chunks(halfvec, integer, jsonb, text) from public")
    op.execute("grant execute on function match_chunks(halfvec, integer, jsonb, text) to studiolo_api, studiolo_worker")


def downgrade() -> None:
    op.execute("drop function match_chunks(halfvec, integer, jsonb, text)")
    for table in (
        "provider_budgets",
        "embedding_turns",
        "embedding_claims",
        "indexed_sources",
        "postings",
        "term_frequencies",
        "chunk_terms",
        "chunk_vectors",
        "chunks",
    ):
        op.execute(f"drop table {table}")
    op.execute("drop function count_postings()")
