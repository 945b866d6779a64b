"""Reads the operation out of an HTTP request: GET, JSON, or multipart with files. What is malformed is refused.

Cross-site forgery: no answer depends on a cookie. Every request carries its token in `Authorization`, a header that
another site's form, image or link cannot send and that its scripts may send only after a CORS preflight. So uploads and
GET need no further guard header, and a request without a token is refused before its body is read.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import orjson
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from domain.shared import InvalidInput
from entrypoints.graphql.negotiation import RefusedRequest

_MOST_FILES = 10
_ENVELOPE = 4_000_000
"""Bytes that a multipart body may have beside its largest file. A file a little too large is thus measured exactly."""
_LONGEST_QUOTE = 100
_PATIENCE = 4
"""A body is read to its end, and thrown away, up to this many times its limit: the client then hears why, where a
connection cut in the middle would tell it nothing."""


class RequestTooLarge(InvalidInput):
    """The body, or a file in it, has too many bytes."""

    def __init__(self, field: str, *, limit: int, actual: int) -> None:
        what = "A file" if field == "file" else "The body of a request"
        sentence = f"{what} has at most {_megabytes(limit)} MB; this one has {_megabytes(actual)} MB."
        super().__init__(sentence, field=field, limit=limit, actual=actual)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One operation, as it was sent."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None
    extensions: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReader:
    """Reads requests. Limits are bytes: `json_limit` of a body (and of each part but files), `file_limit` of a file."""

    file_limit: int
    json_limit: int = 1_000_000

    async def read(self, request: Request, files: list[UploadFile]) -> Asked:
        """The operation. Files are added to `files`, for the caller to close. Errors: RefusedRequest."""
        if request.method == "GET":
            return _asked(_of_query_string(request.query_params))
        content_type, _, parameters = request.headers.get("content-type", "").partition(";")
        match content_type.strip().lower():
            case "application/json" if _is_utf8(parameters):
                return _asked(_parse(await self._body(request), "The body"))
            case "multipart/form-data":
                return _asked(await self._multipart(request, files))
        raise RefusedRequest(415, InvalidInput("Send JSON (application/json, UTF-8) or a multipart request."))

    async def _body(self, request: Request) -> bytes:
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > self.json_limit:
                await _refuse_size(request, "body", limit=self.json_limit, got=len(body))
        return bytes(body)

    async def _multipart(self, request: Request, files: list[UploadFile]) -> Any:
        limited = _Limited(request, limit=self.file_limit + _ENVELOPE)
        parser = MultiPartParser(
            request.headers, limited.pieces(), max_files=_MOST_FILES, max_fields=2, max_part_size=self.json_limit
        )
        try:
            form = await parser.parse()
        except _TooMuch:
            await _refuse_size(request, "file", limit=self.file_limit, got=limited.got)
            raise
        except (MultiPartException, KeyError) as fault:
            raise RefusedRequest(400, InvalidInput(f"The multipart body cannot be read: {_said(fault)}.")) from None
        files.extend(part for part in form.values() if isinstance(part, UploadFile))
        for file in files:
            if (file.size or 0) > self.file_limit:
                raise RefusedRequest(
                    413, RequestTooLarge("file", limit=self.file_limit, actual=file.size or 0), connection="close"
                )
        return _with_files(form)


class _TooMuch(MultiPartException):
    """More bytes than a multipart body may have. (A parser closes its files only on this family.)"""


class _Limited:
    def __init__(self, request: Request, *, limit: int) -> None:
        self._request = request
        self._limit = limit
        self.got = 0

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        async for piece in self._request.stream():
            self.got += len(piece)
            if self.got > self._limit:
                raise _TooMuch("too large")
            yield piece


async def _refuse_size(request: Request, field: str, *, limit: int, got: int) -> None:
    declared = request.headers.get("content-length", "")
    actual = max(got, int(declared) if declared.isdigit() else 0)
    if actual <= limit * _PATIENCE:
        while (message := await request.receive())["type"] == "http.request":
            got += len(message.get("body", b""))
            if got > limit * _PATIENCE or not message.get("more_body"):
                break
        actual = max(actual, got)
    raise RefusedRequest(413, RequestTooLarge(field, limit=limit, actual=actual), connection="close")


def _of_query_string(given: Mapping[str, str]) -> dict[str, Any]:
    asked: dict[str, Any] = {name: given[name] for name in ("query", "operationName") if name in given}
    for name in ("variables", "extensions"):
        if given.get(name):
            asked[name] = _parse(given[name].encode("utf-8", errors="replace"), f"`{name}`")
    return asked


def _asked(request: Any) -> Asked:
    if not isinstance(request, dict):
        raise RefusedRequest(400, InvalidInput("A GraphQL request is a JSON object with a `query`.", field="body"))
    if not isinstance(request.get("query"), str) or not request["query"]:
        raise RefusedRequest(400, InvalidInput("`query` is the document, as a string.", field="query"))
    for name in ("variables", "extensions"):
        if not isinstance(request.get(name), dict | None):
            raise RefusedRequest(400, InvalidInput(f"`{name}` is an object or null.", field=name))
    if not isinstance(request.get("operationName"), str | None):
        raise RefusedRequest(400, InvalidInput("`operationName` is a string or null.", field="operationName"))
    return Asked(
        query=request["query"],
        variables=request.get("variables"),
        operation_name=request.get("operationName") or None,
        extensions=request.get("extensions"),
    )


def _with_files(form: FormData) -> Any:
    """The `operations` of a multipart request, with each file in the place that `map` gives it."""
    operations = _parse(_text_part(form, "operations"), "`operations`")
    places = _parse(_text_part(form, "map"), "`map`")
    if not isinstance(operations, dict) or not isinstance(places, dict):
        raise RefusedRequest(400, InvalidInput("`operations` and `map` are JSON objects.", field="map"))
    for part, paths in places.items():
        file = form.get(part)
        if not isinstance(file, UploadFile):
            raise RefusedRequest(400, InvalidInput(f"There is no file in part {_quoted(part)}.", field="map"))
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            raise RefusedRequest(400, InvalidInput("`map` gives each file a list of paths.", field="map"))
        for path in paths:
            _put(operations, path, file)
    return operations


def _put(operations: dict[str, Any], path: str, file: UploadFile) -> None:
    """The file in place of the null at `variables.input.origin.file`, or `variables.files.0`."""
    holder: Any = None
    place: Any = operations
    key: str | int = ""
    for step in path.split("."):
        holder = place
        key = int(step) if isinstance(holder, list) and step.isdecimal() else step
        known = key in holder if isinstance(holder, dict) else isinstance(key, int) and isinstance(holder, list)
        if not known or (isinstance(key, int) and key >= len(holder)):
            raise RefusedRequest(400, InvalidInput(f"`map` names {_quoted(path)}, which is not there.", field="map"))
        place = holder[key]
    if not path.startswith("variables.") or place is not None:
        raise RefusedRequest(
            400, InvalidInput(f"`map` may put a file only where a variable is null: {_quoted(path)}.", field="map")
        )
    holder[key] = file


def _text_part(form: FormData, name: str) -> bytes:
    part = form.get(name)
    if not isinstance(part, str):
        raise RefusedRequest(400, InvalidInput(f"A multipart request has a part `{name}` with JSON.", field=name))
    return part.encode("utf-8", errors="replace")


def _parse(data: bytes, what: str) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as fault:
        raise RefusedRequest(400, InvalidInput(f"{what} is not JSON: {fault.msg}.")) from None


def _is_utf8(parameters: str) -> bool:
    named = dict(parameter.strip().lower().partition("=")[::2] for parameter in parameters.split(";"))
    return named.get("charset", "utf-8").strip('" ') in {"utf-8", "utf8"}


def _said(fault: Exception) -> str:
    return str(fault).rstrip(".")


def _quoted(text: str) -> str:
    """What the client wrote, as far as it tells the client where to look."""
    return repr(text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…")


def _megabytes(count: int) -> str:
    # Rounded up: a file that is one byte too large must not be said to have just as much as it may.
    return f"{ceil(count / 1_000) / 1_000:.3f}".rstrip("0").rstrip(".")
