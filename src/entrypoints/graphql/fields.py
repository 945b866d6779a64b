"""Strawberry's decorators with their types: under them a resolver keeps the signature that it was written with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry

F = TypeVar("F", bound=Callable[..., Any])


def resolver(description: str) -> Callable[[F], F]:
    """A field that is computed when it is selected."""
    decorate: Callable[[F], F] = strawberry.field(description=description)
    return decorate


def mutation(description: str) -> Callable[[F], F]:
    """A field of Mutation."""
    decorate: Callable[[F], F] = strawberry.mutation(description=description)
    return decorate


def subscription(description: str) -> Callable[[F], F]:
    """A field of Subscription: an async generator."""
    decorate: Callable[[F], F] = strawberry.subscription(description=description)
    return decorate
