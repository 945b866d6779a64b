"""Where the events of turns are told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from domain.chat import ChatEvent
from domain.shared import TurnId


class TurnEvents(Protocol):
    """The events of turns, for as long as they run and an hour longer, heard in every process.

    What is appended is kept by its number: the same number again changes nothing.
    """

    async def append(self, turn_id: TurnId, events: Sequence[ChatEvent]) -> None:
        """In the order of their numbers. Errors: Unavailable."""
        ...

    async def told(self, turn_id: TurnId, *, after_seq: int) -> tuple[ChatEvent, ...]:
        """Up to some hundred of those that are there, behind that number. Errors: Unavailable."""
        ...

    def news(self, turn_id: TurnId) -> AbstractAsyncContextManager[Callable[[], Awaitable[None]]]:
        """Inside, each call waits until something was appended since the last one, but for a second at most."""
        ...

    def running(self, turn_id: TurnId) -> AbstractAsyncContextManager[None]:
        """While inside, and up to some seconds after this process died, the turn is known to run."""
        ...

    async def is_running(self, turn_id: TurnId) -> bool:
        """Whether somebody runs it. Errors: Unavailable."""
        ...

    async def cancel(self, turn_id: TurnId) -> None:
        """Ask whoever runs it to stop. Errors: Unavailable."""
        ...

    async def cancelled(self, turn_id: TurnId) -> None:
        """Return once somebody has asked for that, within a second."""
        ...
