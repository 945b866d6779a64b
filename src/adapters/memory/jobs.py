"""A job queue that remembers what it was asked for, and does nothing."""

from __future__ import annotations

from application.shared import JobQueue


class MemoryJobQueue(JobQueue):
    """`asked` has each job with its arguments, in the order of asking."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def enqueue(self, job: str, /, **arguments: str) -> None:
        self.asked.append((job, arguments))
