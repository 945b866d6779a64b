"""Processes that die at a chosen step, for tests of what is left behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from domain.shared import UserId


class Killed(BaseException):
    """As the end of a process: nobody below catches it."""


class Doom:
    """Lets so many steps happen, then none."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def step(self) -> None:
        if self._left == 0:
            raise Killed
        self._left -= 1


class Mortal:
    """Something whose every call may be the last thing that happens, before its effect or just after it."""

    def __init__(self, target: Any, doom: Doom) -> None:
        self._target, self._doom = target, doom

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            return Mortal(found, self._doom)

        async def call(*arguments: Any, **named: Any) -> Any:
            self._doom.step()
            result = await found(*arguments, **named)
            self._doom.step()
            return result

        return call


def mortal_uow(uow: Any, doom: Doom) -> Any:
    """The opener of transactions in which one may die."""

    @asynccontextmanager
    async def opened(owner: UserId) -> AsyncIterator[Any]:
        doom.step()
        async with uow(owner) as unit:
            yield Mortal(unit, doom)
        doom.step()

    return opened
