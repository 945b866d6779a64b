"""`studiolo credits`: the operator's view of an account, and corrections with a reason."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from entrypoints.cli.operating import DataDir, User, id_of, with_application

app = typer.Typer(no_args_is_help=True, help="See and correct what a user may spend; every correction has a reason.")

Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why: it stays in the ledger.")]


@app.command()
def show(
    user: User,
    lines: Annotated[int, typer.Option("--lines", min=1, max=100, help="So many lines of the ledger.")] = 20,
    data_dir: DataDir = None,
) -> None:
    """Print the balance, what is held, and the last lines of the ledger."""
    from entrypoints.cli.credits_view import shown

    print(with_application(data_dir, "api", lambda application: shown(application, id_of(user), lines=lines)))


@app.command()
def adjust(
    user: User,
    amount: Annotated[int, typer.Option("--amount", metavar="N", help="Credits to give; negative: to take.")],
    reason: Reason,
    key: Annotated[
        str | None, typer.Option("--key", metavar="KEY", help="A name for it: a second time with it changes nothing.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Give or take credits, never more than are available."""
    from entrypoints.cli.credits_view import sentence

    entry = with_application(
        data_dir,
        "api",
        lambda application: application.accounts.adjust_credits(
            owner=id_of(user), amount=amount, reason=reason, key=key
        ),
    )
    print(sentence(entry))


@app.command()
def refund(
    user: User,
    entry: Annotated[UUID, typer.Argument(metavar="LINE", help="The id of the charge, as `show` prints it.")],
    reason: Reason,
    data_dir: DataDir = None,
) -> None:
    """Give a charge back, once."""
    from entrypoints.cli.credits_view import sentence

    given_back = with_application(
        data_dir,
        "api",
        lambda application: application.accounts.refund(owner=id_of(user), entry_id=entry, reason=reason),
    )
    print(sentence(given_back))
