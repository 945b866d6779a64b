"""One user's books as an auditor reads them: the account, the active holds and every line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from application.accounts import CreditReader
from application.shared import Window
from domain.accounts import Account, CreditEntry, Hold, HoldStatus
from domain.shared import UserId


@dataclass(frozen=True)
class Books:
    """`lines` are in the order in which they were written."""

    account: Account
    holds: tuple[Hold, ...]
    lines: list[CreditEntry]

    def balance_is_the_ledgers_sum(self) -> None:
        """After each line, and never negative."""
        balance = 0
        for line in self.lines:
            balance -= line.cost
            assert line.balance_after == balance >= 0
        assert self.account.credits == balance

    def held_is_the_sum_of_active_holds(self) -> None:
        assert all(hold.status is HoldStatus.ACTIVE for hold in self.holds)
        assert self.account.held == sum(hold.amount for hold in self.holds) >= 0

    def everything_is_paid_once(self, *, asked: Mapping[str, int | None], claimed: set[str]) -> None:
        """What was reported as paid is there, nothing is there that nobody asked for, and each at its price."""
        keys = [line.key for line in self.lines]
        assert len(keys) == len(set(keys)) == len({line.id for line in self.lines})
        assert claimed <= set(keys) <= asked.keys()
        for line in self.lines:
            cost = asked[line.key]
            assert cost is None or line.cost + line.shortfall == cost


async def books_of(owner: UserId, ledger: CreditReader) -> Books:
    return Books(
        account=await ledger.account(owner=owner),
        holds=await ledger.holds(owner=owner),
        lines=await ledger_of(owner, ledger),
    )


async def ledger_of(owner: UserId, ledger: CreditReader) -> list[CreditEntry]:
    """All of it, oldest line first."""
    lines: list[CreditEntry] = []
    window = Window(first=100)
    while True:
        page = await ledger.page(owner=owner, window=window)
        lines += page.items
        if not page.has_next:
            return lines[::-1]
        window = Window(first=100, after=page.positions[-1])
