"""The turns that this process runs: they go on when the client goes away, and end with the process."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine


class RunningTurns:
    """Keeps the tasks. `aclose` stops them all and waits until each has put down how it ended."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, turn: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(turn)
        # The event loop itself keeps no more than a weak reference.
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            # Nobody waits for a turn: whoever follows it was told of its end, and the log of the fault.
            task.get_loop().call_exception_handler({"message": "a turn ended by a fault of ours", "exception": fault})

    async def aclose(self) -> None:
        """A turn that is cut short is told as lost: it may be asked again."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
