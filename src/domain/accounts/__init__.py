"""Users, their preferences, and the credits that everything of value is paid with."""

from domain.accounts.credits import (
    TOKENS_PER_CREDIT,
    Account,
    CreditEntry,
    CreditOperation,
    DuplicateEntry,
    Hold,
    HoldStatus,
    InsufficientCredits,
    cost_of_tokens,
    next_reset,
    opening,
)
from domain.accounts.user import AccountErased, CitationFormat, InvalidToken, Preferences, ResearchDepth, User

__all__ = [
    "TOKENS_PER_CREDIT",
    "Account",
    "AccountErased",
    "CitationFormat",
    "CreditEntry",
    "CreditOperation",
    "DuplicateEntry",
    "Hold",
    "HoldStatus",
    "InsufficientCredits",
    "InvalidToken",
    "Preferences",
    "ResearchDepth",
    "User",
    "cost_of_tokens",
    "next_reset",
    "opening",
]
