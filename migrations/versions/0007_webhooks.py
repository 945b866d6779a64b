"""What the sign-in service tells of users: when a profile was changed there, and deliveries that failed"""

from __future__ import annotations

from alembic import op

from migrations.access import owned_by_user

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table users add column profile_updated_at timestamptz")

    # No foreign key: a delivery may fail before its user was ever stored, or say nothing of whom it is about. Erasing a
    # user removes these as all rows with a `user_id`.
    op.execute(
        """
        create table failed_webhooks (
          id text constraint failed_webhooks_pkey primary key,
          type text not null,
          user_id uuid,
          subject text,
          error text not null,
          attempts integer not null constraint failed_webhooks_attempts_check check (attempts >= 1),
          failed_at timestamptz not null,
          payload bytea,
          mended_at timestamptz,
          constraint failed_webhooks_payload_check check (mended_at is null or payload is null)
        )
        """
    )
    op.execute("create index failed_webhooks_user_id_idx on failed_webhooks (user_id)")
    op.execute("create index failed_webhooks_open_idx on failed_webhooks (failed_at) where mended_at is null")
    # The API writes payloads down and forgets them; it never reads one.
    owned_by_user("failed_webhooks", api="insert, update, select (id, user_id, attempts, mended_at)")
    op.execute("create policy nobodys_rows on failed_webhooks to studiolo_api using (user_id is null)")


def downgrade() -> None:
    op.execute("drop table failed_webhooks")
    op.execute("alter table users drop column profile_updated_at")
