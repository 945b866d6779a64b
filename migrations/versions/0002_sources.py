"""Sources and their extracted texts"""

from __future__ import annotations

from alembic import op

from migrations.access import owned_by_user

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create type source_kind as enum ('PDF', 'URL', 'TEXT', 'MARKDOWN', 'DOCX', 'EPUB')")
    op.execute("create type source_status as enum ('UPLOADING', 'PROCESSING', 'READY', 'FAILED')")
    op.execute(
        """
        create table sources (
          id uuid constraint sources_pkey primary key,
          user_id uuid not null constraint sources_user_id_fkey references users on delete cascade,
          title text not null constraint sources_title_check check (char_length(title) between 1 and 200),
          kind source_kind not null,
          status source_status not null,
          content_hash text not null,
          language text not null,
          error_message text,
          url text,
          original_filename text,
          author text,
          publication_date date,
          access_date timestamptz not null,
          metadata jsonb not null default '{}' constraint sources_metadata_check
            check (jsonb_typeof(metadata) = 'object'),
          is_available boolean not null default true,
          page_count integer constraint sources_page_count_check check (page_count >= 0),
          chunk_count integer not null default 0 constraint sources_chunk_count_check check (chunk_count >= 0),
          embedded_chunk_count integer not null default 0
            constraint sources_embedded_chunk_count_check check (embedded_chunk_count between 0 and chunk_count),
          created_at timestamptz not null,
          processing_since timestamptz,
          processed_at timestamptz,
          constraint sources_user_id_content_hash_key unique (user_id, content_hash),
          constraint sources_user_id_id_key unique (user_id, id)
        )
        """
    )
    op.execute("create index sources_list_idx on sources (user_id, created_at desc, id desc)")
    op.execute("create index sources_stuck_idx on sources (processing_since, id) where status = 'PROCESSING'")
    op.execute("create index sources_metadata_idx on sources using gin (metadata jsonb_path_ops)")
    owned_by_user("sources")

    op.execute(
        """
        create table source_texts (
          source_id uuid constraint source_texts_pkey primary key
            constraint source_texts_source_id_fkey references sources on delete cascade,
          user_id uuid not null constraint source_texts_user_id_fkey references users on delete cascade,
          text text not null
        )
        """
    )
    op.execute("create index source_texts_user_id_idx on source_texts (user_id)")
    owned_by_user("source_texts")


def downgrade() -> None:
    op.execute("drop table source_texts")
    op.execute("drop table sources")
    op.execute("drop type source_status")
    op.execute("drop type source_kind")
