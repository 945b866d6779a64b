"""What accounts need from outside: proof of who asks, and a store of users and of their ledger."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from application.accounts.deliveries import DeliveryLog
from application.shared import Page, Transaction, Window
from domain.accounts import Account, CreditEntry, Erasure, Hold, User
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

    async def open(self, user: User, account: Account, grant: CreditEntry | None) -> bool:
        """A new user with a first grant, together. False, and nothing is changed, when the user is already there.

        A tombstone of somebody who never was here has no grant.
        """
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

    async def entry(self, *, owner: UserId, id: UUID) -> CreditEntry:
        """A line of the ledger. Errors: NoSuch, NotYours."""
        ...

    async def with_key(self, *, owner: UserId, key: str) -> CreditEntry | None:
        """The owner's line with this key: what was done before."""
        ...

    async def save(self, account: Account, *, hold: Hold | None = None, entry: CreditEntry | None = None) -> None:
        """The account with the hold that changed it and, when the balance changed, its line: one statement.

        Errors: DuplicateEntry when the ledger has the line's key already, NoSuch without the user.
        """
        ...


class ErasureRepository(Protocol):
    """Erasures inside a transaction."""

    async def add(self, erasure: Erasure) -> bool:
        """A new request. False, and nothing is changed, when the user's erasure was requested before."""
        ...

    async def lock(self, *, owner: UserId) -> Erasure:
        """The erasure, which nobody else changes until the transaction ends. Errors: NoSuch."""
        ...

    async def save(self, erasure: Erasure) -> None:
        """What was counted, and when it was completed. Errors: NoSuch."""
        ...


class UnitOfWork(Transaction, Protocol):
    @property
    def users(self) -> UserRepository: ...
    @property
    def credits(self) -> CreditRepository: ...
    @property
    def erasures(self) -> ErasureRepository: ...
    @property
    def deliveries(self) -> DeliveryLog: ...


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


class PendingErasures(Protocol):
    """Erasures whose work was lost: the sweeper's own door, not bound to one user."""

    async def take(self, *, asked_before: datetime, at: datetime, limit: int) -> Sequence[UserId]:
        """Those not completed that were last asked for before a moment, oldest first; now they were asked for `at`.

        So each is taken once, by one sweeper, and again only when this time, too, nothing came of it.
        """
        ...


class PersonalData(Protocol):
    """One store's share of what a user owns: the rows of every context, the original files, an index elsewhere.

    Idempotent; what is removed stays removed when the work ends half-way.
    """

    async def remaining(self, *, owner: UserId) -> Mapping[str, int]:
        """How many of each thing there still are, by its name (a table's, or `files`); things without any are 0."""
        ...

    async def erase(self, *, owner: UserId) -> None:
        """Remove all of it. Errors: Unavailable."""
        ...


class PersonalRecords(Protocol):
    """Everything that is recorded of a user, to hand over."""

    def records(self, *, owner: UserId) -> AsyncGenerator[tuple[str, Mapping[str, object]], None]:
        """Kind and fields (what JSON can say), one kind after the other. Whoever reads it closes it."""
        ...


class PersonalFiles(Protocol):
    """The original files of a user, to hand over."""

    def files(self, *, owner: UserId) -> AsyncGenerator[tuple[str, bytes], None]:
        """Name and content, one after the other. Whoever reads it closes it."""
        ...


class Alerts(Protocol):
    """Tells whoever runs the service that something wants looking at."""

    def shortfall(self, entry: CreditEntry) -> None:
        """Work cost more than its hold and the balance covered: by `entry.shortfall` credits."""
        ...


class ExpiredHolds(Protocol):
    """Holds whose work never came back: the sweeper's own door, not bound to one user."""

    async def release(self, *, at: datetime, limit: int) -> int:
        """Release up to `limit` that expired before `at`; how many."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetBatch:
    """How many users a batch reset, and the last of them in the order of ids (None when there was none)."""

    users: int
    last: UserId | None


class CreditResets(Protocol):
    """The monthly reset's own door, not bound to one user."""

    async def reset_batch(
        self,
        *,
        period_start: datetime,
        allowance: int,
        at: datetime,
        limit: int,
        after: UserId | None = None,
        patient: bool = False,
    ) -> ResetBatch:
        """Reset up to `limit` users, one transaction, in the order of their ids, beginning after `after`.

        Who was reset or opened in this period already is left alone, and so is who was erased; each of the others gets
        what `Account.reset` says. Fewer than `limit` means that nobody is left. A user whom another transaction has is
        passed over, or, if `patient`, waited for. Errors: Unavailable.
        """
        ...
