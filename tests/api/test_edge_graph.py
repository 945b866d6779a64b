"""What every operation has in common: ids, errors, limits, and the schema itself."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import structlog
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType
from structlog.testing import capture_logs

from domain.shared import InvalidInput, UserId
from entrypoints.graphql.ids import global_id, key_of
from entrypoints.graphql.loaders import Loaders
from entrypoints.graphql.schema import build_schema
from tests.api.clients import Api
from tests.builders import a_user

VERSION = version("studiolo")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as captured:
        yield captured


# --- ids --------------------------------------------------------------------------------------------------------------


def id_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


MALFORMED = [
    "",
    "x",
    "héllo",
    "!!!!",
    id_of("User"),
    id_of("User:1"),
    id_of(f"Nobody:{UUID(int=7)}"),
    "VXNlcjox" * 200,
]


@pytest.mark.parametrize("id", [*MALFORMED, id_of(f"CreditEntry:{UUID(int=7)}") + "=="])
async def test_a_malformed_id_is_bad_input(api: Api, id: str) -> None:
    answer = await api("query($id: ID!) { node(id: $id) { id } }", id=id)
    assert answer.failure == {"code": "BAD_USER_INPUT", "field": "id"}
    answer = await api("query($id: ID!) { nodes(ids: [$id]) { id } }", id=id)
    assert answer.failure == {"code": "BAD_USER_INPUT", "field": "ids"}


def test_an_id_of_another_type_is_bad_input() -> None:
    with pytest.raises(InvalidInput) as caught:
        key_of("Source", global_id("User", uuid4()), field="sourceIds")
    assert caught.value.data == {"field": "sourceIds"}


async def test_a_node_is_read_by_its_id(api: Api) -> None:
    viewer = (await api("{ viewer { id creditEntries { nodes { id } } } }")).data["viewer"]
    entry = viewer["creditEntries"]["nodes"][0]["id"]
    query = "query($id: ID!) { node(id: $id) { __typename id ... on CreditEntry { cost } } }"
    assert (await api(query, id=entry)).data["node"] == {"__typename": "CreditEntry", "id": entry, "cost": -10_000}
    assert (await api(query, id=viewer["id"])).data["node"] == {"__typename": "User", "id": viewer["id"]}


async def test_another_users_node_is_forbidden_and_one_that_is_not_there_not_found(sign_in: Callable[[], Api]) -> None:
    mine, theirs = sign_in(), sign_in()
    foreign = (await theirs("{ viewer { id creditEntries { nodes { id } } } }")).data["viewer"]
    query = "query($id: ID!) { node(id: $id) { id } }"
    assert (await mine(query, id=foreign["creditEntries"]["nodes"][0]["id"])).code == "FORBIDDEN"
    assert (await mine(query, id=foreign["id"])).code == "FORBIDDEN"
    nobody = await mine(query, id=global_id("CreditEntry", uuid4()))
    assert (nobody.code, nobody.body["data"]) == ("NOT_FOUND", {"node": None})


async def test_nodes_come_in_order_with_null_for_what_may_not_be_seen(sign_in: Callable[[], Api]) -> None:
    mine, theirs = sign_in(), sign_in()
    query = "{ viewer { id creditEntries { nodes { id } } } }"
    own, foreign = (await mine(query)).data["viewer"], (await theirs(query)).data["viewer"]
    entry = own["creditEntries"]["nodes"][0]["id"]
    ids = [foreign["id"], entry, global_id("CreditEntry", uuid4()), own["id"], entry]
    found = (await mine("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)).data["nodes"]
    assert [node and node["id"] for node in found] == [None, entry, None, own["id"], entry]


async def test_at_most_a_hundred_nodes_at_a_time(api: Api) -> None:
    ids = [global_id("CreditEntry", uuid4())] * 101
    answer = await api("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert answer.failure == {"code": "BAD_USER_INPUT", "field": "ids", "limit": 100, "actual": 101}


# --- connections ------------------------------------------------------------------------------------------------------


async def test_preferences_change_only_where_they_are_given(api: Api) -> None:
    change = """mutation($input: UpdatePreferencesInput!) {
        updatePreferences(input: $input) { preferences { citationFormat researchDepth studyLanguage } } }"""
    await api(change, input={"citationFormat": "MLA", "studyLanguage": "de-AT"})
    answer = await api(change, input={"researchDepth": "DEEP", "citationFormat": None})
    expected = {"citationFormat": "MLA", "researchDepth": "DEEP", "studyLanguage": "de"}
    assert answer.data["updatePreferences"]["preferences"] == expected
    read = await api("{ viewer { preferences { citationFormat researchDepth studyLanguage } } }")
    assert read.data["viewer"]["preferences"] == expected


async def test_a_language_that_is_none_is_bad_input(api: Api) -> None:
    answer = await api(
        'mutation { updatePreferences(input: { studyLanguage: "Italian!" }) { preferences { studyLanguage } } }'
    )
    assert (answer.code, answer.failure["field"]) == ("BAD_USER_INPUT", "language")


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "status", "data"),
    [
        ("CONFLICT", 200, {"currentVersion": 7}),
        ("FORBIDDEN", 200, {"kind": "thing"}),
        ("NOT_FOUND", 200, {"kind": "thing"}),
        ("INSUFFICIENT_CREDITS", 200, {"balance": 1, "required": 3}),
        ("RATE_LIMITED", 429, {"retryAfter": 2.5}),
        ("SERVICE_UNAVAILABLE", 503, {"retryAfter": 3}),
    ],
)
async def test_a_failure_keeps_its_code_and_its_data(api: Api, code: str, status: int, data: dict[str, Any]) -> None:
    answer = await api("query($code: String!) { fail(code: $code) }", code=code)
    assert (answer.status, answer.failure) == (status, {"code": code, **data})
    assert answer.headers.get("retry-after") == ("3" if status in {429, 503} else None)
    # Beside other data it is one field's failure, and no more than that.
    beside = await api("query($code: String!) { failSoftly(code: $code) service { version } }", code=code)
    assert (beside.status, beside.code) == (200, code)
    assert beside.body["data"]["service"] == {"version": VERSION}


@pytest.mark.parametrize("field", ["crash", "impossible"])
async def test_what_nobody_thought_of_is_masked_and_logged_once(api: Api, logs: list[Any], field: str) -> None:
    answer = await api(f"query Odd {{ {field} }}")
    assert answer.failure.keys() == {"code", "incidentId"}
    assert answer.code == "INTERNAL"
    assert "hunter2" not in str(answer.body)
    (line,) = [line for line in logs if line["log_level"] == "error"]
    assert (line["incident_id"], line["operation"], line["path"]) == (answer.failure["incidentId"], "Odd", field)
    assert line["request_id"] == answer.headers["x-request-id"]
    assert isinstance(line["exc_info"], Exception)


async def test_a_request_leaves_one_line_without_secrets_or_text(api: Api, logs: list[Any]) -> None:
    await api("query Echo($t: String!) { echo(text: $t) }", t="my diary")
    (line,) = [line for line in logs if line["event"] == "request"]
    assert line.keys() >= {"method", "path", "operation", "status", "duration_ms", "user_id", "request_id"}
    assert (line["method"], line["path"], line["operation"], line["status"]) == ("POST", "/graphql", "Echo", 200)
    assert "diary" not in str(logs)
    assert str(api.token) not in str(logs)


# --- limits -----------------------------------------------------------------------------------------------------------


def bomb(levels: int) -> str:
    doubling = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels))
    return f"{{ ...F0 }} {doubling} fragment F{levels} on Query {{ service {{ version }} }}"


def chain(length: int) -> str:
    links = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(length))
    return f"{{ ...F0 }} {links} fragment F{length} on Query {{ service {{ version }} }}"


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (bomb(18), "root fields"),
        (bomb(95), "root fields"),
        (chain(210), "depth"),
        ("{" + " ".join(f"a{n}: __typename" for n in range(31)) + "}", "aliases"),
        ("{ service { version " + "version " * 1_100 + "} }", "fields"),
        ("{ service { version " + " ".join("@include(if: true)" for _ in range(60)) + " } }", "directives"),
        ("{ viewer " + "{ a " * 17 + "}" * 17 + "}", "depth"),
        ("{" + "__typename " * 3_000 + "}", "tokens"),
        (
            "query($n: Int) {"
            + " ".join(
                f"v{n}: viewer {{ creditEntries(first: $n) {{ nodes {{ {'id cost ' * 20} }} }} }}" for n in range(15)
            )
            + "}",
            "cost",
        ),
    ],
)
async def test_an_operation_beyond_a_limit_is_too_complex(api: Api, document: str, what: str) -> None:
    answer = await api(document)
    errors = answer.body["errors"]
    assert answer.status == 400
    assert all(error["extensions"]["code"] == "QUERY_TOO_COMPLEX" for error in errors)
    assert what in [error["extensions"]["what"] for error in errors]


async def test_a_document_is_not_quoted_back_at_length(api: Api) -> None:
    answer = await api("{ " + "x" * 100_000 + " }")
    assert answer.code == "BAD_USER_INPUT"
    assert len(answer.error["message"]) <= 500


async def test_a_fragment_that_spreads_itself_is_bad_input(api: Api) -> None:
    answer = await api("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }")
    assert answer.code == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "document", ["{" * 4_000, "{ a" * 1_900, '{ echo(text: """' + "x" * 50_000 + '""") }', "#" * 90_000]
)
async def test_odd_documents_are_answered(api: Api, document: str) -> None:
    assert (await api(document)).status in {200, 400}


async def test_introspection_is_within_the_limits(api: Api) -> None:
    from graphql import get_introspection_query

    assert len((await api(get_introspection_query(input_value_deprecation=True))).data["__schema"]["types"]) > 10


# --- loaders ----------------------------------------------------------------------------------------------------------


async def test_what_is_asked_for_one_by_one_is_read_together() -> None:
    import asyncio

    owner, loaders, reads = a_user().id, Loaders(), []
    there, gone = uuid4(), uuid4()

    async def many(*, owner: UserId, ids: Any) -> dict[Any, str]:
        reads.append(list(ids))
        return {there: "here"}

    found = await asyncio.gather(
        loaders.find(many, there, owner=owner),
        loaders.find(many, gone, owner=owner),
        loaders.find(many, there, owner=owner),
    )
    assert list(found) == ["here", None, "here"]
    assert reads == [[there, gone]]
    assert await loaders.load_many(many, [gone, there], owner=owner) == ["here"]
    assert len(reads) == 1


# --- the schema -------------------------------------------------------------------------------------------------------


def test_the_committed_schema_is_the_one_the_code_prints() -> None:
    printed = build_schema().as_str() + "\n"
    committed = (ROOT / "schema.graphql").read_text(encoding="utf-8")
    assert committed == printed, "run: python -m entrypoints.graphql.schema > schema.graphql"


def test_everything_in_the_schema_is_described() -> None:
    bare = []
    for name, kind in build_schema()._schema.type_map.items():
        if name.startswith("__"):
            continue
        if not kind.description:
            bare.append(name)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            bare += [f"{name}.{field}" for field, of in kind.fields.items() if not of.description]
            bare += [
                f"{name}.{field}({argument})"
                for field, of in kind.fields.items()
                for argument, given in of.args.items()
                if not given.description
            ]
        elif isinstance(kind, GraphQLInputObjectType):
            bare += [f"{name}.{field}" for field, of in kind.fields.items() if not of.description]
        elif isinstance(kind, GraphQLEnumType):
            bare += [f"{name}.{value}" for value, of in kind.values.items() if not of.description]
    assert bare == []
