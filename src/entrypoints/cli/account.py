"""`studiolo account`: hand over everything that a user owns, or remove it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from entrypoints.cli.operating import DataDir, User, id_of, with_application

if TYPE_CHECKING:
    from application.app import Application
    from domain.accounts import Erasure
    from domain.shared import UserId

app = typer.Typer(no_args_is_help=True, help="Hand over everything that a user owns, or remove it.")


@app.command()
def export(
    user: User,
    output: Annotated[
        Path, typer.Option("--output", metavar="FILE", help="The archive (ZIP) to write; it must not be there yet.")
    ],
    data_dir: DataDir = None,
) -> None:
    """Write one archive with everything that the user owns.

    `data/` has a JSON array for each kind of thing, `files/` the original files by the id of their source.
    """
    from entrypoints.cli.archive import write_archive

    if output.exists():
        print(f"studiolo: {output} is there already.", file=sys.stderr)
        raise typer.Exit(1)
    owner = id_of(user)
    written = with_application(
        data_dir, "worker", lambda application: write_archive(output, application.accounts.export_account(owner=owner))
    )
    print(f"{output}: {written} files")


@app.command()
def erase(
    user: User,
    yes: Annotated[bool, typer.Option("--yes", help="Really: it cannot be undone.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Remove everything of a user now, and print the certificate: how much of each thing there was.

    The account never comes back: a tombstone, the certificate and the lines of the ledger stay.
    """
    if not yes:
        print("studiolo: this cannot be undone; say --yes if it is meant.", file=sys.stderr)
        raise typer.Exit(1)
    erasure = with_application(data_dir, "worker", lambda application: _erased(application, id_of(user)))
    print(certificate(erasure))


async def _erased(application: Application, owner: UserId) -> Erasure:
    """Here and now. A worker may be at it too: that does no harm."""
    await application.accounts.request_erasure(owner=owner)
    return await application.accounts.erase_account(owner=owner)


def certificate(erasure: Erasure) -> str:
    """For a person to keep: whose, when, and how many of each."""
    completed = erasure.completed_at.isoformat(timespec="seconds") if erasure.completed_at else "not yet"
    width = max((len(name) for name in erasure.counts), default=0)
    removed = [f"  {name:<{width}}  {number:>9,}" for name, number in sorted(erasure.counts.items())]
    return "\n".join(
        [
            f"Account    {erasure.owner} ({erasure.subject})",
            f"Requested  {erasure.requested_at.isoformat(timespec='seconds')}",
            f"Completed  {completed}",
            "Removed, and seen to be gone:",
            *removed,
        ]
    )
