"""Who is asking, and what an operation may reach: one `Caller` per request or socket, one `Context` per operation."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

import strawberry
import structlog

from application.app import Application
from domain import accounts
from domain.shared import UserId
from entrypoints.graphql.loaders import Loaders


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a resolver sees as `info.context`. A socket lives long, so nothing in here outlives one operation."""

    app: Application
    viewer: accounts.User
    expires_at: datetime
    request_id: str
    locale: str
    loaders: Loaders = field(default_factory=Loaders)

    @property
    def owner(self) -> UserId:
        """The viewer's id: the `owner=` of every read and every use case."""
        return self.viewer.id


Info: TypeAlias = strawberry.Info[Context, None]
"""The type of a resolver's `info`."""


@dataclass(slots=True, kw_only=True)
class Caller:
    """The other end of a request or a socket. On a socket `authorization` may come with `connection_init`."""

    app: Application
    request_id: str
    locale: str
    authorization: str | None

    async def sign_in(self) -> Context:
        """A fresh context. A socket does this for each operation, so that an erased account or an old token ends it.

        Errors: Unauthenticated (`reason`), Unavailable.
        """
        signed_in = await self.app.accounts.sign_in(token=bearer_token(self.authorization))
        structlog.contextvars.bind_contextvars(user_id=str(signed_in.user.id))
        return Context(
            app=self.app,
            viewer=signed_in.user,
            expires_at=signed_in.expires_at,
            request_id=self.request_id,
            locale=self.locale,
        )


def bearer_token(authorization: str | None) -> str | None:
    """The token of `Bearer <token>`; None without one. Any other scheme is an invalid token, which sign-in refuses."""
    if not authorization:
        return None
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer":
        raise accounts.InvalidToken("scheme")
    return token.strip() or None


def preferred_locale(accept_language: str | None) -> str:
    """The first language of an Accept-Language header, in lower case; `en` when there is none."""
    first = (accept_language or "").split(",", maxsplit=1)[0].split(";", maxsplit=1)[0].strip().lower()
    return first if first and first != "*" and len(first) <= 35 else "en"
