"""Credits: a ledger, its running balance, and holds on what work in progress may cost.

A balance is never negative, a hold never exceeds what is available, and every change of the balance has one line in
the ledger. Rules only: storing both in one statement is the repository's promise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from math import ceil

from domain.shared import Conflict, CreditEntryId, HoldId, PaymentRequired, UserId

TOKENS_PER_CREDIT = 1_000


class CreditOperation(StrEnum):
    GRANT = "GRANT"
    RESET = "RESET"
    GENERATION = "GENERATION"
    CHAT = "CHAT"
    WEB_SEARCH = "WEB_SEARCH"
    GRADING = "GRADING"
    RETRIEVAL = "RETRIEVAL"
    SAVE = "SAVE"
    REFUND = "REFUND"
    ADJUSTMENT = "ADJUSTMENT"


class HoldStatus(StrEnum):
    ACTIVE = "ACTIVE"
    SETTLED = "SETTLED"
    RELEASED = "RELEASED"


class InsufficientCredits(PaymentRequired):
    """The balance, less what is held, does not cover the cost."""

    def __init__(self, *, balance: int, required: int) -> None:
        cost = "1 credit" if required == 1 else f"{required} credits"
        super().__init__(f"This may cost up to {cost}; you have {balance}.", balance=balance, required=required)


class DuplicateEntry(Conflict):
    """The ledger already has a line with this idempotency key: the work was paid for before."""

    def __init__(self, key: str) -> None:
        super().__init__("This was charged before.", key=key)


def cost_of_tokens(tokens: int) -> int:
    """Credits for language-model work: one for each thousand tokens begun."""
    if tokens < 0:
        raise ValueError(f"a negative number of tokens: {tokens}")
    return ceil(tokens / TOKENS_PER_CREDIT)


def next_reset(after: datetime) -> datetime:
    """The next 00:00 UTC on the 1st."""
    utc = after.astimezone(UTC)
    year, month = (utc.year + 1, 1) if utc.month == 12 else (utc.year, utc.month + 1)
    return datetime(year, month, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditEntry:
    """One line of the ledger. `cost` is positive for a charge, negative for a grant or refund. `key` is unique."""

    id: CreditEntryId
    owner: UserId
    operation: CreditOperation
    cost: int
    balance_after: int
    key: str
    created_at: datetime
    tokens_used: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Credits set aside for work whose price is not known yet; it frees itself at `expires_at`."""

    id: HoldId
    owner: UserId
    operation: CreditOperation
    amount: int
    created_at: datetime
    expires_at: datetime
    status: HoldStatus = HoldStatus.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user's credits: `credits` is the sum of the ledger (negated), `held` the sum of the active holds."""

    owner: UserId
    credits: int
    held: int = 0
    reset_at: datetime

    def __post_init__(self) -> None:
        if self.credits < 0 or self.held < 0:
            raise ValueError(f"credits {self.credits}, held {self.held}: neither can be negative")

    @property
    def available(self) -> int:
        """What may be held or spent now."""
        return max(0, self.credits - self.held)

    def hold(self, hold: Hold) -> Account:
        """With this hold placed. InsufficientCredits when less is available."""
        if hold.amount < 0:
            raise ValueError(f"a hold of {hold.amount}")
        if hold.amount > self.available:
            raise InsufficientCredits(balance=self.available, required=hold.amount)
        return replace(self, held=self.held + hold.amount)

    def release(self, hold: Hold) -> tuple[Account, Hold]:
        """Give back what an active hold set aside; any other hold changes nothing."""
        if hold.status is not HoldStatus.ACTIVE:
            return self, hold
        return replace(self, held=self.held - hold.amount), replace(hold, status=HoldStatus.RELEASED)

    def settle(
        self, hold: Hold, *, cost: int, tokens_used: int | None, at: datetime
    ) -> tuple[Account, Hold, CreditEntry]:
        """Charge the true cost in place of the hold.

        A cost above the hold takes from what is available as far as it goes: the work is done, and a balance is never
        negative. The line has the hold's own id and key, so that one hold is charged once.
        """
        if cost < 0:
            raise ValueError(f"a cost of {cost}")
        freed, _ = self.release(hold)
        charged = min(cost, freed.available)
        settled = replace(freed, credits=freed.credits - charged)
        entry = CreditEntry(
            id=CreditEntryId(hold.id),
            owner=self.owner,
            operation=hold.operation,
            cost=charged,
            tokens_used=tokens_used,
            balance_after=settled.credits,
            key=f"hold:{hold.id}",
            created_at=at,
        )
        return settled, replace(hold, status=HoldStatus.SETTLED), entry


def opening(owner: UserId, *, allowance: int, at: datetime) -> tuple[Account, CreditEntry]:
    """A new account with its first grant; the grant's id is the user's, so that there is only ever one."""
    entry = CreditEntry(
        id=CreditEntryId(owner),
        owner=owner,
        operation=CreditOperation.GRANT,
        cost=-allowance,
        balance_after=allowance,
        key=f"grant:{owner}",
        created_at=at,
    )
    return Account(owner=owner, credits=allowance, reset_at=at), entry
