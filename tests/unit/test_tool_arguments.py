"""Arguments of tools: checked as their schemas say, and shown without harm."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from adapters.memory.accounts import MemoryCreditReader
from adapters.memory.database import MemoryDatabase
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from application.chat.tool_arguments import UnsuitableArguments, checked_arguments, shown_arguments
from domain.shared import InvalidInput
from tests.builders_tools import ScriptedSearch, a_toolbox

DATABASE = MemoryDatabase()
OFFERS = [
    tool.offer
    for tool in a_toolbox(OpenMemoryUnitOfWork(DATABASE), MemoryCreditReader(DATABASE), web=ScriptedSearch()).tools
]

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2_500) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def schemas(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """This one, and all that are in it."""
    yield schema
    for inner in schema.get("properties", {}).values():
        yield from schemas(inner)
    if "items" in schema:
        yield from schemas(schema["items"])


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.name)
def test_every_schema_is_one_and_says_what_may_be_there(offer: Any) -> None:
    Draft202012Validator.check_schema(offer.parameters)
    for schema in schemas(offer.parameters):
        assert schema["type"] in {"object", "array", "string", "integer", "boolean"}
        if schema["type"] == "object":
            assert schema["additionalProperties"] is False
            assert set(schema.get("required", ())) <= set(schema["properties"])


@given(offer=st.sampled_from(OFFERS), data=st.data())
def test_what_is_accepted_is_what_any_validator_accepts(offer: Any, data: st.DataObject) -> None:
    names = st.sampled_from([*offer.parameters["properties"], "other"])
    arguments = data.draw(st.dictionaries(names, VALUES | st.sampled_from(["APA", "ESSAY", "x"]), max_size=4) | VALUES)
    is_valid = Draft202012Validator(offer.parameters).is_valid(arguments)
    try:
        assert checked_arguments(json.dumps(arguments), offer.parameters) == arguments
    except InvalidInput:
        return
    # Stricter in spaces alone, NUL and ids; never more generous.
    assert is_valid


@pytest.mark.parametrize("text", ["", " \n"])
def test_no_text_is_no_arguments(text: str) -> None:
    assert checked_arguments(text, {"type": "object", "properties": {}}) == {}


def test_a_refusal_says_where() -> None:
    (search,) = (offer for offer in OFFERS if offer.name == "querySources")
    with pytest.raises(UnsuitableArguments) as refused:
        checked_arguments('{"query": "x", "sourceIds": ["x"]}', search.parameters)
    assert (refused.value.data["field"], refused.value.message) == ("sourceIds[0]", "`sourceIds[0]` must be a UUID.")


@given(VALUES | st.dictionaries(st.text(), st.integers() | st.text(min_size=400), max_size=30))
def test_whatever_was_given_can_be_shown_and_sent(arguments: Any) -> None:
    shown = shown_arguments(json.dumps(arguments))
    assert len(shown) <= 4_000
    assert orjson.loads(orjson.dumps(json.loads(shown))) is not None or arguments is None
    assert "\x00" not in shown


@given(st.text(alphabet=st.characters(codec=None), max_size=600))
def test_what_is_no_json_is_shown_as_the_text_that_it_is(text: str) -> None:
    assert orjson.dumps(json.loads(shown_arguments(text)))


@pytest.mark.parametrize("text", ['{"a": NaN}', '{"a": 1e999}', "[" * 100_000, '{"a": ' * 100_000, "\ud800"])
def test_what_no_json_can_hold_is_shown_as_text(text: str) -> None:
    assert isinstance(orjson.loads(orjson.dumps(json.loads(shown_arguments(text)))), str)
