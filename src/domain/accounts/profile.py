"""What the sign-in service tells of a user, in whatever order it comes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from domain.accounts.user import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What the sign-in service knew of a user at `updated_at`, its own time of the last change."""

    email: str | None
    username: str | None
    image_url: str | None
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDescribed:
    """There is such a user, who looks like this: new or changed, which we need not be told."""

    subject: str
    profile: Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeleted:
    """The user is gone for good."""

    subject: str


UserEvent: TypeAlias = UserDescribed | UserDeleted


def described(user: User, profile: Profile) -> User:
    """The user with this profile if it is newer than what is known; an erased user stays as they are.

    Of two profiles of the same moment the one that sorts later wins, so that every order has the same end.
    """
    if user.erased_at is not None:
        return user
    if user.profile_updated_at is not None:
        known = (user.profile_updated_at, *_sortable(user.email, user.username, user.image_url))
        if (profile.updated_at, *_sortable(profile.email, profile.username, profile.image_url)) <= known:
            return user
    return replace(
        user,
        email=profile.email,
        username=profile.username,
        image_url=profile.image_url,
        profile_updated_at=profile.updated_at,
    )


def _sortable(*texts: str | None) -> tuple[str, ...]:
    return tuple(text or "" for text in texts)
