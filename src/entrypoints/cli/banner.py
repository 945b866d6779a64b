"""What `studiolo up` tells a person: in colour on a terminal, in plain lines, each at once, anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from entrypoints.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

STUDENT = "student"
TOKEN_DAYS = 30


class Banner:
    """Lines on standard output. `coloured` is by default what the output is: a terminal or not."""

    def __init__(self, *, coloured: bool | None = None) -> None:
        self._console: Console | None = None
        if sys.stdout.isatty() if coloured is None else coloured:
            from rich.console import Console

            self._console = Console(highlight=False)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Say that it is being done while it is, and how long it took."""
        began = time.monotonic()
        with self._console.status(f"{name} ...") if self._console else nullcontext():
            yield
        self._line(f"  [green]✓[/] {name} [dim]{time.monotonic() - began:.1f} s[/]", f"  {name}: ready")

    def note(self, text: str) -> None:
        """One thing that happened."""
        self._line(f"[yellow]•[/] {text}", text)

    def ready(self, settings: Settings, *, address: str, token: str | None, library: str | None) -> None:
        """Everything that a person needs to begin. No token where users sign in with Clerk."""
        rows = [
            ("GraphQL", f"{address}/graphql", "in a browser: a small GraphiQL of ours"),
            ("Ready?", f"{address}/readyz", ""),
            ("Sign-in", settings.clerk_issuer or "", "Clerk"),
            ("Library", library or "", ""),
            ("Data", str(settings.data_dir), ""),
            ("Logs", str(settings.data_dir / "logs"), ""),
            ("Stop", "Ctrl-C", ""),
        ]
        self._line("\n[bold green]Studiolo is up.[/]\n", "\nStudiolo is up.\n")
        for name, value, hint in rows:
            if value:
                coloured = f"  [dim]{name:<9}[/][bold]{value}[/]" + (f"  [dim]{hint}[/]" if hint else "")
                self._line(coloured, f"  {name:<9}{value}" + (f"  ({hint})" if hint else ""))
        if token is None:
            return
        how = f"A development token for user `{STUDENT}`, good for {TOKEN_DAYS} days; send it as this header:"
        self._line(f"\n  [dim]{how}[/]\n", f"\n  {how}\n")
        # Never wrapped: it is there to be pasted.
        self._line(f"Authorization: Bearer {token}\n", f"Authorization: Bearer {token}\n")

    def _line(self, coloured: str, plain: str) -> None:
        if self._console is None:
            print(plain, flush=True)
        else:
            self._console.print(coloured, soft_wrap=True)
