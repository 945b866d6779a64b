"""Tokens of the development issuer, for the command line."""

from __future__ import annotations

from datetime import timedelta

from adapters.development_issuer import DevelopmentIssuer
from adapters.embedded.folders import data_folder
from adapters.system import utc_now
from entrypoints.settings import Settings


def mint(settings: Settings, user: str, expires_in: timedelta, email: str | None = None) -> str:
    """A token that an API on the same data folder accepts; nothing needs to run. Errors: FolderUnusable, BrokenKey."""
    data_folder(settings.data_dir)
    return DevelopmentIssuer(settings.issuer_dir, clock=utc_now).mint(user, expires_in, email)
