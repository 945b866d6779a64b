"""Appeals: what a grading cost, what became of an appeal against it, and corrected lines of the review log"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_CHARGE = "charge_id, credits_charged"
_APPEAL = (
    "appeal_decided_at, appeal_upheld, appeal_reason, appeal_score_before, appeal_credits_refunded, "
    "appeal_credits_charged"
)


def upgrade() -> None:
    # The line of the ledger that paid is named, and not referred to by a key: lines are never deleted, and what was
    # paid for may be.
    op.execute(
        f"""
        alter table responses
          add charge_id uuid,
          add credits_charged integer
            constraint responses_credits_charged_check check (credits_charged >= 0),
          add appeal_decided_at timestamptz,
          add appeal_upheld boolean,
          add appeal_reason text
            constraint responses_appeal_reason_check check (char_length(appeal_reason) <= 1000),
          add appeal_score_before integer
            constraint responses_appeal_score_before_check check (appeal_score_before between 0 and 100),
          add appeal_credits_refunded integer
            constraint responses_appeal_credits_refunded_check check (appeal_credits_refunded >= 0),
          add appeal_credits_charged integer
            constraint responses_appeal_credits_charged_check check (appeal_credits_charged >= 0),
          add constraint responses_charge_check check (num_nulls({_CHARGE}) in (0, 2)),
          add constraint responses_appeal_check check (num_nulls({_APPEAL}) in (0, 6))
        """
    )
    # The log is only added to: a line whose grade an appeal has changed is corrected by a later one of its moment.
    op.execute("alter table review_log add corrects boolean not null default false")


def downgrade() -> None:
    # What an appeal has changed stays changed; the log is left with the later line of each moment.
    op.execute(
        """
        delete from review_log earlier using review_log later
          where later.corrects and later.user_id = earlier.user_id and later.exercise_id = earlier.exercise_id
            and later.reviewed_at = earlier.reviewed_at and later.id > earlier.id
        """
    )
    op.execute("alter table review_log drop corrects")
    op.execute(
        "alter table responses " + ", ".join(f"drop {column.strip()}" for column in f"{_CHARGE}, {_APPEAL}".split(","))
    )
