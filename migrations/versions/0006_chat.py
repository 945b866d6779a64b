"""Conversations, messages, turns, citations; webhooks and scheduler ticks that were dealt with"""

from __future__ import annotations

from alembic import op

from migrations.access import internal, owned_by_user

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OF_CONVERSATION = "foreign key (user_id, conversation_id) references conversations (user_id, id) on delete cascade"


def upgrade() -> None:
    op.execute(
        """
        create table conversations (
          id uuid constraint conversations_pkey primary key,
          user_id uuid not null constraint conversations_user_id_fkey references users on delete cascade,
          title text not null constraint conversations_title_check check (char_length(title) between 1 and 200),
          document_id uuid constraint conversations_document_id_fkey references documents on delete set null,
          created_at timestamptz not null,
          updated_at timestamptz not null,
          constraint conversations_user_id_id_key unique (user_id, id)
        )
        """
    )
    op.execute("create index conversations_list_idx on conversations (user_id, created_at desc, id desc)")
    op.execute("create index conversations_document_id_idx on conversations (document_id)")
    owned_by_user("conversations")

    op.execute("create type message_role as enum ('USER', 'ASSISTANT')")
    op.execute(
        f"""
        create table messages (
          id uuid constraint messages_pkey primary key,
          user_id uuid not null,
          conversation_id uuid not null,
          role message_role not null,
          content text not null,
          credits_charged integer not null default 0
            constraint messages_credits_charged_check check (credits_charged >= 0),
          created_at timestamptz not null,
          constraint messages_user_id_id_key unique (user_id, id),
          constraint messages_conversation_id_fkey {_OF_CONVERSATION}
        )
        """
    )
    op.execute("create index messages_list_idx on messages (user_id, conversation_id, created_at, id)")
    owned_by_user("messages")

    op.execute("create type turn_status as enum ('RUNNING', 'COMPLETED', 'FAILED')")
    op.execute(
        """
        create type turn_failure_code as enum (
          'SERVICE_UNAVAILABLE', 'RATE_LIMITED', 'INSUFFICIENT_CREDITS', 'NOT_FOUND', 'FORBIDDEN', 'BAD_USER_INPUT',
          'CONFLICT', 'INTERNAL', 'ABANDONED', 'LOST'
        )
        """
    )
    op.execute(
        f"""
        create table turns (
          id uuid constraint turns_pkey primary key,
          user_id uuid not null,
          conversation_id uuid not null,
          question_id uuid not null,
          answer_id uuid,
          key text constraint turns_key_check check (char_length(key) between 1 and 200),
          status turn_status not null,
          failure_code turn_failure_code,
          failure_message text,
          failure_retryable boolean,
          tokens_used integer not null default 0 constraint turns_tokens_used_check check (tokens_used >= 0),
          credits_charged integer not null default 0
            constraint turns_credits_charged_check check (credits_charged >= 0),
          balance bigint constraint turns_balance_check check (balance >= 0),
          started_at timestamptz not null,
          finished_at timestamptz,
          constraint turns_user_id_key_key unique (user_id, key),
          constraint turns_conversation_id_fkey {_OF_CONVERSATION},
          constraint turns_question_id_fkey foreign key (user_id, question_id)
            references messages (user_id, id) on delete cascade,
          constraint turns_answer_id_fkey foreign key (user_id, answer_id)
            references messages (user_id, id) on delete cascade,
          constraint turns_outcome_check check (
            (status = 'COMPLETED') = (answer_id is not null)
            and (status = 'FAILED') = (failure_code is not null)
            and (status = 'RUNNING') = (finished_at is null)
          )
        )
        """
    )
    op.execute("create index turns_conversation_idx on turns (user_id, conversation_id)")
    op.execute("create index turns_question_idx on turns (user_id, question_id)")
    op.execute("create index turns_answer_idx on turns (user_id, answer_id)")
    op.execute("create index turns_running_idx on turns (started_at) where status = 'RUNNING'")
    owned_by_user("turns")

    # A citation outlives what it quotes: chunk and source become null, the words and the words around them stay.
    op.execute("create type citation_verdict as enum ('VERIFIED', 'FUZZY', 'UNSUPPORTED')")
    op.execute(
        """
        create table citations (
          message_id uuid not null,
          position integer not null,
          user_id uuid not null,
          marker integer not null constraint citations_marker_check check (marker >= 1),
          verdict citation_verdict not null,
          source_id uuid constraint citations_source_id_fkey references sources on delete set null,
          chunk_id uuid constraint citations_chunk_id_fkey references chunks on delete set null,
          quote text not null,
          start_offset integer not null,
          end_offset integer not null,
          page integer constraint citations_page_check check (page >= 1),
          prefix text not null,
          suffix text not null,
          constraint citations_pkey primary key (user_id, message_id, position),
          constraint citations_offsets_check check (0 <= start_offset and start_offset < end_offset),
          constraint citations_message_id_fkey foreign key (user_id, message_id)
            references messages (user_id, id) on delete cascade
        )
        """
    )
    op.execute("create index citations_source_id_idx on citations (source_id)")
    op.execute("create index citations_chunk_id_idx on citations (chunk_id)")
    owned_by_user("citations")

    # A webhook is written down in the transaction that has its effect, so that a replay changes nothing.
    op.execute(
        """
        create table processed_webhooks (
          id text constraint processed_webhooks_pkey primary key,
          type text not null,
          processed_at timestamptz not null
        )
        """
    )
    op.execute("create index processed_webhooks_processed_at_idx on processed_webhooks (processed_at)")
    internal("processed_webhooks", api="select, insert")

    # Many workers see the clock strike; the one that writes the tick down does its work.
    op.execute(
        """
        create table scheduler_ticks (
          job text not null,
          tick timestamptz not null,
          claimed_at timestamptz not null,
          constraint scheduler_ticks_pkey primary key (job, tick)
        )
        """
    )
    internal("scheduler_ticks")


def downgrade() -> None:
    for table in ("scheduler_ticks", "processed_webhooks", "citations", "turns", "messages", "conversations"):
        op.execute(f"drop table {table}")
    for name in ("citation_verdict", "turn_failure_code", "turn_status", "message_role"):
        op.execute(f"drop type {name}")
