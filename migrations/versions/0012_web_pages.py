"""web pages"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # When a page was last looked for, and since when it has not been found: two looks in a row make it unavailable.
    op.execute("alter table sources add column checked_at timestamptz, add column missing_since timestamptz")
    # An address has at most 2,000 characters, all ASCII: less than an index entry may have.
    op.execute("create index sources_pages_idx on sources (url) where kind = 'URL' and status = 'READY'")


def downgrade() -> None:
    op.execute("drop index sources_pages_idx")
    op.execute("alter table sources drop column missing_since, drop column checked_at")
