"""The commands. Each imports what it needs when it runs, so that the quick ones are quick."""

from __future__ import annotations

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from entrypoints.cli import account, credits, index

if TYPE_CHECKING:
    from entrypoints.settings import Settings

app = typer.Typer(
    name="studiolo",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Studiolo: a study and writing assistant behind a GraphQL API.\n\n"
        "**studiolo up** runs everything on this machine: PostgreSQL, Valkey, the API and a worker, with nothing "
        "to install or to configure. For production set DATABASE_URL and REDIS_URL, run **studiolo migrate** "
        "once, then as many **studiolo serve** and **studiolo worker** as you need.\n\n"
        "Settings are read from the environment and from `.env`; `.env.example` lists them all."
    ),
)

app.add_typer(account.app, name="account")
app.add_typer(credits.app, name="credits")
app.add_typer(index.app, name="index")

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="DIR", help="Data folder; default: STUDIOLO_DATA_DIR, or your own data folder."),
]
Port = Annotated[
    int | None, typer.Option("--port", min=1, max=65_535, help="Port of the API; default: STUDIOLO_PORT, or 8000.")
]


@app.command()
def up(
    port: Port = None,
    data_dir: DataDir = None,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help="End at once when the process that started this one is killed.")
    ] = False,
) -> None:
    """Run everything in one process tree, until Ctrl-C.

    Starts the embedded PostgreSQL and Valkey (each only if DATABASE_URL or REDIS_URL does not name another), brings the
    database up to date, starts the API and a worker, and prints the address and a token to begin with. What ends
    unexpectedly is started again. Data stays in the data folder: the next start goes on where this one ended.
    """
    from adapters.embedded.processes import die_with_parent
    from entrypoints.cli.banner import Banner
    from entrypoints.cli.up import up as run

    if with_parent:
        die_with_parent(os.getppid(), signal.SIGKILL)
    run(_settings(port=port, data_dir=data_dir), Banner())


@app.command()
def serve(port: Port = None, data_dir: DataDir = None) -> None:
    """Run the API alone, on the given stores or on those of a running `studiolo up`."""
    from entrypoints.cli.running_stack import completed
    from entrypoints.cli.serve import serve as run

    run(completed(_settings(port=port, data_dir=data_dir), "api"))


@app.command()
def worker(data_dir: DataDir = None) -> None:
    """Run workers alone, on the given stores or on those of a running `studiolo up`.

    WORKER_PROCESSES and WORKER_THREADS say how many. To stop, signal this process only, not its children (in systemd:
    KillMode=mixed): jobs in progress have five seconds to end, then they are left to another worker.
    """
    from entrypoints.cli.environment import environment_of
    from entrypoints.cli.running_stack import completed

    settings = completed(_settings(data_dir=data_dir), "worker")
    options = [f"--processes={settings.worker_processes}", f"--threads={settings.worker_threads}"]
    # The master is deaf to signals, and blind to a child's death, until its children have booted or this time is over.
    options += ["--worker-fork-timeout=1000", "--worker-shutdown-timeout=5000", "--skip-logging"]
    options += ["entrypoints.worker.main:start"]
    # In our own place: the process that is signalled is then Dramatiq's master, which tells its workers.
    os.execve(sys.executable, [sys.executable, "-m", "dramatiq", *options], environment_of(settings))  # noqa: S606


@app.command()
def migrate(data_dir: DataDir = None) -> None:
    """Bring the database up to date: that of DIRECT_URL, else of DATABASE_URL, else of a running `studiolo up`."""
    from entrypoints.cli.migrate import migrate as run

    run(_settings(data_dir=data_dir))


@app.command()
def doctor(data_dir: DataDir = None) -> None:
    """Check everything that Studiolo stands on: a line each, with what to do about it. Exit status 1 if any fails."""
    from entrypoints.cli.doctor import doctor as run

    sys.exit(0 if run(_settings(data_dir=data_dir)) else 1)


@app.command()
def token(
    user: Annotated[str, typer.Option("--user", metavar="NAME", help="Whom the token signs in.")],
    data_dir: DataDir = None,
    expires_in: Annotated[
        int, typer.Option("--expires-in", metavar="SECONDS", help="How long it is good for; negative: already expired.")
    ] = 30 * 24 * 3600,
    email: Annotated[str | None, typer.Option("--email", metavar="ADDRESS", help="The user's e-mail address.")] = None,
) -> None:
    """Print a token of the development issuer, and nothing else. Nothing needs to run."""
    from entrypoints.cli.development_token import mint

    print(mint(_settings(data_dir=data_dir), user, timedelta(seconds=expires_in), email))


@app.command()
def demo(
    file: Annotated[
        Path | None,
        typer.Argument(help="A PDF, text or Markdown file; default: a text of ours.", exists=True, dir_okay=False),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="GraphQL address; default: that of a `studiolo up` on this machine."),
    ] = None,
    question: Annotated[
        str | None, typer.Option("--question", metavar="TEXT", help="What to ask; default: the source's title.")
    ] = None,
    given_token: Annotated[
        str | None,
        typer.Option("--token", metavar="TOKEN", help="Who asks; default: a new user of the development issuer."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Walk through the whole study loop on a running stack, through GraphQL only, as a client would.

    Adds a source, follows it while it is read, searches it, asks about it, makes exercises, answers three of them, and
    shows what it cost. Exit status 1 if any step fails. `make demo` brings a stack of its own.
    """
    from entrypoints.cli.demo_run import run

    sys.exit(run(_settings(data_dir=data_dir), file=file, url=url, question=question, token=given_token))


def _settings(*, port: int | None = None, data_dir: Path | None = None) -> Settings:
    """Those of this process, with what the command line says. Errors: InvalidSettings."""
    from entrypoints.settings import load_settings

    return load_settings(port=port, data_dir=data_dir)
