"""One running stack for the journeys of all contexts: `studiolo up` in a folder of its own, and users as they come."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from adapters.embedded.folders import free_port
from entrypoints.cli.client import StudioloClient
from tests.builders import a_subject
from tests.builders_clerk import SECRET
from tests.journeys.commands import Up, studiolo


class Stack:
    """A running Studiolo whose workers are missed soon when they are killed."""

    def __init__(self, folder: Path) -> None:
        self.up = Up(
            folder / "data",
            free_port(),
            WORKER_HEARTBEAT_SECONDS="3",
            EMBEDDING_LEASE_SECONDS="5",
            CLERK_WEBHOOK_SECRET=SECRET,
        )
        self.url = f"{self.up.address}/graphql"

    def token(self, user: str | None = None, *, expires_in: int = 3600) -> str:
        """A token of its development issuer, as an operator gets one."""
        options = ["--expires-in", str(expires_in), "--data-dir", str(self.up.data_dir)]
        made = studiolo("token", "--user", user or a_subject(), *options)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Started once for this test worker, stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="studiolo-journey-", ignore_cleanup_errors=True) as folder:
        running = Stack(Path(folder))
        yield running
        running.up.process.terminate()
        running.up.process.wait(30)


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[StudioloClient]:
    """A new user, signed in."""
    async with StudioloClient(stack.url, stack.token()) as opened:
        yield opened
