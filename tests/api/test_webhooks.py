"""`POST /webhooks/clerk` at the real edge: who may speak, how much, and what is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.development_issuer import DevelopmentIssuer
from adapters.extraction.pool import ProcessExtractor
from adapters.memory.accounts import USERS
from adapters.memory.database import MemoryDatabase
from adapters.memory.deliveries import FAILED
from domain.shared import user_id_of
from entrypoints.http.app import build_app
from entrypoints.http.webhooks import LARGEST_BODY
from entrypoints.settings import Settings, load_settings
from tests.api.clients import Answer, Api
from tests.applications import memory_application
from tests.builders import a_subject
from tests.builders_clerk import OTHER_SECRET, SECRET, a_clerk_user, a_deleted_user, an_event, signed

VIEWER = "{ viewer { email credits { available } } }"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """In the middle of a rotation."""
    return load_settings(
        env_file=None, data_dir=tmp_path, max_upload_bytes=100_000, clerk_webhook_secrets=f"{OTHER_SECRET}, {SECRET}"
    )


async def deliver(api: Api, body: bytes, **headers: str) -> Answer:
    named = {name.replace("-", "_"): value for name, value in {**signed(body), **headers}.items()}
    return await api.request("POST", "/webhooks/clerk", content=body, **named)


async def test_a_user_comes_changes_and_goes(
    stranger: Api, issuer: DevelopmentIssuer, database: MemoryDatabase
) -> None:
    subject = a_subject()
    user = Api(stranger.app, issuer.mint(subject, timedelta(minutes=5)))
    created = an_event("user.created", a_clerk_user(subject))
    assert (await deliver(stranger, created)).body == {"outcome": "done"}
    assert (await user(VIEWER)).data["viewer"] == {"email": "anna@example.org", "credits": {"available": 10_000}}
    changed = an_event("user.updated", a_clerk_user(subject, email="nuova@example.org", updated_at=2_000_000_000_000))
    assert (await deliver(stranger, changed)).status == 200
    assert (await user(VIEWER)).data["viewer"]["email"] == "nuova@example.org"
    assert (await deliver(stranger, an_event("user.deleted", a_deleted_user(subject)))).status == 200
    assert (await user(VIEWER)).failure == {"code": "UNAUTHENTICATED", "reason": "erased"}
    assert (await deliver(stranger, created)).status == 200
    assert database.committed[USERS][user_id_of(subject)].email is None


async def test_a_repeated_delivery_is_answered_as_well_as_the_first(stranger: Api) -> None:
    body = an_event("user.created", a_clerk_user(a_subject()))
    headers = signed(body, secret=OTHER_SECRET)
    answers = [(await deliver(stranger, body, **headers)) for _ in range(3)]
    assert [answer.status for answer in answers] == [200] * 3
    assert [answer.body["outcome"] for answer in answers] == ["done", "repeated", "repeated"]


async def test_an_unknown_kind_of_event_is_accepted(stranger: Api) -> None:
    answer = await deliver(stranger, an_event("organization.created", {"id": "org_1"}))
    assert (answer.status, answer.body) == (200, {"outcome": "ignored"})


@pytest.mark.parametrize(
    ("header", "value", "reason"),
    [
        ("svix-id", "", "headers"),
        ("svix-signature", "", "headers"),
        ("svix-timestamp", "", "timestamp"),
        ("svix-timestamp", "domani", "timestamp"),
        ("svix-timestamp", "1000000000", "signature"),
        ("svix-signature", "v1", "signature"),
        ("svix-signature", "v1,non è base64", "signature"),
        ("svix-id", "msg_other", "signature"),
    ],
)
async def test_what_is_not_proved_is_400(stranger: Api, header: str, value: str, reason: str) -> None:
    body = an_event("user.created", a_clerk_user(a_subject()))
    headers: Any = {header: value.encode()}
    answer = await deliver(stranger, body, **headers)
    assert (answer.status, answer.body) == (400, {"error": reason})


async def test_without_any_svix_header_it_is_400(stranger: Api) -> None:
    assert (await stranger.request("POST", "/webhooks/clerk", content=b"{}")).status == 400


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"[" * 100_000], ids=range(4))
async def test_a_signed_body_that_is_no_event_is_400(stranger: Api, body: bytes) -> None:
    answer = await deliver(stranger, body)
    assert (answer.status, answer.body) == (400, {"error": "body"})


async def test_a_body_that_is_no_text_is_400(stranger: Api) -> None:
    assert (await send(stranger, b"\xff\xfe")).status == 400


async def send(api: Api, content: Any) -> Answer:
    """With headers that were good for another body."""
    headers = {name.replace("-", "_"): value for name, value in signed(b"").items()}
    return await api.request("POST", "/webhooks/clerk", content=content, **headers)


async def test_ten_megabytes_are_413(stranger: Api) -> None:
    answer = await send(stranger, b"x" * 10_000_000)
    assert (answer.status, answer.body) == (413, {"error": "size"})


async def test_an_endless_body_is_given_up(stranger: Api) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 100_000
            yield b"x" * 100_000

    assert (await send(stranger, endless())).status == 413
    assert sent < 40 * LARGEST_BODY


async def test_only_post_is_understood(stranger: Api) -> None:
    assert (await stranger.request("GET", "/webhooks/clerk")).status == 405


async def test_a_failure_inside_is_500_is_recorded_and_the_retry_succeeds(
    stranger: Api, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    from adapters.memory.accounts import MemoryUserRepository

    async def broken(*_: object) -> bool:
        raise OSError("the disk is full of Anna")

    body = an_event("user.created", a_clerk_user(a_subject()))
    headers = signed(body)
    with monkeypatch.context() as breaking:
        breaking.setattr(MemoryUserRepository, "open", broken)
        answer = await deliver(stranger, body, **headers)
    assert (answer.status, answer.body) == (500, {"error": "failed"})
    kept = database.committed[FAILED][headers["svix-id"]]
    assert (kept.error, kept.attempts, kept.payload) == ("OSError", 1, body)
    assert (await deliver(stranger, body, **headers)).body == {"outcome": "done"}
    mended = database.committed[FAILED][headers["svix-id"]]
    assert (mended.payload, mended.mended_at is not None) == (None, True)


async def test_an_event_that_is_not_understood_is_500_and_recorded(stranger: Api, database: MemoryDatabase) -> None:
    body = an_event("user.deleted", {"object": "user", "deleted": True})
    headers = signed(body)
    assert (await deliver(stranger, body, **headers)).status == 500
    assert database.committed[FAILED][headers["svix-id"]].error == "UnreadableEvent"


async def test_where_no_secret_is_set_there_is_nothing(
    tmp_path: Path, issuer: DevelopmentIssuer, extractor: ProcessExtractor
) -> None:
    settings = load_settings(env_file=None, data_dir=tmp_path)
    memory = memory_application(settings, verifier=issuer, extractor=extractor)
    answer = await deliver(Api(build_app(memory.application, settings)), an_event("user.created", {}))
    assert answer.status == 404
