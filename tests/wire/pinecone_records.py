"""What a Pinecone index holds, and its rules: limits, typed flat metadata, filters, cosine."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Record: TypeAlias = tuple[NDArray[np.float32], dict[str, Any]]


class Refused(Exception):
    def __init__(self, reason: str, *, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


class Namespaces:
    """A change is checked at once, and returned as something to do when it is to show."""

    def __init__(self, *, dimensions: int) -> None:
        self.dimensions = dimensions
        self.held: dict[str, dict[str, Record]] = {}

    def upsert(self, namespace: str, vectors: Sequence[Mapping[str, Any]], *, size: int) -> Callable[[], None]:
        if size > 2 * 1024 * 1024:
            raise Refused("message length too large", status=413)
        if not 1 <= len(vectors) <= 1_000:
            raise Refused("Vector count is out of range")
        records = {}
        for vector in vectors:
            if not 1 <= len(vector["id"]) <= 512 or not vector["id"].isascii():
                raise Refused("Vector ID must be ASCII, and at most 512 characters")
            values = self._checked(vector["values"])
            if len(json.dumps(vector.get("metadata", {}), ensure_ascii=False).encode()) > 40 * 1024:
                raise Refused("Metadata size is over the limit")
            if not all(_is_metadata(value) for value in vector.get("metadata", {}).values()):
                raise Refused("Metadata value must be a string, number, boolean or list of strings")
            records[vector["id"]] = (values, dict(vector.get("metadata", {})))
        return lambda: self.held.setdefault(namespace, {}).update(records)

    def delete(self, namespace: str, body: Mapping[str, Any]) -> Callable[[], None]:
        chosen = [name for name in ("ids", "filter", "deleteAll") if body.get(name)]
        if len(chosen) != 1:
            raise Refused("exactly one of ids, filter, delete_all")
        if namespace not in self.held:
            raise Refused("Namespace not found", status=404)
        if len(body.get("ids") or ()) > 1_000:
            raise Refused("too many ids")
        if body.get("filter"):
            admits({}, body["filter"])

        def forget() -> None:
            records = self.held.get(namespace, {})
            named = set(body.get("ids") or ())
            for id, (_, metadata) in list(records.items()):
                if body.get("deleteAll") or id in named or (body.get("filter") and admits(metadata, body["filter"])):
                    del records[id]

        return forget

    def drop(self, namespace: str) -> Callable[[], None]:
        if namespace not in self.held:
            raise Refused("Namespace not found", status=404)

        def forget() -> None:
            self.held.pop(namespace, None)

        return forget

    def query(self, namespace: str, body: Mapping[str, Any]) -> dict[str, Any]:
        if not 1 <= body["topK"] <= (1_000 if body.get("includeValues") or body.get("includeMetadata") else 10_000):
            raise Refused("topK is out of range")
        asked = self._checked(body["vector"])
        records = self.held.get(namespace, {})
        where = body.get("filter")
        found = [id for id, (_, metadata) in records.items() if where is None or admits(metadata, where)]
        matches = []
        if found:
            vectors = np.stack([records[id][0] for id in found])
            scores = (vectors @ asked) / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(asked))
            best = np.argsort(-scores, kind="stable")[: body["topK"]]
            matches = [{"id": found[place], "score": float(scores[place])} for place in best]
        answer = {"matches": matches, "namespace": namespace, "usage": {"readUnits": 1}}
        if len(json.dumps(answer)) > 4 * 1024 * 1024:
            raise Refused("the result is larger than 4 MB")
        return answer

    def fetch(self, namespace: str, ids: Sequence[str]) -> dict[str, Any]:
        if not 1 <= len(ids) <= 1_000:
            raise Refused("ids out of range")
        records = self.held.get(namespace, {})
        vectors = {
            id: {"id": id, "values": records[id][0].tolist(), "metadata": records[id][1]} for id in ids if id in records
        }
        return {"vectors": vectors, "namespace": namespace, "usage": {"readUnits": 1}}

    def list(self, namespace: str, query: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        prefix = query.get("prefix", [""])[0]
        ids = sorted(id for id in self.held.get(namespace, {}) if id.startswith(prefix))
        page, next_one = _page(ids, query)
        return {"vectors": [{"id": id} for id in page], "namespace": namespace, "usage": {"readUnits": 1}, **next_one}

    def names(self, query: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        page, next_one = _page(sorted(self.held), query)
        return {"namespaces": [{"name": one, "record_count": len(self.held[one])} for one in page], **next_one}

    def _checked(self, values: Sequence[float]) -> NDArray[np.float32]:
        vector = np.asarray(values, dtype=np.float32)
        if vector.shape != (self.dimensions,):
            raise Refused(f"Vector dimension {vector.size} does not match the dimension of the index {self.dimensions}")
        if not np.isfinite(vector).all() or not vector.any():
            raise Refused("Dense vectors must contain at least one non-zero value")
        return vector


def admits(metadata: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    """Whether a filter lets this metadata pass, as Pinecone's operators mean it: types are never converted."""
    verdicts = []
    for name, wanted in where.items():
        if name == "$and":
            verdicts.append(all(admits(metadata, one) for one in wanted))
        elif name == "$or":
            verdicts.append(any(admits(metadata, one) for one in wanted))
        elif name.startswith("$"):
            raise Refused(f"unknown operator {name}")
        else:
            conditions = wanted if isinstance(wanted, dict) else {"$eq": wanted}
            verdicts.append(all(_meets(metadata.get(name), one, value) for one, value in conditions.items()))
    return all(verdicts)


def _meets(actual: Any, operator: str, wanted: Any) -> bool:
    several = actual if isinstance(actual, list) else [actual]
    match operator:
        case "$eq":
            return any(_same(one, wanted) for one in several)
        case "$ne":
            return not any(_same(one, wanted) for one in several)
        case "$in" | "$nin":
            if not isinstance(wanted, list) or len(wanted) > 10_000:
                raise Refused(f"{operator} takes a list of at most 10,000 values")
            among = any(_same(one, value) for one in several for value in wanted)
            return among if operator == "$in" else not among
        case "$exists":
            return (actual is not None) is wanted
        case "$gt" | "$gte" | "$lt" | "$lte":
            if isinstance(wanted, bool) or not isinstance(wanted, int | float):
                raise Refused(f"{operator} takes a number")
            if isinstance(actual, bool) or not isinstance(actual, int | float):
                return False
            bounds = {
                "$gt": actual > wanted,
                "$gte": actual >= wanted,
                "$lt": actual < wanted,
                "$lte": actual <= wanted,
            }
            return bounds[operator]
    raise Refused(f"unknown operator {operator}")


def _same(actual: Any, wanted: Any) -> bool:
    return isinstance(actual, bool) == isinstance(wanted, bool) and bool(actual == wanted)


def _is_metadata(value: Any) -> bool:
    return isinstance(value, str | int | float | bool) or (
        isinstance(value, list) and all(isinstance(one, str) for one in value)
    )


def _page(names: Sequence[str], query: Mapping[str, Sequence[str]]) -> tuple[Sequence[str], dict[str, Any]]:
    """At most 100, after the one that the token names."""
    limit = int(query.get("limit", ["100"])[0])
    if not 1 <= limit <= 100:
        raise Refused("limit is out of range")
    after = query.get("paginationToken", [""])[0]
    left = [name for name in names if name > after]
    return left[:limit], {"pagination": {"next": left[limit - 1]}} if len(left) > limit else {}
