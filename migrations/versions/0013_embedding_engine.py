"""The embedding engine: claims on texts, chunks that the embedder refuses, the same text found again"""

from __future__ import annotations

from alembic import op

from migrations.access import internal, owned_by_user

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A claim is on a text of a user's, not on a chunk: the same text in two sources goes to one worker, and a source
    # that is read again meanwhile does not put its texts up a second time.
    op.execute("drop table embedding_claims")
    op.execute(
        """
        create table embedding_claims (
          user_id uuid not null constraint embedding_claims_user_id_fkey references users on delete cascade,
          content_hash bytea not null,
          model text not null,
          holder uuid not null,
          expires_at timestamptz not null,
          constraint embedding_claims_pkey primary key (user_id, content_hash, model)
        )
        """
    )
    op.execute("create index embedding_claims_holder_idx on embedding_claims (holder)")
    op.execute("create index embedding_claims_expires_at_idx on embedding_claims (expires_at)")
    owned_by_user("embedding_claims")
    op.execute("revoke all on embedding_claims from studiolo_api")
    op.execute(
        "create trigger embedding_claims_refuse_erased before insert on embedding_claims "
        "for each row execute function refuse_erased()"
    )

    # Whose chunks have the same text: a vector is looked for here before it is paid for.
    op.execute("create index chunks_content_idx on chunks (user_id, content_hash)")

    # What the provider refuses alone is not waiting any more, until its source is read again or the model changes.
    op.execute(
        """
        create table embedding_refusals (
          user_id uuid not null,
          source_id uuid not null,
          chunk_id uuid not null constraint embedding_refusals_chunk_id_fkey references chunks on delete cascade,
          model text not null,
          message text not null,
          constraint embedding_refusals_pkey primary key (chunk_id, model),
          constraint embedding_refusals_user_id_source_id_fkey
            foreign key (user_id, source_id) references sources (user_id, id) on delete cascade
        )
        """
    )
    op.execute("create index embedding_refusals_source_idx on embedding_refusals (user_id, source_id)")
    owned_by_user("embedding_refusals")

    op.execute(
        "alter table sources add refused_chunk_count integer not null default 0 "
        "constraint sources_refused_chunk_count_check check (refused_chunk_count >= 0)"
    )
    op.execute(
        "alter table indexed_sources add refused integer not null default 0 "
        "constraint indexed_sources_refused_check check (refused between 0 and chunks)"
    )
    # Before this position every chunk is done, by the model that is named.
    op.execute("alter table indexed_sources add first_waiting integer not null default 0")
    op.execute("drop index indexed_sources_waiting_idx")
    op.execute(
        "create index indexed_sources_waiting_idx on indexed_sources (user_id) where embedded + refused < chunks"
    )


def downgrade() -> None:
    op.execute("drop index indexed_sources_waiting_idx")
    op.execute("create index indexed_sources_waiting_idx on indexed_sources (user_id) where embedded < chunks")
    op.execute("alter table indexed_sources drop refused, drop first_waiting")
    op.execute("alter table sources drop refused_chunk_count")
    op.execute("drop table embedding_refusals")
    op.execute("drop index chunks_content_idx")
    op.execute("drop table embedding_claims")
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
