"""GraphQL over HTTP: which media type to answer with, and which status."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any, TypeAlias

import orjson
from graphql import GraphQLError
from starlette.responses import Response

from domain.shared import StudioloError
from entrypoints.graphql.errors import STATUSES, as_graphql

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
EVENTS = "text/event-stream"

Answer: TypeAlias = Mapping[str, Any]

_DEFAULT_RETRY = 5


class RefusedRequest(Exception):
    """The request is answered without running anything."""

    def __init__(self, status: int, error: StudioloError | GraphQLError, **headers: str) -> None:
        super().__init__(error.message)
        self.status = status
        self.error = as_graphql(error) if isinstance(error, StudioloError) else error
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def negotiate(accept: str | None) -> str | None:
    """The media type that the client likes best, None when we make none of those that it takes.

    Without a header, and for `*/*`, it is `application/json`, which clients from before the specification expect.
    """
    if not accept:
        return JSON
    best: str | None = None
    best_rank = (0.0, -1)
    for part in accept.split(","):
        wanted, *parameters = (field.strip().lower() for field in part.split(";"))
        named = dict(parameter.partition("=")[::2] for parameter in parameters)
        offered = {JSON: JSON, GRAPHQL: GRAPHQL, "application/*": GRAPHQL, "*/*": JSON}.get(wanted)
        if offered is None or named.get("charset", "utf-8").strip('"') not in {"utf-8", "utf8"}:
            continue
        rank = (_quality(named.get("q")), 0 if "*" in wanted else 2 if wanted == GRAPHQL else 1)
        if rank[0] > 0 and rank > best_rank:
            best, best_rank = offered, rank
    return best


def accepts_events(accept: str | None) -> bool:
    """Whether the client asks for server-sent events."""
    return any(part.split(";")[0].strip().lower() == EVENTS for part in (accept or "").split(","))


def response(
    answer: Answer, media_type: str, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer as a response of that type."""
    return Response(
        encode(answer),
        status_code=status,
        headers={"content-type": f"{media_type}; charset=utf-8", "vary": "Accept", **(headers or {})},
    )


def response_to(result: Any, media_type: str) -> Response:
    """The response to an executed (or refused) operation. `result` is Strawberry's, its errors presented."""
    answer = answer_of(result)
    errors: list[dict[str, Any]] = answer.get("errors") or []
    if answer.get("data") is not None or not errors:
        return response(answer, media_type)
    extensions = errors[0].get("extensions", {})
    status = STATUSES.get(extensions.get("code", ""))
    if all("path" not in error for error in errors):
        # Nothing ran: there is no `data`, and a client of the specification's own type is told by the status too.
        status = status or (400 if media_type == GRAPHQL else 200)
        answer = {name: value for name, value in answer.items() if name != "data"}
    return response(answer, media_type, status=status or 200, headers=_headers(status, extensions))


def refusal(refused: RefusedRequest, media_type: str) -> Response:
    """The response to a request that was not run."""
    headers = {**_headers(refused.status, refused.error.extensions or {}), **refused.headers}
    return response({"errors": [refused.error.formatted]}, media_type, status=refused.status, headers=headers)


def answer_of(result: Any) -> dict[str, Any]:
    """`data`, `errors` and `extensions` as they are sent."""
    answer: dict[str, Any] = {}
    if result.errors:
        answer["errors"] = [error.formatted for error in result.errors]
    answer["data"] = result.data
    if result.extensions:
        answer["extensions"] = result.extensions
    return answer


def encode(value: Any) -> bytes:
    """JSON; whole numbers beyond 64 bits are sent as they are, lone surrogates as the replacement character."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        import json

        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", errors="replace")


def _quality(given: str | None) -> float:
    try:
        return 1.0 if given is None else float(given)
    except ValueError:
        return 0.0


def _headers(status: int | None, extensions: Mapping[str, Any]) -> dict[str, str]:
    if status == 401:
        return {"www-authenticate": "Bearer"}
    if status in {429, 503}:
        return {"retry-after": str(max(1, ceil(extensions.get("retryAfter") or _DEFAULT_RETRY)))}
    return {}
