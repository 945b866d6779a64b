"""Tokens of the development issuer, for the command line."""

from __future__ import annotations

from datetime import timedelta

from adapters.development_issuer import DevelopmentIssuer
from adapters.embedded.errors import CannotStart
from adapters.embedded.folders import data_folder
from adapters.system import utc_now
from entrypoints.settings import Settings


class ClerkSignsIn(CannotStart):
    """The development issuer's tokens are good for nothing here."""

    def __init__(self) -> None:
        super().__init__(
            "Users sign in with Clerk (CLERK_ISSUER is set): take a token of Clerk's, or leave CLERK_ISSUER empty."
        )


def mint(settings: Settings, user: str, expires_in: timedelta, email: str | None = None) -> str:
    """A token that an API on the same data folder accepts; nothing needs to run.

    Errors: ClerkSignsIn, FolderUnusable, BrokenKey.
    """
    if settings.clerk_issuer is not None:
        raise ClerkSignsIn
    data_folder(settings.data_dir)
    return DevelopmentIssuer(settings.issuer_dir, clock=utc_now).mint(user, expires_in, email)
