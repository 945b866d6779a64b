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
    NothingToRefund,
    TakesTooMuch,
    UnsuitableReason,
    cost_of_tokens,
    opening,
    refund_key,
    reset_key,
)
from domain.accounts.erasure import Erasure, forfeited
from domain.accounts.periods import next_reset, period_start
from domain.accounts.profile import Profile, UserDeleted, UserDescribed, UserEvent, described
from domain.accounts.usage import PRICES, Usage
from domain.accounts.user import AccountErased, CitationFormat, InvalidToken, Preferences, ResearchDepth, User

__all__ = [
    "PRICES",
    "TOKENS_PER_CREDIT",
    "Account",
    "AccountErased",
    "CitationFormat",
    "CreditEntry",
    "CreditOperation",
    "DuplicateEntry",
    "Erasure",
    "Hold",
    "HoldStatus",
    "InsufficientCredits",
    "InvalidToken",
    "NothingToRefund",
    "Preferences",
    "Profile",
    "ResearchDepth",
    "TakesTooMuch",
    "UnsuitableReason",
    "Usage",
    "User",
    "UserDeleted",
    "UserDescribed",
    "UserEvent",
    "cost_of_tokens",
    "described",
    "forfeited",
    "next_reset",
    "opening",
    "period_start",
    "refund_key",
    "reset_key",
]
