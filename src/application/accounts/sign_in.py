"""Who is asking? The first valid token of somebody new makes their account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from application.accounts.ports import OpenUnitOfWork, TokenVerifier
from application.shared import Clock
from domain.accounts import AccountErased, InvalidToken, User, opening
from domain.shared import user_id_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A user, and the moment from which the token proves nothing any more."""

    user: User
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Verify the token; make the user with the monthly allowance if this is the first time."""

    uow: OpenUnitOfWork
    verifier: TokenVerifier
    clock: Clock
    allowance: int

    async def __call__(self, *, token: str | None) -> SignedIn:
        """Errors: InvalidToken, AccountErased, Unavailable."""
        if not token:
            raise InvalidToken("missing")
        verified = await self.verifier.verify(token)
        owner = user_id_of(verified.subject)
        async with self.uow(owner) as uow:
            user = await uow.users.find(owner=owner)
            if user is None:
                now = self.clock()
                user = User(id=owner, subject=verified.subject, email=verified.email, created_at=now)
                account, grant = opening(owner, allowance=self.allowance, at=now)
                if not await uow.users.open(user, account, grant):
                    # Another first request was quicker; its row is the user.
                    user = await uow.users.find(owner=owner) or user
                await uow.commit()
        if user.erased_at is not None:
            raise AccountErased
        return SignedIn(user=user, expires_at=verified.expires_at)
