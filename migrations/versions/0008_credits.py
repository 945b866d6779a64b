"""Lines of the ledger that say why, that they are an estimate, and what the balance did not cover"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table credit_logs
          add column estimated boolean not null default false,
          add column shortfall bigint not null default 0
            constraint credit_logs_shortfall_check check (shortfall >= 0),
          add column reason text constraint credit_logs_reason_check check (char_length(reason) between 1 and 500),
          add constraint credit_logs_adjustment_check check (operation <> 'ADJUSTMENT' or reason is not null)
        """
    )
    # What somebody should look at: few lines ever have one.
    op.execute("create index credit_logs_shortfall_idx on credit_logs (created_at desc) where shortfall > 0")


def downgrade() -> None:
    op.execute("drop index credit_logs_shortfall_idx")
    op.execute(
        """
        alter table credit_logs
          drop constraint credit_logs_adjustment_check,
          drop column reason,
          drop column shortfall,
          drop column estimated
        """
    )
