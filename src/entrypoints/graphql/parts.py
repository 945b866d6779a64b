"""What each context's module adds to the schema."""

from __future__ import annotations

from dataclasses import dataclass

from entrypoints.graphql.ids import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One module's share of the schema; `schema.py` lists the parts and merges them.

    `viewer` holds the fields that hang off `User`: a strawberry type without data, its resolvers read
    `info.context.owner`. `nodes` are the types that `node(id)` answers with; `types` those that nothing else names
    (the members of an interface).
    """

    query: type | None = None
    mutation: type | None = None
    subscription: type | None = None
    viewer: type | None = None
    nodes: tuple[type[Node], ...] = ()
    types: tuple[type, ...] = ()
