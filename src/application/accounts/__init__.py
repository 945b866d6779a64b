"""Signing in, preferences, and credits held and settled."""

from dataclasses import dataclass

from application.accounts.hold_credits import HoldCredits, settle
from application.accounts.ports import (
    CreditReader,
    CreditRepository,
    ExpiredHolds,
    TokenVerifier,
    UserRepository,
    VerifiedToken,
)
from application.accounts.sign_in import SignedIn, SignIn
from application.accounts.update_preferences import UpdatePreferences

__all__ = [
    "Accounts",
    "CreditReader",
    "CreditRepository",
    "ExpiredHolds",
    "HoldCredits",
    "SignIn",
    "SignedIn",
    "TokenVerifier",
    "UpdatePreferences",
    "UserRepository",
    "VerifiedToken",
    "settle",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """What an entrypoint may do with accounts. `allowance` is the monthly grant, in credits."""

    sign_in: SignIn
    update_preferences: UpdatePreferences
    hold: HoldCredits
    credits: CreditReader
    expired_holds: ExpiredHolds
    allowance: int
