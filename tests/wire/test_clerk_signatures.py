"""Svix signatures, over the wire's own bytes: made with the vendor's library, broken in every way we know."""

from __future__ import annotations

import pytest

from adapters.clerk import SvixDeliveryReader
from application.accounts import DeliveryRefused
from tests.builders_clerk import OTHER_SECRET, SECRET, a_clerk_user, an_event, signed

BODY = an_event("user.created", a_clerk_user("user_1", last_name="Nicolò"))
READER = SvixDeliveryReader([SECRET])


def reason(headers: dict[str, str], body: bytes = BODY, reader: SvixDeliveryReader = READER) -> object:
    with pytest.raises(DeliveryRefused) as refused:
        reader.read(headers=headers, body=body)
    return refused.value.data["reason"]


def test_what_clerk_signed_is_read() -> None:
    assert READER.read(headers=signed(BODY, id="msg_7"), body=BODY).id == "msg_7"


def test_during_a_rotation_either_secret_is_good() -> None:
    both = SvixDeliveryReader([OTHER_SECRET, SECRET])
    for secret in (SECRET, OTHER_SECRET):
        assert both.read(headers=signed(BODY, secret=secret), body=BODY).subject == "user_1"
    assert reason(signed(BODY, secret=OTHER_SECRET)) == "signature"


def test_one_good_signature_among_others_is_enough() -> None:
    headers = signed(BODY)
    good = headers["svix-signature"]
    for others in ("v1,AAAA", "v1a,AAAA", "v2,x", "v1", ",", "v1,a,b", "v1,!", "v1,è"):
        for signatures in (f"{others} {good}", f"{good} {others}", f"{others} {others}  {good}"):
            assert READER.read(headers={**headers, "svix-signature": signatures}, body=BODY).subject == "user_1"


@pytest.mark.parametrize("missing", ["svix-id", "svix-signature", "svix-timestamp"])
@pytest.mark.parametrize("empty", [True, False])
def test_a_missing_header_is_refused(missing: str, empty: bool) -> None:
    headers = signed(BODY)
    headers[missing] = ""
    if not empty:
        del headers[missing]
    assert reason(headers) == ("timestamp" if missing == "svix-timestamp" else "headers")


@pytest.mark.parametrize(
    "timestamp", ["soon", "1e9", "nan", "inf", "-1", " 5", "9" * 400, "١٢٣", "0x5", "12.5", "\x00"]
)
def test_a_timestamp_that_is_no_number_is_refused(timestamp: str) -> None:
    assert reason({**signed(BODY), "svix-timestamp": timestamp}) == "timestamp"


@pytest.mark.parametrize("age", [301, 86_400, -301, -86_400])
def test_a_delivery_of_another_time_is_refused(age: float) -> None:
    assert reason(signed(BODY, age=age)) == "signature"


@pytest.mark.parametrize("age", [290, -290])
def test_a_delivery_may_be_late_by_five_minutes(age: float) -> None:
    assert READER.read(headers=signed(BODY, age=age), body=BODY).subject == "user_1"


def test_a_good_signature_at_another_moment_is_refused() -> None:
    headers = signed(BODY)
    assert reason({**headers, "svix-timestamp": str(int(headers["svix-timestamp"]) - 1)}) == "signature"


@pytest.mark.parametrize("id", ["a b", "a\nb", "é", "x" * 256, "\x00"])
def test_an_id_that_is_none_is_refused(id: str) -> None:
    assert reason({**signed(BODY), "svix-id": id}) == "headers"


@pytest.mark.parametrize(
    "signature",
    ["v1", "v1,", ",", "v1,a", "v1,!!!!", "v1,AAAA", "nonsense", "v1,a,b,c", "v1a,AAAA", "v1,é", "v1,\x00", " "],
)
def test_a_malformed_signature_is_refused(signature: str) -> None:
    assert reason({**signed(BODY), "svix-signature": signature}) == "signature"


def test_a_flood_of_signatures_is_refused_unread() -> None:
    assert reason({**signed(BODY), "svix-signature": "v1,AAAA " * 10_000}) == "headers"


@pytest.mark.parametrize("body", [BODY + b" ", BODY.replace(b"anna@", b"eva@"), b"", b"\xff\xfe"], ids=range(4))
def test_another_body_is_refused(body: bytes) -> None:
    assert reason(signed(BODY), body=body) == "signature"


def test_another_id_is_refused() -> None:
    assert reason({**signed(BODY), "svix-id": "msg_other"}) == "signature"


def test_a_signed_body_that_is_no_event_is_refused() -> None:
    assert reason(signed(b"[]"), body=b"[]") == "body"
