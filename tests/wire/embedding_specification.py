"""What a provider has against a request for embeddings, by its own specification where that is on this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import jsonschema
import yaml

SPECIFICATION = "specs/mistral-core.yaml"
_SHARED = Path(os.environ.get("STUDIOLO_SHARED") or Path(__file__).resolve().parents[3] / "shared")
Dialect = Literal["mistral", "openai"]

NO_KEY = "The request has no key (Authorization: Bearer ...)."


def complaint_about(body: Any, headers: Mapping[str, str], dialect: Dialect) -> str | None:
    """What is wrong with a request, by the provider's specification where it is on this machine; None: nothing."""
    if dialect == "mistral" and not headers.get("authorization", "").removeprefix("Bearer "):
        return NO_KEY
    if "application/json" not in headers.get("content-type", ""):
        return "The request is not application/json."
    if not isinstance(body, dict):
        return "The request is not a JSON object."
    if dialect == "mistral" and (schema := specified("EmbeddingRequest")) is not None:
        found = next(schema.iter_errors(body), None)
        if found is not None:
            return str(found.message)
    if not isinstance(body.get("model"), str) or not (texts := texts_of(body)):
        return "`model` is a name, `input` a text or a list of texts."
    return None if all(texts) else "A text is empty."


def complaint_about_answer(body: Any) -> str | None:
    """The same for what the server says (slow: each number is looked at)."""
    schema = specified("EmbeddingResponse")
    found = None if schema is None else next(schema.iter_errors(body), None)
    return None if found is None else str(found.message)


@lru_cache(maxsize=4)
def specified(name: str) -> jsonschema.Draft202012Validator | None:
    """What checks against a schema of the provider's specification; None where that is not on this machine."""
    file = _SHARED / SPECIFICATION
    if not file.is_file():
        return None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    specification = yaml.load(file.read_text(), Loader=loader)
    components = specification["components"]
    return jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": components})


def texts_of(body: Any) -> tuple[str, ...]:
    """What a request wants to have embedded."""
    given = body.get("input") if isinstance(body, dict) else None
    if isinstance(given, str):
        return (given,)
    return tuple(given) if isinstance(given, list) and all(isinstance(text, str) for text in given) else ()
