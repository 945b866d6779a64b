"""Relay ids: opaque, global, and worth nothing to who may not see what they name."""

from __future__ import annotations

from abc import abstractmethod
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domain.shared import Forbidden, InvalidInput, NotFound
from entrypoints.graphql.context import Info
from entrypoints.graphql.fields import resolver

if TYPE_CHECKING:
    from entrypoints.graphql.context import Context

MOST_NODES = 100


class MalformedId(InvalidInput):
    """Not an id of this API, or one of another type."""

    def __init__(self, field: str, expected: str | None = None) -> None:
        sentence = f"This is not the id of a {expected}." if expected else "This is not an id of this API."
        super().__init__(sentence, field=field)


def global_id(type_name: str, key: UUID) -> strawberry.ID:
    """The id that a client sees."""
    return strawberry.ID(urlsafe_b64encode(f"{type_name}:{key}".encode()).rstrip(b"=").decode())


def split_id(id: str, *, field: str = "id") -> tuple[str, UUID]:
    """Type name and key. Errors: MalformedId."""
    try:
        padded = id.encode("ascii") + b"=" * (-len(id) % 4)
        name, _, key = urlsafe_b64decode(padded).decode("ascii").partition(":")
        parsed = UUID(key)
    except (NotBase64, UnicodeError, ValueError):
        raise MalformedId(field) from None
    if global_id(name, parsed) != id:
        # Only the spelling that we make is an id: otherwise a cache keyed by ids would hold one thing twice.
        raise MalformedId(field)
    return name, parsed


def key_of(type_name: str, id: str, *, field: str = "id") -> UUID:
    """The key in a global id of this very type. Errors: MalformedId, naming `field`."""
    name, key = split_id(id, field=field)
    if name != type_name:
        raise MalformedId(field, type_name)
    return key


def keys_of(type_name: str, ids: Sequence[str] | None, *, field: str) -> tuple[UUID, ...] | None:
    """As `key_of` for a list that may be absent: None stays None."""
    return None if ids is None else tuple(key_of(type_name, id, field=field) for id in ids)


@strawberry.interface(description="Something with an id that is unique in the whole API and can be read again by it.")
class Node:
    """A GraphQL type whose objects can be read by id. Implement both class methods; GraphQL name = class name."""

    id: strawberry.ID = strawberry.field(description="Opaque; the same for ever.")

    @classmethod
    @abstractmethod
    async def get(cls, context: Context, key: UUID) -> Any:
        """The object. Errors: NoSuch, NotYours."""

    @classmethod
    @abstractmethod
    async def many(cls, context: Context, keys: Sequence[UUID]) -> Mapping[UUID, Any]:
        """Those that the viewer may see, in one read."""


def node_queries(types: Sequence[type[Node]]) -> type:
    """The query fields `node` and `nodes`, for these types."""
    by_name = {kind.__name__: kind for kind in types}

    def known(id: str, field: str) -> tuple[type[Node], UUID]:
        name, key = split_id(id, field=field)
        if name not in by_name:
            raise MalformedId(field)
        return by_name[name], key

    @strawberry.type
    class NodeQueries:
        @resolver("Reads one object by its id; what another user owns is FORBIDDEN.")
        async def node(
            self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Of any type.")]
        ) -> Node | None:
            kind, key = known(id, "id")
            found: Node = await kind.get(info.context, key)
            return found

        @resolver(f"Reads up to {MOST_NODES} objects by id, in order; null for what the viewer cannot see.")
        async def nodes(
            self,
            info: Info,
            ids: Annotated[list[strawberry.ID], strawberry.argument(description="Of any types, mixed.")],
        ) -> list[Node | None]:
            if len(ids) > MOST_NODES:
                raise InvalidInput(
                    f"At most {MOST_NODES} ids at a time.", field="ids", limit=MOST_NODES, actual=len(ids)
                )
            asked = [known(id, "ids") for id in ids]
            found: dict[type[Node], Mapping[UUID, Node]] = {}
            for kind in dict.fromkeys(kind for kind, _ in asked):
                found[kind] = await kind.many(info.context, [key for of, key in asked if of is kind])
            return [found[kind].get(key) for kind, key in asked]

    return NodeQueries


async def visible(kind: type[Node], context: Context, keys: Sequence[UUID]) -> dict[UUID, Any]:
    """`many` for a type whose reader has none: one read each. For types that are seldom asked for by id."""
    found: dict[UUID, Any] = {}
    for key in keys:
        try:
            found[key] = await kind.get(context, key)
        except (NotFound, Forbidden):
            continue
    return found
