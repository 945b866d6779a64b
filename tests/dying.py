"""Processes that die at a chosen step, for tests of what is left behind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
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


class Interruption:
    """Lets so many steps happen, then lets something else happen once, and goes on."""

    def __init__(self, steps: int, happens: Callable[[], Awaitable[object]]) -> None:
        self._left, self._happens = steps, happens
        self.happened = False

    async def step(self) -> None:
        if self._left == 0 and not self.happened:
            self.happened = True
            await self._happens()
        self._left -= 1


class Interrupted:
    """Something between whose calls, and before whose effects, something else may happen.

    Not inside a transaction, which would wait for itself where transactions take turns.
    """

    def __init__(self, target: Any, interruption: Interruption) -> None:
        self._target, self._interruption = target, interruption

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)

        async def call(*arguments: Any, **named: Any) -> Any:
            await self._interruption.step()
            result = await found(*arguments, **named)
            await self._interruption.step()
            return result

        @asynccontextmanager
        async def opened(*arguments: Any, **named: Any) -> AsyncIterator[Any]:
            await self._interruption.step()
            async with found(*arguments, **named) as inside:
                await self._interruption.step()
                yield inside
            await self._interruption.step()

        return opened if name in {"local", "fetch"} else call


def interrupted_uow(uow: Any, interruption: Interruption) -> Any:
    """The opener of transactions before and after which something else may happen."""

    @asynccontextmanager
    async def opened(owner: UserId) -> AsyncIterator[Any]:
        await interruption.step()
        async with uow(owner) as unit:
            yield unit
        await interruption.step()

    return opened


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

        @asynccontextmanager
        async def opened(*arguments: Any, **named: Any) -> AsyncIterator[Any]:
            self._doom.step()
            async with found(*arguments, **named) as inside:
                self._doom.step()
                yield inside
            self._doom.step()

        return opened if name in {"local", "fetch"} else call


def mortal_uow(uow: Any, doom: Doom) -> Any:
    """The opener of transactions in which one may die."""

    @asynccontextmanager
    async def opened(owner: UserId) -> AsyncIterator[Any]:
        doom.step()
        async with uow(owner) as unit:
            yield Mortal(unit, doom)
        doom.step()

    return opened
