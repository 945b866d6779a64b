"""What an operator's commands share: whom they mean, and the application to ask."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar
from uuid import UUID

import typer

from domain.shared import UserId, user_id_of

if TYPE_CHECKING:
    from application.app import Application

T = TypeVar("T")

User = Annotated[str, typer.Argument(metavar="USER", help="The sign-in service's id of the user, or our own (a UUID).")]
DataDir = Annotated[
    Path | None, typer.Option("--data-dir", metavar="DIR", help="Data folder of the running `studiolo up`.")
]


def id_of(user: str) -> UserId:
    """Of a subject it is derived; a UUID is one already."""
    try:
        return UserId(UUID(user))
    except ValueError:
        return user_id_of(user)


def with_application(
    data_dir: Path | None, role: Literal["api", "worker"], ask: Callable[[Application], Awaitable[T]]
) -> T:
    """What the application answers in this role; what it refuses is one line, and exit status 1."""
    from domain.shared import StudioloError
    from entrypoints.bootstrap import running
    from entrypoints.cli.running_stack import completed
    from entrypoints.settings import load_settings

    settings = completed(load_settings(data_dir=data_dir), role)

    async def asked() -> T:
        async with running(settings, role) as application:
            return await ask(application)

    try:
        return asyncio.run(asked())
    except StudioloError as error:
        print(f"studiolo: {error.message}", file=sys.stderr)
        raise typer.Exit(1) from error
