"""Erasure: what is taken down when a user goes, and the certificate of what was removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid5

from domain.accounts.credits import Account, CreditEntry, CreditOperation
from domain.shared import CreditEntryId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A user's erasure, from the request to the certificate.

    `counts` says how many of each thing there were (rows by table, files); it is a certificate once `completed_at` is
    set, because then all of them were seen to be gone.
    """

    owner: UserId
    subject: str
    requested_at: datetime
    completed_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    def found(self, counts: Mapping[str, int]) -> Erasure:
        """With what was counted before removing it.

        Work that died half-way and counts again finds less than was there at first: the greater number is the true one.
        """
        known = {name: max(self.counts.get(name, 0), number) for name, number in counts.items()}
        return replace(self, counts={**self.counts, **known})

    def completed(self, *, at: datetime) -> Erasure:
        """Everything was seen to be gone. The first time counts."""
        return self if self.completed_at is not None else replace(self, completed_at=at)


def forfeited(account: Account, *, at: datetime) -> tuple[Account, CreditEntry] | None:
    """An erased user's account with nothing in it, and the last line of the ledger; None when nothing was left.

    What was held goes too: it is charged for nothing any more. The line's id and key are derived from the user's id, so
    that there is only ever one.
    """
    if account.credits == 0:
        return None
    line = CreditEntry(
        id=CreditEntryId(uuid5(account.owner, "erasure")),
        owner=account.owner,
        operation=CreditOperation.ADJUSTMENT,
        cost=account.credits,
        balance_after=0,
        key=f"erasure:{account.owner}",
        created_at=at,
        reason="The account was erased.",
    )
    return replace(account, credits=0), line
