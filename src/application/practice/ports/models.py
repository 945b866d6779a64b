"""The language model behind writers, judges and solvers, as an operator looks at it."""

from __future__ import annotations

from typing import Protocol

from domain.accounts import Usage


class LanguageModel(Protocol):
    """What is asked for exercises, judgements and solutions, where a deployment has one."""

    @property
    def name(self) -> str:
        """As its provider names it."""
        ...

    async def check(self) -> Usage | None:
        """Ask it the least that can be asked: what that took, if it tells. Errors: Unavailable, RateLimited."""
        ...
