"""The two servers that `benchmarks.streaming` compares, each a process of its own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection

from adapters.embedded.folders import free_port
from benchmarks._scripted_stream import Script
from benchmarks._sockets import Socket
from benchmarks._stack import Stack
from tests.journeys.commands import eventually

SOCKETS_OF_ONE_USER = 10

_CHAT = """subscription ($input: ChatInput!) {
  event: chat(input: $input) { __typename turnId seq ... on TextDelta { text } ... on TurnFailed { code } }
}"""
_BARE = "subscription ($message: String!) { event: chat(message: $message) { __typename turnId seq text } }"
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One process that streams; `tokens` are of the users whose sockets take turns (None: nobody asks for one)."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    tokens: Sequence[str | None]

    async def socket(self, number: int = 0) -> Socket:
        """The number says whose it is."""
        return await Socket.opened(self.port, self.tokens[number // SOCKETS_OF_ONE_USER % len(self.tokens)])

    async def ask(self, socket: Socket, script: Script) -> int:
        """When it was asked, in nanoseconds."""
        if self.name == "bare":
            return await socket.subscribe(_BARE, {"message": script.question()})
        return await socket.subscribe(_CHAT, {"input": {"message": script.question()}})

    def memory(self) -> int:
        """Resident, in bytes."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def processor_seconds(self) -> float:
        """Since it began, of all its threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def product(stack: Stack, users: Sequence[str]) -> AsyncIterator[Server]:
    """The API with the scripted model, on the stores of the stack; its sockets are shared among these users."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks._scripted_api"]
    process = await asyncio.to_thread(stack.start_api, port=port, command=command)
    try:
        yield Server(name="product", port=port, process=process, tokens=[stack.token(user) for user in users])
    finally:
        await asyncio.to_thread(stack.kill, process)


@asynccontextmanager
async def bare(stack: Stack) -> AsyncIterator[Server]:
    """`_bare_api`."""
    port = free_port()
    process = _bare_process(stack.folder, port)
    server = Server(name="bare", port=port, process=process, tokens=[None])
    try:
        await asyncio.to_thread(eventually, lambda: process.poll() is not None or _listens(port))
        yield server
    finally:
        process.kill()
        process.wait()


def _bare_process(folder: Path, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchmarks._bare_api", str(port)]
    return subprocess.Popen(command, cwd=folder, env={**os.environ, "PYTHONPATH": python_path()})


def _listens(port: int) -> bool:
    with suppress(OSError), create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def python_path() -> str:
    """With which a process elsewhere finds `benchmarks`."""
    return os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
