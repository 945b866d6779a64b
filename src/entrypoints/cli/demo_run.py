"""What `studiolo demo` needs around the demonstration: a file, an address, a user, and an exit status."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx2
from rich.console import Console
from rich.markup import escape
from websockets.exceptions import WebSocketException

from entrypoints.cli.client import OperationFailed, StudioloClient
from entrypoints.cli.demo import SAMPLE_QUESTION, Demonstration, StepFailed
from entrypoints.cli.development_token import mint
from entrypoints.cli.sample_library import SAMPLE, SAMPLE_NAME
from entrypoints.settings import Settings

_LONGEST = timedelta(hours=1)
_WIDTH = 116


def run(settings: Settings, *, file: Path | None, url: str | None, question: str | None, token: str | None) -> int:
    """The exit status: 0 when every step gave what it should, 1 after one line that says which did not."""
    console = _console()
    address = url or f"http://{settings.host}:{settings.port}/graphql"
    if token is None:
        token = mint(settings, f"demo-{uuid4().hex[:12]}", _LONGEST)
    chosen = file or SAMPLE
    asked = question or (SAMPLE_QUESTION if file is None else None)
    try:
        asyncio.run(
            _walk(console, address, token, SAMPLE_NAME if file is None else file.name, chosen.read_bytes(), asked)
        )
    except httpx2.ConnectError:
        return _failed(console, f"Nothing answers at {address}. Start it with `studiolo up`, or use `make demo`.")
    except (StepFailed, OperationFailed, httpx2.HTTPError, WebSocketException, OSError) as error:
        return _failed(console, f"The demonstration failed: {str(error) or type(error).__name__}")
    return 0


def _console() -> Console:
    """As wide as the terminal; in a file or a pipe, plain and a little wider."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH)


async def _walk(
    console: Console, address: str, token: str, filename: str, content: bytes, question: str | None
) -> None:
    async with StudioloClient(address, token) as client:
        await Demonstration(client=client, console=console)(filename, content, question)


def _failed(console: Console, sentence: str) -> int:
    console.print(f"[bold red]✗[/] {escape(sentence)}", highlight=False)
    return 1
