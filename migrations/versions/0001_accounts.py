"""Extensions, roles, and accounts: users, the ledger of credits, holds"""

from __future__ import annotations

from alembic import op

from migrations.access import owned_by_user

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create extension if not exists vector")
    op.execute("create extension if not exists unaccent")
    # Roles belong to the whole server: another database may have made them, even at this very moment.
    for role in ("studiolo_api", "studiolo_worker"):
        op.execute(
            f"""
            do $$ begin
              if not exists (select from pg_roles where rolname = '{role}') then
                create role {role} nologin;
              end if;
            exception when duplicate_object or unique_violation then null;
            end $$
            """
        )
    op.execute("grant usage on schema public to studiolo_api, studiolo_worker")

    # Italian that folds accents: `citta` finds `città`.
    op.execute("create text search configuration studiolo_italian (copy = pg_catalog.italian)")
    op.execute(
        "alter text search configuration studiolo_italian "
        "alter mapping for hword, hword_part, word with unaccent, italian_stem"
    )

    # "Not yours" and "no such thing" differ, and row-level security hides the difference: this tells only that.
    op.execute(
        """
        create function row_exists(kind text, id uuid) returns boolean
        language plpgsql stable security definer set search_path = pg_catalog, public as $$
        declare
          present boolean;
          key text := case kind when 'users' then 'user_id' else 'id' end;
        begin
          if not exists (select from pg_class where relname = kind and relnamespace = 'public'::regnamespace
                           and relrowsecurity) then
            raise exception 'no table of users'' rows is called %', kind;
          end if;
          execute format('select exists (select from public.%I where %I = $1)', kind, key) into present using id;
          return present;
        end $$
        """
    )
    op.execute("revoke all on function row_exists(text, uuid) from public")
    op.execute("grant execute on function row_exists(text, uuid) to studiolo_api, studiolo_worker")

    op.execute("create type citation_format as enum ('APA', 'MLA', 'CHICAGO')")
    op.execute("create type research_depth as enum ('QUICK', 'DEEP')")
    op.execute(
        """
        create table users (
          user_id uuid constraint users_pkey primary key,
          subject text not null constraint users_subject_key unique,
          email text,
          username text,
          image_url text,
          citation_format citation_format not null default 'APA',
          research_depth research_depth not null default 'QUICK',
          study_language text not null default 'it',
          credits bigint not null constraint users_credits_check check (credits >= 0),
          credits_held bigint not null default 0 constraint users_credits_held_check check (credits_held >= 0),
          credits_reset_at timestamptz not null,
          created_at timestamptz not null,
          erased_at timestamptz
        )
        """
    )
    owned_by_user("users", api="select, insert, update")

    op.execute(
        """
        create type credit_operation as enum (
          'GRANT', 'RESET', 'GENERATION', 'CHAT', 'WEB_SEARCH', 'GRADING', 'RETRIEVAL', 'SAVE', 'REFUND', 'ADJUSTMENT'
        )
        """
    )
    op.execute(
        """
        create table credit_logs (
          id uuid constraint credit_logs_pkey primary key,
          user_id uuid not null constraint credit_logs_user_id_fkey references users on delete cascade,
          operation credit_operation not null,
          cost bigint not null,
          tokens_used integer constraint credit_logs_tokens_used_check check (tokens_used >= 0),
          balance_after bigint not null constraint credit_logs_balance_after_check check (balance_after >= 0),
          key text not null constraint credit_logs_key_key unique,
          created_at timestamptz not null
        )
        """
    )
    op.execute("create index credit_logs_list_idx on credit_logs (user_id, created_at desc, id desc)")
    # Append-only: a line that was written stays as it was.
    owned_by_user("credit_logs", api="select, insert", worker="select, insert")

    op.execute("create type hold_status as enum ('ACTIVE', 'SETTLED', 'RELEASED')")
    op.execute(
        """
        create table credit_holds (
          id uuid constraint credit_holds_pkey primary key,
          user_id uuid not null constraint credit_holds_user_id_fkey references users on delete cascade,
          operation credit_operation not null,
          amount bigint not null constraint credit_holds_amount_check check (amount >= 0),
          status hold_status not null,
          created_at timestamptz not null,
          expires_at timestamptz not null
        )
        """
    )
    op.execute("create index credit_holds_user_idx on credit_holds (user_id, created_at, id)")
    op.execute("create index credit_holds_active_idx on credit_holds (expires_at) where status = 'ACTIVE'")
    owned_by_user("credit_holds", api="select, insert, update", worker="select, insert, update")


def downgrade() -> None:
    for table in ("credit_holds", "credit_logs", "users"):
        op.execute(f"drop table {table}")
    for name in ("hold_status", "credit_operation", "research_depth", "citation_format"):
        op.execute(f"drop type {name}")
    op.execute("drop function row_exists(text, uuid)")
    op.execute("drop text search configuration studiolo_italian")
    op.execute("revoke usage on schema public from studiolo_api, studiolo_worker")
    # The roles and the extensions belong to the server and may serve others: they stay.
