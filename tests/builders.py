"""Ready-made things for tests: say only what matters, the rest is sensible."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from adapters.memory.alerts import MemoryAlerts
from adapters.system import new_uuid7
from application.accounts import HoldCredits
from application.accounts.ports import Alerts, OpenUnitOfWork
from application.shared import Clock, NewId
from domain.accounts import CreditOperation, Hold, User, opening
from domain.shared import HoldId, UserId, user_id_of

NOON = datetime(2026, 3, 15, 12, 0, tzinfo=UTC)

_numbers = count(1)


def a_subject() -> str:
    """A sign-in id that no other test has."""
    return f"user_{next(_numbers)}_{uuid4().hex[:12]}"


def a_user(**changes: Any) -> User:
    subject = changes.pop("subject", None) or a_subject()
    return User(**{"id": user_id_of(subject), "subject": subject, "created_at": NOON, **changes})


def a_hold(owner: UserId, *, amount: int = 3, **changes: Any) -> Hold:
    return Hold(
        **{
            "id": HoldId(new_uuid7()),
            "owner": owner,
            "operation": CreditOperation.GENERATION,
            "amount": amount,
            "created_at": NOON,
            "expires_at": NOON + timedelta(minutes=10),
            **changes,
        }
    )


def a_holder(
    uow: OpenUnitOfWork, clock: Clock | None = None, *, alerts: Alerts | None = None, new_id: NewId = new_uuid7
) -> HoldCredits:
    return HoldCredits(
        uow=uow,
        alerts=alerts or MemoryAlerts(),
        clock=clock or TickingClock(),
        new_id=new_id,
        lifetime=timedelta(minutes=10),
    )


async def signed_up(uow: OpenUnitOfWork, *, credits: int = 10_000) -> User:
    """A new user, stored, with this balance."""
    user = a_user()
    account, grant = opening(user.id, allowance=credits, at=NOON)
    async with uow(user.id) as unit:
        assert await unit.users.open(user, account, grant)
        await unit.commit()
    return user


class TickingClock:
    """A clock that moves only when it is told to."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **how_much: float) -> datetime:
        self.now += timedelta(**how_much)
        return self.now
