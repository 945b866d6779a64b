"""Keyset paging: a window begins after a position in a total order, so rows that come and go shift nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

from domain.shared import InvalidInput

T = TypeVar("T")
SortKey: TypeAlias = datetime | int | str

DEFAULT_PAGE = 20
LARGEST_PAGE = 100


class Position(NamedTuple):
    """Where a row stands: its sort key, then its id, which makes the order total."""

    key: SortKey
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The `first` rows after a position; `first` is 1 to 100."""

    first: int = DEFAULT_PAGE
    after: Position | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.first <= LARGEST_PAGE:
            raise InvalidInput(
                f"`first` is between 1 and {LARGEST_PAGE}.", field="first", limit=LARGEST_PAGE, actual=self.first
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Rows in order, each with its position (`positions[i]` belongs to `items[i]`)."""

    items: tuple[T, ...]
    positions: tuple[Position, ...]
    has_next: bool


def page_of(rows: list[tuple[Position, T]], window: Window) -> Page[T]:
    """A page from up to `window.first + 1` rows, already in order and already after the window's position."""
    kept = rows[: window.first]
    return Page(
        items=tuple(item for _, item in kept),
        positions=tuple(position for position, _ in kept),
        has_next=len(rows) > window.first,
    )
