"""The vendor's OpenAPI documents, and what went over the wire that they do not allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import jsonschema
import yaml

_FILES = ("pinecone-db_data-2026-04.yaml", "pinecone-db_control-2026-01.alpha.yaml")


class PineconeDocuments:
    """Checks what is named in a document; an operation that is in none is a violation itself."""

    def __init__(self, folder: Path) -> None:
        self._documents = [_read(folder / name) for name in _FILES]
        self.violations: list[str] = []

    def check_request(
        self,
        method: str,
        path: str,
        query: Mapping[str, Sequence[str]],
        headers: Mapping[str, str],
        body: object,
    ) -> None:
        document, operation = self._operation(method, path)
        if operation is None:
            self.violations.append(f"{method} {path}: no such operation")
            return
        known = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
        for name in set(query) - known:
            self.violations.append(f"{method} {path}: unknown parameter {name}")
        given = set(query) | set(headers)
        for parameter in operation.get("parameters", ()):
            name = parameter["name"].lower() if parameter["in"] == "header" else parameter["name"]
            if parameter.get("required") and parameter["in"] != "path" and name not in given:
                self.violations.append(f"{method} {path}: {parameter['name']} is missing")
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is not None:
            unknown = self._unknown(document, content["schema"], body)
            self.violations += [f"{method} {path}: unknown field {name}" for name in unknown]
            self._check(f"{method} {path}", document, content["schema"], _shortened(body))
        elif body is not None:
            self.violations.append(f"{method} {path}: has a body")

    def check_answer(self, method: str, path: str, status: int, body: object) -> None:
        document, operation = self._operation(method, path)
        answer = (operation or {}).get("responses", {}).get(str(status), {})
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        if schema is not None:
            self._check(f"{method} {path} {status}", document, schema, _shortened(body))

    def _check(self, what: str, document: Mapping[str, Any], schema: Mapping[str, Any], value: object) -> None:
        rooted = {**schema, "components": document["components"]}
        for error in jsonschema.Draft202012Validator(rooted).iter_errors(value):
            self.violations.append(f"{what}: {error.json_path} {error.message[:200]}")

    def _unknown(self, document: Mapping[str, Any], schema: Mapping[str, Any], body: object) -> set[str]:
        """Members of the body that the schema does not name: documents allow them, a typing mistake is one."""
        named = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        return set(body) - set(named["properties"]) if isinstance(body, dict) and "properties" in named else set()

    def _operation(self, method: str, path: str) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
        for document in self._documents:
            for pattern, operations in document["paths"].items():
                if _matches(pattern, path) and method.lower() in operations:
                    return document, operations[method.lower()]
        return self._documents[0], None


@cache
def _read(file: Path) -> dict[str, Any]:
    return cast("dict[str, Any]", yaml.load(file.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def _matches(pattern: str, path: str) -> bool:
    wanted, given = pattern.split("/"), path.split("/")
    return len(wanted) == len(given) and all(
        one.startswith("{") or one == unquote(other) for one, other in zip(wanted, given, strict=True)
    )


def _shortened(body: object) -> object:
    """The same with the first few numbers of a vector: all are numbers, and a thousand of them take their time."""
    if isinstance(body, dict):
        return {name: _shortened(value) for name, value in body.items()}
    if isinstance(body, list):
        if body and all(type(one) in {int, float} for one in body):
            return body[:4]
        return [_shortened(one) for one in body]
    return body
