"""Erasures, and nothing new for a user who was erased"""

from __future__ import annotations

from alembic import op

from migrations.access import owned_by_user

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# What a user's rows begin with; all others hang on one of these by a foreign key, and go and stay away with it. (So do
# term_frequencies, which triggers keep for postings.)
_ROOTS = ("sources", "source_texts", "exercises", "documents", "conversations", "credit_holds", "credit_logs")


def upgrade() -> None:
    # The certificate stays when everything else is gone: no cascade.
    op.execute(
        """
        create table erasures (
          user_id uuid constraint erasures_pkey primary key
            constraint erasures_user_id_fkey references users,
          subject text not null,
          requested_at timestamptz not null,
          asked_at timestamptz not null,
          completed_at timestamptz,
          counts jsonb not null default '{}' constraint erasures_counts_check check (jsonb_typeof(counts) = 'object')
        )
        """
    )
    op.execute("create index erasures_pending_idx on erasures (asked_at) where completed_at is null")
    owned_by_user("erasures", api="select, insert", worker="select, insert, update")
    op.execute("grant delete on credit_holds to studiolo_worker")

    # The lock is the one that the foreign key takes as well. Who erases locks the user's row against it: so whatever
    # was inserted is committed before the tombstone and removed with the rest, or comes after it and is refused.
    op.execute(
        """
        create function refuse_erased() returns trigger language plpgsql set search_path = pg_catalog, public as $$
        declare
          gone timestamptz;
        begin
          select erased_at into gone from users where user_id = new.user_id for key share;
          if gone is null then
            return new;
          end if;
          if tg_when = 'BEFORE' then
            return null;
          end if;
          raise exception 'this user was erased' using errcode = 'STER1';
        end $$
        """
    )
    for table in _ROOTS:
        op.execute(
            f"create trigger {table}_refuse_erased after insert on {table} "
            "for each row execute function refuse_erased()"
        )
    # Passed over, not refused: one statement serves the chunks of many users.
    op.execute(
        "create trigger embedding_turns_refuse_erased before insert on embedding_turns "
        "for each row execute function refuse_erased()"
    )


def downgrade() -> None:
    for table in (*_ROOTS, "embedding_turns"):
        op.execute(f"drop trigger {table}_refuse_erased on {table}")
    op.execute("drop function refuse_erased()")
    op.execute("revoke delete on credit_holds from studiolo_worker")
    op.execute("drop table erasures")
