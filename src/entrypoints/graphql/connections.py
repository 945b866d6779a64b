"""Relay connections over keyset pages. A cursor is a position, sealed with the name of its list."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any, Generic, TypeAlias, TypeVar
from uuid import UUID

import orjson
import strawberry

from application.shared import DEFAULT_PAGE, LARGEST_PAGE, Page, Position, SortKey, Window
from domain.shared import InvalidInput, checked_text
from entrypoints.graphql.fields import resolver

E = TypeVar("E")
N = TypeVar("N")

First: TypeAlias = Annotated[
    int | None, strawberry.argument(description=f"How many, 1 to {LARGEST_PAGE}; {DEFAULT_PAGE} when absent.")
]
After: TypeAlias = Annotated[
    str | None, strawberry.argument(description="The cursor to go on from; from the beginning when absent.")
]

_SEAL = 6


class BadCursor(InvalidInput):
    """Not a cursor of this list."""

    def __init__(self) -> None:
        super().__init__("This is not a cursor of this list.", field="after")


@strawberry.type(description="Where a page of a connection lies.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="There is more after `endCursor`.")
    has_previous_page: bool = strawberry.field(description="The page does not begin at the beginning.")
    start_cursor: str | None = strawberry.field(description="Of the first edge; null when there is none.")
    end_cursor: str | None = strawberry.field(description="Of the last edge: the next page's `after`.")


@strawberry.type(description="An object and its place in a list.")
class Edge(Generic[N]):
    cursor: str = strawberry.field(description="Opaque; go on from here with `after`.")
    node: N = strawberry.field(description="The object.")


@strawberry.type(description="A page of a list in a stable order; rows that come and go shift nothing.")
class Connection(Generic[N]):
    edges: list[Edge[N]] = strawberry.field(description="The objects with their cursors.")
    nodes: list[N] = strawberry.field(description="The objects alone.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @resolver("How many there are in all. Costs a count: select it only where it is shown.")
    async def total_count(self) -> int:
        return await self.count()


async def connect(
    list_name: str,
    *,
    first: int | None,
    after: str | None,
    key: type[SortKey] = datetime,
    page: Callable[[Window], Awaitable[Page[E]]],
    count: Callable[[], Awaitable[int]],
    node: Callable[[E], N],
) -> Connection[N]:
    """A connection. `list_name` seals the cursors: put the owning object's id in it where the list hangs on one. `key`
    is what the list is sorted by.

    Absent and null `first` is the default page. Errors: InvalidInput for `first` out of range or a foreign cursor.
    """
    position = read_cursor(list_name, after, key=key) if isinstance(after, str) else None
    window = Window(first=first if isinstance(first, int) else DEFAULT_PAGE, after=position)
    found = await page(window)
    nodes = [node(item) for item in found.items]
    cursors = [write_cursor(list_name, place) for place in found.positions]
    return Connection(
        edges=[Edge(cursor=cursor, node=one) for cursor, one in zip(cursors, nodes, strict=True)],
        nodes=nodes,
        page_info=PageInfo(
            has_next_page=found.has_next,
            has_previous_page=position is not None,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        ),
        count=count,
    )


def write_cursor(list_name: str, position: Position) -> str:
    """The opaque form of a position."""
    key = position.key
    tagged = ["d", key.isoformat()] if isinstance(key, datetime) else ["i" if isinstance(key, int) else "s", key]
    body = orjson.dumps([*tagged, position.id.hex])
    return urlsafe_b64encode(_seal(list_name, body) + body).rstrip(b"=").decode()


def read_cursor(list_name: str, cursor: str, *, key: type[SortKey]) -> Position:
    """The position again. Errors: BadCursor for one that was changed, made up, or made by another list."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        seal, body = raw[:_SEAL], raw[_SEAL:]
        if seal != _seal(list_name, body):
            raise BadCursor
        tag, value, id = orjson.loads(body)
        position = Position(_READ[tag](value), UUID(id))
    except (NotBase64, AttributeError, LookupError, TypeError, ValueError):
        raise BadCursor from None
    if not isinstance(position.key, key):
        raise BadCursor
    return position


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a moment without its time zone")
    return moment


def _whole(value: object) -> int:
    if type(value) is not int or abs(value) >= 2**31:
        raise ValueError("not a whole number of 32 bits")
    return value


def _text(value: str) -> str:
    return checked_text(value, field="after")


_READ: Mapping[str, Callable[[Any], SortKey]] = {"d": _moment, "i": _whole, "s": _text}


def _seal(list_name: str, body: bytes) -> bytes:
    # A checksum, not a secret: a position gives no rights, the owner is checked in the read itself. What the seal
    # prevents is a wrong page from a cursor that was cut short or belongs to another list.
    return blake2b(body, digest_size=_SEAL, person=blake2b(list_name.encode(), digest_size=16).digest()).digest()
