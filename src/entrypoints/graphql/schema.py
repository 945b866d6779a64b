"""The schema, merged from its parts. `python -m entrypoints.graphql.schema` prints it."""

from __future__ import annotations

import sys
from typing import Any, cast

import strawberry
from strawberry.tools import merge_types

from entrypoints.graphql import (
    accounts,
    appeals,
    chat,
    chat_stream,
    estimate,
    library,
    library_changes,
    practice,
    practice_changes,
    practice_responses,
    renewals,
    search,
    writing,
    writing_changes,
)
from entrypoints.graphql.context import Info
from entrypoints.graphql.execution import EdgeSchema
from entrypoints.graphql.ids import node_queries
from entrypoints.graphql.limits import Limits
from entrypoints.graphql.parts import Part

PARTS: tuple[Part, ...] = (
    accounts.PART,
    library.PART,
    library_changes.PART,
    search.PART,
    practice.PART,
    practice_responses.PART,
    practice_changes.PART,
    appeals.PART,
    renewals.PART,
    writing.PART,
    writing_changes.PART,
    chat.PART,
    chat_stream.PART,
    estimate.PART,
)


def build_schema(limits: Limits | None = None, parts: tuple[Part, ...] = PARTS) -> EdgeSchema:
    """The schema of these parts."""
    user = cast("type[accounts.User]", _merged("User", [accounts.User, *(part.viewer for part in parts)]))
    nodes = (user, *(node for part in parts for node in part.nodes))
    return EdgeSchema(
        query=cast("type", _merged("Query", [_viewer(user), node_queries(nodes), *(part.query for part in parts)])),
        mutation=_merged("Mutation", [part.mutation for part in parts]),
        subscription=_merged("Subscription", [part.subscription for part in parts]),
        types=(*nodes, *(one for part in parts for one in part.types)),
        limits=limits or Limits(),
    )


def _viewer(user: type[accounts.User]) -> type:
    def signed_in(info: Info) -> Any:
        return user.of(info.context.viewer)

    @strawberry.type
    class ViewerQuery:
        viewer: Any = strawberry.field(
            resolver=signed_in, graphql_type=user, description="The person whose token came with the request."
        )

    return ViewerQuery


_DESCRIPTIONS = {
    "User": "The person who asks. Everything of theirs hangs off here.",
    "Query": "What can be read.",
    "Mutation": "What can be changed. Failures are errors with `extensions.code`.",
    "Subscription": "What can be followed while it happens.",
}


def _merged(name: str, types: list[type | None]) -> type | None:
    present = tuple(one for one in types if one is not None)
    if not present:
        return None
    merged = merge_types(name, present)
    merged.__strawberry_definition__.description = _DESCRIPTIONS[name]  # type: ignore[attr-defined]
    return merged


if __name__ == "__main__":
    sys.stdout.write(build_schema().as_str() + "\n")
