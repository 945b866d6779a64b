"""An account and its ledger, as text."""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from application.app import Application
from application.shared import Window
from domain.accounts import CreditEntry, Hold, next_reset
from domain.shared import UserId

_WIDTH = 160


async def shown(application: Application, owner: UserId, *, lines: int) -> str:
    """The balance, the holds and the last lines. Errors: NoSuch (the user), Unavailable."""
    credits = application.accounts.credits
    account = await credits.account(owner=owner)
    holds = await credits.holds(owner=owner)
    page = await credits.page(owner=owner, window=Window(first=lines))
    console = Console(file=StringIO(), width=_WIDTH, highlight=False)
    console.print(f"user       {account.owner}")
    console.print(f"balance    {account.credits}   held {account.held}   available {account.available}")
    console.print(f"last reset {account.reset_at:%Y-%m-%d %H:%M} UTC   next {next_reset(application.clock()):%Y-%m-%d}")
    for hold in holds:
        console.print(_hold(hold))
    console.print(_ledger(page.items))
    file = console.file
    assert isinstance(file, StringIO)
    return file.getvalue().rstrip()


def sentence(entry: CreditEntry) -> str:
    """One line of the ledger, said aloud."""
    what = f"{entry.cost} credits taken" if entry.cost > 0 else f"{-entry.cost} credits given"
    return f"{what}; the balance is {entry.balance_after}. Line {entry.id}: {entry.reason}"


def _hold(hold: Hold) -> str:
    return f"hold       {hold.amount} for {hold.operation}, until {hold.expires_at:%Y-%m-%d %H:%M:%S} UTC"


def _ledger(entries: tuple[CreditEntry, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("at (UTC)", "operation"):
        table.add_column(title, no_wrap=True)
    for title in ("cost", "balance", "tokens", "not covered"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("line", no_wrap=True)
    table.add_column("reason")
    for entry in entries:
        table.add_row(
            f"{entry.created_at:%Y-%m-%d %H:%M:%S}",
            entry.operation,
            str(entry.cost),
            str(entry.balance_after),
            _tokens(entry),
            str(entry.shortfall or ""),
            str(entry.id),
            Text(entry.reason or ""),
        )
    return table


def _tokens(entry: CreditEntry) -> str:
    """With a tilde where they are estimated."""
    if entry.tokens_used is None:
        return ""
    return f"~{entry.tokens_used}" if entry.estimated else str(entry.tokens_used)
