"""Provider budgets that slide, and what the API may know of the queue before a source"""

from __future__ import annotations

from alembic import op

from migrations.access import internal

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nothing was ever in it. One row an account, locked by whoever reserves a request; it holds what is known beside
    # the requests that count, and how long a request of the engine takes (which is all there is without a limit).
    op.execute("drop table provider_budgets")
    op.execute(
        """
        create table provider_budgets (
          account text constraint provider_budgets_pkey primary key,
          provider_limit integer constraint provider_budgets_provider_limit_check check (provider_limit > 0),
          blocked_until timestamptz,
          interactive_until timestamptz,
          background_since timestamptz,
          background_until timestamptz,
          seconds_per_request double precision
            constraint provider_budgets_seconds_per_request_check check (seconds_per_request >= 0),
          last_finished_at timestamptz
        )
        """
    )
    internal("provider_budgets", api="select, insert, update")
    # The requests that count: those on their way, and those that were answered less than a minute ago.
    op.execute(
        """
        create table provider_requests (
          id uuid constraint provider_requests_pkey primary key,
          account text not null constraint provider_requests_account_fkey references provider_budgets on delete cascade,
          reserved_at timestamptz not null,
          counts_until timestamptz not null,
          interactive boolean not null,
          answered boolean not null default false
        )
        """
    )
    op.execute("create index provider_requests_counts_until_idx on provider_requests (account, counts_until)")
    internal("provider_requests", api="select, insert, update, delete")

    # Turn by turn, as the engine serves: each user has one chunk a turn, who was served longest ago first; and of a
    # user's sources the one with the least left (the rule is `chunks_ahead` in the domain). Numbers only, and only of
    # the asker's own sources.
    op.execute(
        """
        create function chunks_ahead(of_sources uuid[], of_model text) returns table (source_id uuid, chunks bigint)
        language sql stable security definer set search_path = pg_catalog, public as $$
          with waiting as materialized (
            select i.user_id, i.source_id,
              (case when i.model = of_model then i.chunks - i.embedded - i.refused else i.chunks end)::bigint as missing
            from indexed_sources i
            where i.embedded + i.refused < i.chunks or i.model < of_model or i.model > of_model
              or (i.model is null and i.chunks > 0)
          ),
          users as materialized (
            select w.user_id, sum(w.missing)::bigint as missing,
              row_number() over (order by max(t.served_at) nulls first, w.user_id) as place
            from waiting w left join embedding_turns t on t.user_id = w.user_id
            group by w.user_id
          ),
          wanted as (
            select w.source_id, w.user_id, me.place,
              (sum(w.missing) over (order by w.missing, w.source_id))::bigint as turns
            from waiting w join users me on me.user_id = w.user_id
            where w.user_id = nullif(current_setting('app.user_id', true), '')::uuid
          )
          select n.source_id, n.turns + coalesce((
            select sum(least(case when u.place < n.place then n.turns else n.turns - 1 end, u.missing))
            from users u where u.user_id <> n.user_id
          ), 0)::bigint
          from wanted n where n.source_id = any (of_sources)
        $$
        """
    )
    # Requests of the engine whose chunks have no vector yet: a request counts as under way a moment longer in the
    # budget, which is told of its end after its vectors were stored.
    op.execute(
        """
        create function requests_under_way(of_model text, at timestamptz) returns bigint
        language sql stable security definer set search_path = pg_catalog, public as $$
          select count(distinct k.holder) from embedding_claims k
          where k.model = of_model and k.expires_at > at and exists (
            select from chunks c
            where c.user_id = k.user_id and c.content_hash = k.content_hash
              and not exists (
                select from chunk_vectors v where v.user_id = c.user_id and v.source_id = c.source_id
                  and v.position = c.position and v.model = of_model)
              and not exists (select from embedding_refusals r where r.chunk_id = c.id and r.model = of_model))
        $$
        """
    )
    for function in ("chunks_ahead(uuid[], text)", "requests_under_way(text, timestamptz)"):
        op.execute(f"revoke all on function {function} from public")
        op.execute(f"grant execute on function {function} to studiolo_api, studiolo_worker")


def downgrade() -> None:
    op.execute("drop function requests_under_way(text, timestamptz)")
    op.execute("drop function chunks_ahead(uuid[], text)")
    op.execute("drop table provider_requests")
    op.execute("drop table provider_budgets")
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
