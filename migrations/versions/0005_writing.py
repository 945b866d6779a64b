"""Documents and the sources attached to them"""

from __future__ import annotations

from alembic import op

from migrations.access import owned_by_user

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create type document_template as enum ('RESEARCH_PAPER', 'REPORT', 'ESSAY', 'ARTICLE', 'NOTES')")
    op.execute("create type document_status as enum ('DRAFT', 'PUBLISHED', 'ARCHIVED')")
    op.execute(
        """
        create table documents (
          id uuid constraint documents_pkey primary key,
          user_id uuid not null constraint documents_user_id_fkey references users on delete cascade,
          title text not null constraint documents_title_check check (char_length(title) between 1 and 200),
          typst_content text not null
            constraint documents_typst_content_check check (char_length(typst_content) <= 100000),
          template document_template not null,
          citation_format citation_format not null,
          status document_status not null,
          metadata jsonb not null default '[]'
            constraint documents_metadata_check check (jsonb_typeof(metadata) = 'array'),
          citation_count integer not null default 0
            constraint documents_citation_count_check check (citation_count >= 0),
          version integer not null constraint documents_version_check check (version >= 1),
          created_at timestamptz not null,
          updated_at timestamptz not null,
          constraint documents_user_id_id_key unique (user_id, id)
        )
        """
    )
    op.execute("create index documents_list_idx on documents (user_id, created_at desc, id desc)")
    owned_by_user("documents")

    # Keys of two columns: a foreign key does not see row-level security, so the owner is part of what it compares.
    op.execute(
        """
        create table attachments (
          document_id uuid not null,
          source_id uuid not null,
          user_id uuid not null,
          citation_key text not null constraint attachments_citation_key_check check (citation_key <> ''),
          citation_number integer constraint attachments_citation_number_check check (citation_number >= 1),
          attached_at timestamptz not null,
          constraint attachments_pkey primary key (document_id, source_id),
          constraint attachments_document_id_fkey foreign key (user_id, document_id)
            references documents (user_id, id) on delete cascade,
          constraint attachments_source_id_fkey foreign key (user_id, source_id)
            references sources (user_id, id) on delete cascade,
          constraint attachments_document_id_citation_key_key unique (document_id, citation_key),
          constraint attachments_document_id_citation_number_key unique (document_id, citation_number)
        )
        """
    )
    op.execute("create index attachments_document_idx on attachments (user_id, document_id)")
    op.execute("create index attachments_source_idx on attachments (user_id, source_id)")
    owned_by_user("attachments")


def downgrade() -> None:
    op.execute("drop table attachments")
    op.execute("drop table documents")
    op.execute("drop type document_status")
    op.execute("drop type document_template")
