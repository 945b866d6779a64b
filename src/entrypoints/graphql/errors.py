"""How failures travel: one table from family to code, for queries, mutations and streams alike.

A resolver raises (or lets through) a domain error and does nothing else. What is not in the table is INTERNAL: the
client is shown an incident id, and the log has the traceback under the same id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import structlog
from graphql import GraphQLError

from domain.shared import (
    Conflict,
    Datum,
    Forbidden,
    InvalidInput,
    NotFound,
    PaymentRequired,
    RateLimited,
    StudioloError,
    Unauthenticated,
    Unavailable,
)

BAD_USER_INPUT = "BAD_USER_INPUT"
INTERNAL = "INTERNAL"


class QueryTooComplex(StudioloError):
    """The operation asks for more than one operation may. Data: `what`, `limit`, `actual`."""


CODES: tuple[tuple[type[StudioloError], str], ...] = (
    (Unauthenticated, "UNAUTHENTICATED"),
    (Forbidden, "FORBIDDEN"),
    (NotFound, "NOT_FOUND"),
    (InvalidInput, BAD_USER_INPUT),
    (Conflict, "CONFLICT"),
    (PaymentRequired, "INSUFFICIENT_CREDITS"),
    (RateLimited, "RATE_LIMITED"),
    (Unavailable, "SERVICE_UNAVAILABLE"),
    (QueryTooComplex, "QUERY_TOO_COMPLEX"),
)

STATUSES: Mapping[str, int] = {
    "UNAUTHENTICATED": 401,
    "RATE_LIMITED": 429,
    "SERVICE_UNAVAILABLE": 503,
    "QUERY_TOO_COMPLEX": 400,
}
"""The HTTP status of an answer that is nothing but this error."""

_LONGEST_MESSAGE = 500

_log: structlog.stdlib.BoundLogger = structlog.get_logger("studiolo.graphql")


def extensions_of(error: StudioloError) -> dict[str, Datum]:
    """The `extensions` that a client is sent: code, and the error's data in camel case."""
    code = next((code for family, code in CODES if isinstance(error, family)), INTERNAL)
    return {"code": code, **{camel_case(name): value for name, value in error.data.items()}}


def as_graphql(error: StudioloError) -> GraphQLError:
    """An error of the whole answer, without a path."""
    return GraphQLError(error.message, extensions=dict(extensions_of(error)))


def presented(errors: Sequence[GraphQLError], *, operation: str | None) -> list[GraphQLError]:
    """The same errors as the client may see them; what was not expected is logged here, once."""
    return [_present(error, operation) for error in errors]


def _present(error: GraphQLError, operation: str | None) -> GraphQLError:
    cause = _cause(error)
    if isinstance(cause, StudioloError):
        if isinstance(cause, Unavailable):
            _log.warning("unavailable", operation=operation, reason=cause.message)
        return _located(error, cause.message, dict(extensions_of(cause)))
    if cause is None:
        # graphql-core's own finding: a document or variables that do not fit the schema.
        return _located(error, _shortened(error.message), {"code": BAD_USER_INPUT, **(error.extensions or {})})
    incident = uuid4().hex
    _log.error(
        "operation_failed",
        incident_id=incident,
        operation=operation,
        path=".".join(map(str, error.path or ())),
        exc_info=cause,
    )
    return _located(error, f"Something went wrong on our side (incident {incident}).", internal(incident))


def internal(incident: str) -> dict[str, Any]:
    """The `extensions` of a masked error."""
    return {"code": INTERNAL, "incidentId": incident}


def _shortened(message: str) -> str:
    """graphql-core quotes what it was given, however long that is."""
    return message if len(message) <= _LONGEST_MESSAGE else f"{message[: _LONGEST_MESSAGE - 1]}…"


def _cause(error: GraphQLError) -> Exception | None:
    cause: Exception | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _located(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


def camel_case(name: str) -> str:
    """`currentVersion` of `current_version`."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
