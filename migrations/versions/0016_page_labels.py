"""Page numbers as they are printed"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table chunks add page_label text")


def downgrade() -> None:
    op.execute("alter table chunks drop page_label")
