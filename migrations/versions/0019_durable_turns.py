"""Turns that go on by themselves: one at a time in a conversation, and told again event by event"""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of a conversation with several running turns all but the last have lost their process: turns ended with their
    # client until now. No process runs while the schema is moved.
    op.execute(
        """
        update turns t set status = 'FAILED', failure_code = 'LOST', failure_retryable = true, finished_at = now(),
          failure_message = 'The answer was cut short on our side.'
        where status = 'RUNNING'
        """
    )
    op.execute(
        """
        alter table turns
          add column hold_id uuid,
          add column outline jsonb not null default '[]'
            constraint turns_outline_check check (jsonb_typeof(outline) = 'array'),
          add column last_seq integer not null default 0 constraint turns_last_seq_check check (last_seq >= 0)
        """
    )
    op.execute("drop index turns_running_idx")
    op.execute(
        "create unique index turns_one_at_a_time_idx on turns (user_id, conversation_id) where status = 'RUNNING'"
    )
    op.execute("alter type turn_failure_code add value if not exists 'CANCELLED'")


def downgrade() -> None:
    # An enumeration loses no value; what was cancelled reads as abandoned, as it was before.
    op.execute("update turns set failure_code = 'ABANDONED' where failure_code = 'CANCELLED'")
    op.execute("drop index turns_one_at_a_time_idx")
    op.execute("create index turns_running_idx on turns (started_at) where status = 'RUNNING'")
    op.execute("alter table turns drop column hold_id, drop column outline, drop column last_seq")
