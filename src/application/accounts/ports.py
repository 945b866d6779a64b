"""What accounts need from outside: proof of who asks, and a store of users and of their ledger."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from application.shared import Page, Transaction, Window
from domain.accounts import Account, CreditEntry, Hold, User
from domain.shared import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedToken:
    """What a token proves."""

    subject: str
    expires_at: datetime
    email: str | None = None


class TokenVerifier(Protocol):
    """Tells who a session token speaks for."""

    async def verify(self, token: str) -> VerifiedToken:
        """Errors: InvalidToken (with a reason), Unavailable when no key is known and none can be had."""
        ...


class UserRepository(Protocol):
    """Users inside a transaction."""

    async def open(self, user: User, account: Account, grant: CreditEntry) -> bool:
        """A new user with a first grant, together. False, and nothing is changed, when the user is already there."""
        ...

    async def find(self, *, owner: UserId) -> User | None:
        """The user, erased or not; None when there is none."""
        ...

    async def lock(self, *, owner: UserId) -> User:
        """The user, whom nobody else changes until the transaction ends. Errors: NoSuch."""
        ...

    async def save(self, user: User) -> None:
        """Preferences and profile. Errors: NoSuch."""
        ...


class CreditRepository(Protocol):
    """Accounts inside a transaction."""

    async def lock(self, *, owner: UserId) -> Account:
        """The account, which nobody else changes until the transaction ends. Errors: NoSuch."""
        ...

    async def hold(self, *, owner: UserId, id: UUID) -> Hold:
        """Errors: NoSuch, NotYours."""
        ...

    async def save(self, account: Account, *, hold: Hold, entry: CreditEntry | None = None) -> None:
        """The account with the hold that changed it and, when the balance changed, its line: one statement.

        Errors: DuplicateEntry when the ledger has the line's key already.
        """
        ...


class UnitOfWork(Transaction, Protocol):
    @property
    def users(self) -> UserRepository: ...
    @property
    def credits(self) -> CreditRepository: ...


OpenUnitOfWork: TypeAlias = Callable[[UserId], AbstractAsyncContextManager[UnitOfWork]]


class CreditReader(Protocol):
    """The account and its ledger, to show: newest line first."""

    async def account(self, *, owner: UserId) -> Account:
        """Errors: NoSuch."""
        ...

    async def holds(self, *, owner: UserId) -> tuple[Hold, ...]:
        """Those that are active, oldest first."""
        ...

    async def get(self, *, owner: UserId, id: UUID) -> CreditEntry:
        """Errors: NoSuch, NotYours."""
        ...

    async def page(self, *, owner: UserId, window: Window) -> Page[CreditEntry]: ...
    async def count(self, *, owner: UserId) -> int: ...


class ExpiredHolds(Protocol):
    """Holds whose work never came back: the sweeper's own door, not bound to one user."""

    async def release(self, *, at: datetime, limit: int) -> int:
        """Release up to `limit` that expired before `at`; how many."""
        ...
