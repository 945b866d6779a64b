"""The monthly reset: ticks know when their job was finished, rows of users have room to change in place"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A tick that was claimed and never finished is asked for again: the job was lost.
    op.execute("alter table scheduler_ticks add column finished_at timestamptz")
    # A balance changes often and a reset changes all of them: with room in its page an update touches no index.
    op.execute("alter table users set (fillfactor = 80)")


def downgrade() -> None:
    op.execute("alter table users reset (fillfactor)")
    op.execute("alter table scheduler_ticks drop column finished_at")
