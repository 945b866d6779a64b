"""Credits: a ledger, its running balance, and holds on what work in progress may cost.

A balance is never negative, a hold never exceeds what is available, and every change of the balance has one line in
the ledger. Rules only: storing both in one statement is the repository's promise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from math import ceil

from domain.shared import Conflict, CreditEntryId, HoldId, InvalidInput, PaymentRequired, UserId, checked_text

TOKENS_PER_CREDIT = 1_000
REASON_LIMIT = 500


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


class NothingToRefund(Conflict):
    """The line took nothing, so that nothing can be given back."""

    def __init__(self) -> None:
        super().__init__("This line of the ledger is no charge.")


class TakesTooMuch(InvalidInput):
    """An adjustment would take more than is available: a balance is never negative, and what is held is promised."""

    def __init__(self, *, available: int, amount: int) -> None:
        super().__init__(
            f"{-amount} credits cannot be taken: {available} are available.", available=available, amount=amount
        )


class UnsuitableReason(InvalidInput):
    """A reason is 1 to 500 characters that are not all spaces. `actual` is 0 for one of spaces alone."""

    def __init__(self, actual: int) -> None:
        super().__init__(
            f"A reason has 1 to {REASON_LIMIT} characters.", field="reason", limit=REASON_LIMIT, actual=actual
        )


def cost_of_tokens(tokens: int) -> int:
    """Credits for language-model work: one for each thousand tokens begun."""
    if tokens < 0:
        raise ValueError(f"a negative number of tokens: {tokens}")
    return ceil(tokens / TOKENS_PER_CREDIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditEntry:
    """One line of the ledger. `cost` is positive for a charge, negative for a grant or refund. `key` is unique.

    `estimated`: the provider gave no figures, so `tokens_used` is our own guess. `shortfall` is what the work cost
    beyond `cost`, which the balance did not cover. `reason` is an operator's, for a line written by hand.
    """

    id: CreditEntryId
    owner: UserId
    operation: CreditOperation
    cost: int
    balance_after: int
    key: str
    created_at: datetime
    tokens_used: int | None = None
    estimated: bool = False
    shortfall: int = 0
    reason: str | None = None


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

    @property
    def key(self) -> str:
        """Of the line that charges it: one hold is charged once."""
        return f"hold:{self.id}"


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

    def grow(self, hold: Hold, *, to: int, until: datetime) -> tuple[Account, Hold]:
        """With an active hold that is at least so large, and lives so long; one that has ended stays as it is.

        Errors: InsufficientCredits when what is to be added is not available.
        """
        if hold.status is not HoldStatus.ACTIVE:
            return self, hold
        more = max(0, to - hold.amount)
        if more > self.available:
            raise InsufficientCredits(balance=self.available, required=more)
        grown = replace(hold, amount=hold.amount + more, expires_at=max(until, hold.expires_at))
        return replace(self, held=self.held + more), grown

    def release(self, hold: Hold) -> tuple[Account, Hold]:
        """Give back what an active hold set aside; any other hold changes nothing."""
        if hold.status is not HoldStatus.ACTIVE:
            return self, hold
        return replace(self, held=self.held - hold.amount), replace(hold, status=HoldStatus.RELEASED)

    def settle(
        self, hold: Hold, *, cost: int, tokens_used: int | None, at: datetime, estimated: bool = False
    ) -> tuple[Account, Hold, CreditEntry]:
        """Charge the true cost in place of the hold.

        A cost above the hold takes from what is available as far as it goes: the work is done, and a balance is never
        negative. The rest is the line's `shortfall`. The line has the hold's own id and key.
        """
        if cost < 0:
            raise ValueError(f"a cost of {cost}")
        freed, _ = self.release(hold)
        charged = min(cost, freed.available)
        settled, entry = _changed(
            freed,
            operation=hold.operation,
            cost=charged,
            entry_id=CreditEntryId(hold.id),
            key=hold.key,
            at=at,
            tokens_used=tokens_used,
            estimated=estimated,
            shortfall=cost - charged,
        )
        return settled, replace(hold, status=HoldStatus.SETTLED), entry

    def charge(
        self, *, operation: CreditOperation, cost: int, entry_id: CreditEntryId, key: str, at: datetime
    ) -> tuple[Account, CreditEntry]:
        """Charge work whose price is known beforehand. Errors: InsufficientCredits."""
        if cost < 0:
            raise ValueError(f"a cost of {cost}")
        if cost > self.available:
            raise InsufficientCredits(balance=self.available, required=cost)
        return _changed(self, operation=operation, cost=cost, entry_id=entry_id, key=key, at=at)

    def refund(
        self, charge: CreditEntry, *, reason: str, entry_id: CreditEntryId, at: datetime
    ) -> tuple[Account, CreditEntry]:
        """Give a charge back, once: the key is made from the charge's id. Errors: NothingToRefund, UnsuitableReason."""
        if charge.operation not in _REFUNDABLE or charge.cost <= 0:
            raise NothingToRefund
        return _changed(
            self,
            operation=CreditOperation.REFUND,
            cost=-charge.cost,
            entry_id=entry_id,
            key=refund_key(charge.id),
            at=at,
            reason=_checked(reason),
        )

    def adjust(
        self, *, amount: int, reason: str, entry_id: CreditEntryId, key: str, at: datetime
    ) -> tuple[Account, CreditEntry]:
        """Correct by hand: `amount` is given when positive, taken when negative; 0 leaves a remark.

        Errors: TakesTooMuch when less is available, UnsuitableReason.
        """
        if -amount > self.available:
            raise TakesTooMuch(available=self.available, amount=amount)
        return _changed(
            self,
            operation=CreditOperation.ADJUSTMENT,
            cost=-amount,
            entry_id=entry_id,
            key=key,
            at=at,
            reason=_checked(reason),
        )

    def reset(
        self, *, allowance: int, period_start: datetime, entry_id: CreditEntryId, at: datetime
    ) -> tuple[Account, CreditEntry] | None:
        """The allowance in place of what is left; None when it was granted since the period began.

        Its line is written even when nothing changes, and has a key of its owner and period. What is held stays held:
        work that goes on over the month's end is paid from the new month.
        """
        if self.reset_at >= period_start:
            return None
        granted, entry = _changed(
            self,
            operation=CreditOperation.RESET,
            cost=self.credits - allowance,
            entry_id=entry_id,
            key=reset_key(self.owner, period_start),
            at=at,
        )
        return replace(granted, reset_at=max(at, period_start)), entry


def _changed(
    account: Account,
    *,
    operation: CreditOperation,
    cost: int,
    entry_id: CreditEntryId,
    key: str,
    at: datetime,
    tokens_used: int | None = None,
    estimated: bool = False,
    shortfall: int = 0,
    reason: str | None = None,
) -> tuple[Account, CreditEntry]:
    """The balance less `cost`, and the line that says so."""
    changed = replace(account, credits=account.credits - cost)
    entry = CreditEntry(
        id=entry_id,
        owner=account.owner,
        operation=operation,
        cost=cost,
        balance_after=changed.credits,
        key=key,
        created_at=at,
        tokens_used=tokens_used,
        estimated=estimated,
        shortfall=shortfall,
        reason=reason,
    )
    return changed, entry


_REFUNDABLE = frozenset(CreditOperation) - {
    CreditOperation.GRANT,
    CreditOperation.RESET,
    CreditOperation.REFUND,
    CreditOperation.ADJUSTMENT,
}


def refund_key(charge: CreditEntryId) -> str:
    """Of the one line that gives a charge back."""
    return f"refund:{charge}"


def reset_key(owner: UserId, period_start: datetime) -> str:
    """Of the one line that grants a period's allowance."""
    return f"reset:{owner}:{period_start.astimezone(UTC):%Y-%m-%d}"


def _checked(reason: str) -> str:
    if not reason.strip() or len(reason) > REASON_LIMIT:
        raise UnsuitableReason(len(reason.strip()) and len(reason))
    return checked_text(reason, field="reason")


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
