"""Citations find their words again when a source is read again"""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create type citation_anchor as enum ('SAME', 'MOVED', 'CHANGED', 'LOST')")
    # A citation is due to be looked for from the moment that its source has another text; null: it is where it says.
    op.execute(
        """
        alter table citations
          add anchor citation_anchor not null default 'SAME',
          add quoted_at integer constraint citations_quoted_at_check check (quoted_at >= 0),
          add anchor_due_at timestamptz,
          add constraint citations_anchor_check check ((anchor in ('MOVED', 'CHANGED')) = (quoted_at is not null))
        """
    )
    # Sources may have been read again before anybody looked.
    op.execute("update citations set anchor_due_at = now() where source_id is not null")
    op.execute(
        """
        create index citations_anchor_due_idx on citations (anchor_due_at)
          where anchor_due_at is not null and source_id is not null
        """
    )


def downgrade() -> None:
    # What was found again stays where it was found.
    op.execute("alter table citations drop anchor, drop quoted_at, drop anchor_due_at")
    op.execute("drop type citation_anchor")
