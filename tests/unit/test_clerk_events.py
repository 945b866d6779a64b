"""What Clerk's webhooks say: read as far as it concerns us, whatever else is in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.clerk.events import read_delivery
from application.accounts import DeliveryRefused, UnreadableEvent
from domain.accounts import Profile, UserDeleted, UserDescribed
from tests.builders_clerk import CHANGED_AT, a_clerk_user, a_deleted_user, an_event

SPECIFICATION = "specs/clerk-webhooks-2025-04-15.yaml"


def profile_of(data: dict[str, Any]) -> Profile:
    event = read_delivery("msg_1", an_event("user.updated", data)).event
    assert isinstance(event, UserDescribed)
    return event.profile


@pytest.mark.parametrize("type", ["user.created", "user.updated"])
def test_a_user_is_described_by_what_we_keep(type: str) -> None:
    body = an_event(type, a_clerk_user("user_1"))
    delivery = read_delivery("msg_1", body)
    assert (delivery.id, delivery.type, delivery.subject, delivery.payload) == ("msg_1", type, "user_1", body)
    assert delivery.event == UserDescribed(
        subject="user_1",
        profile=Profile(
            email="anna@example.org",
            username="anna",
            image_url="https://img.example.org/anna.png",
            updated_at=datetime.fromtimestamp(CHANGED_AT / 1_000, UTC),
        ),
    )


def test_a_deleted_user_is_deleted() -> None:
    assert read_delivery("msg_1", an_event("user.deleted", a_deleted_user("user_1"))).event == UserDeleted(
        subject="user_1"
    )


def test_an_event_of_another_kind_does_not_concern_us() -> None:
    delivery = read_delivery("msg_1", an_event("session.created", {"id": "sess_1"}))
    assert (delivery.event, delivery.subject) == (None, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"email": None, "username": "eva"},
        {"primary_email_address_id": None},
        {"primary_email_address_id": "idn_elsewhere"},
        {"email_addresses": []},
        {"email_addresses": None},
        {"email_addresses": [None, 1, {"id": "idn_primary"}]},
        {"email": "a\x00b"},
        {"email": "a\ud800b"},
        {"email": "x" * 3_000},
    ],
    ids=range(9),
)
def test_a_user_may_be_without_an_address_that_can_be_kept(changes: Any) -> None:
    assert profile_of(a_clerk_user("user_1", **changes)).email is None


@pytest.mark.parametrize("name", ["username", "image_url"])
@pytest.mark.parametrize("value", [None, "", "  ", 7, ["x"], "a\x00b"])
def test_what_is_no_text_is_left_out(name: str, value: Any) -> None:
    assert getattr(profile_of({**a_clerk_user("user_1"), name: value}), name) is None


@pytest.mark.parametrize("moment", [None, "soon", True, -1, 1.5, 10**400, 2**60])
def test_a_change_at_no_time_is_not_understood(moment: object) -> None:
    delivery = read_delivery("msg_1", an_event("user.updated", a_clerk_user("user_1", updated_at=moment)))
    assert isinstance(delivery.event, UnreadableEvent)
    assert delivery.subject == "user_1"


@pytest.mark.parametrize("subject", [None, "", " ", 7, {"a": 1}, "x" * 256, "a\x00b", "a\ud800b"])
@pytest.mark.parametrize("type", ["user.created", "user.deleted"])
def test_a_user_without_an_id_is_not_understood(type: str, subject: object) -> None:
    delivery = read_delivery("msg_1", an_event(type, {**a_clerk_user("user_1"), "id": subject}))
    assert isinstance(delivery.event, UnreadableEvent)
    assert delivery.subject is None


@pytest.mark.parametrize("data", [None, [], "text", 5])
def test_data_of_another_shape_are_not_understood(data: Any) -> None:
    assert isinstance(read_delivery("msg_1", an_event("user.created", data)).event, UnreadableEvent)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"[]", b"{}", b'{"type": 5}', b'{"type": ""}', b'{"type": "a\\u0000b"}', b"[" * 100_000],
    ids=range(9),
)
def test_a_body_that_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(DeliveryRefused) as refused:
        read_delivery("msg_1", body)
    assert refused.value.data["reason"] == "body"


# --- against the specification, where it is at hand -------------------------------------------------------------------


@pytest.fixture
def specification(shared: Path) -> dict[str, Any]:
    file = shared / SPECIFICATION
    if not file.exists():
        pytest.skip("the specification is not beside the project")
    document: dict[str, Any] = yaml.safe_load(file.read_text())
    return document


def faults(value: Any, schema: dict[str, Any], root: dict[str, Any], path: str = "") -> Iterator[str]:
    """Where a value is not what an OpenAPI 3.0 schema says: references, types, null, required and unknown members."""
    if "$ref" in schema:
        named: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            named = named[part]
        yield from faults(value, named, root, path)
        return
    for each in schema.get("allOf", ()):
        yield from faults(value, each, root, path)
    if value is None:
        if not schema.get("nullable"):
            yield f"{path} is null"
        return
    kinds: dict[str, Any] = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "boolean": bool,
        "number": (int, float),
    }
    wanted = schema.get("type")
    if wanted and not isinstance(value, kinds[wanted]):
        yield f"{path} is no {wanted}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path} is none of {schema['enum']}"
    if isinstance(value, dict):
        members = schema.get("properties", {})
        yield from (f"{path}.{name} is missing" for name in schema.get("required", ()) if name not in value)
        for name, member in value.items():
            if name in members:
                yield from faults(member, members[name], root, f"{path}.{name}")
            elif schema.get("additionalProperties") is False:
                yield f"{path}.{name} is unknown"
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from faults(item, schema.get("items", {}), root, f"{path}[{index}]")


def schema_of(specification: dict[str, Any], type: str) -> dict[str, Any]:
    operation = specification["x-webhooks"][type]["post"]
    schema: dict[str, Any] = operation["requestBody"]["content"]["application/json"]["schema"]
    return schema


@pytest.mark.parametrize(
    ("type", "data"),
    [
        ("user.created", a_clerk_user("user_1")),
        ("user.updated", a_clerk_user("user_1", email=None, username=None)),
        ("user.deleted", a_deleted_user("user_1")),
    ],
)
def test_our_own_payloads_are_what_clerk_specifies(
    specification: dict[str, Any], type: str, data: dict[str, Any]
) -> None:
    body = json.loads(an_event(type, data))
    assert list(faults(body, schema_of(specification, type), specification)) == []


def test_the_check_sees_a_payload_that_is_not(specification: dict[str, Any]) -> None:
    data = {**a_clerk_user("user_1", updated_at="soon", username=7), "object": None}
    del data["banned"]
    found = list(
        faults(json.loads(an_event("user.created", data)), schema_of(specification, "user.created"), specification)
    )
    assert sorted(found) == [
        ".data.banned is missing",
        ".data.object is null",
        ".data.updated_at is no integer",
        ".data.username is no string",
    ]


def test_every_example_of_clerks_is_read(specification: dict[str, Any]) -> None:
    read = {}
    for type, webhook in specification["x-webhooks"].items():
        content = webhook["post"]["requestBody"]["content"]["application/json"]
        if "example" in content:
            read[type] = read_delivery("msg_1", json.dumps(content["example"]).encode()).event
    ours = {"user.created", "user.updated", "user.deleted"}
    assert {type for type, event in read.items() if event is not None} == ours
    assert not any(isinstance(event, UnreadableEvent) for event in read.values())
