"""What work took of the services that are paid for, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from domain.accounts.credits import CreditOperation, cost_of_tokens

PRICES = {CreditOperation.WEB_SEARCH: 1, CreditOperation.RETRIEVAL: 0, CreditOperation.SAVE: 0}
"""Credits for work that costs the same each time; the rest is paid by the tokens it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens that a language model read and wrote. `estimated`: our own guess, the provider having given no figures."""

    tokens: int = 0
    estimated: bool = False

    def __post_init__(self) -> None:
        if self.tokens < 0:
            raise ValueError(f"a negative number of tokens: {self.tokens}")

    @property
    def cost(self) -> int:
        """In credits."""
        return cost_of_tokens(self.tokens)

    def __add__(self, other: Usage) -> Usage:
        """Of both; a sum with an estimate in it is an estimate."""
        return Usage(tokens=self.tokens + other.tokens, estimated=self.estimated or other.estimated)

    def share(self, part: int, *, of: int) -> Usage:
        """What fell to `part` of `of` equal pieces of work; tokens are rounded up. Nothing of nothing is nothing."""
        return Usage(tokens=ceil(self.tokens * part / of) if of else 0, estimated=self.estimated)
