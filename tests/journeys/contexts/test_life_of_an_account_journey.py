"""A user is made by a signed webhook, spends what there is, is refused, gets a new month, and is erased for good."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx2
import psycopg
import pytest

from domain.shared import user_id_of
from entrypoints.cli.client import OperationFailed, StudioloClient
from entrypoints.cli.running_stack import addresses_of
from entrypoints.cli.sample_library import SAMPLE
from tests.builders import a_subject
from tests.builders_clerk import a_clerk_user, a_deleted_user, an_event, signed
from tests.journeys.commands import studiolo
from tests.journeys.contexts.conftest import Stack
from tests.journeys.contexts.test_library_journey import followed, upload
from tests.journeys.contexts.test_practice_journey import generate

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("stack")]

VIEWER = "{ viewer { email credits { available held } creditEntries(first: 1) { nodes { operation balanceAfter } } } }"


async def deliver(stack: Stack, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    async with httpx2.AsyncClient(trust_env=False) as http:
        answer = await http.post(
            f"{stack.up.address}/webhooks/clerk", content=body, headers=signed(body) if headers is None else headers
        )
    return answer.status_code, answer.json()


@pytest.fixture
def owner(stack: Stack) -> Iterator[psycopg.Connection]:
    """The database, as its owner sees it."""
    addresses = addresses_of(stack.up.data_dir)
    assert addresses is not None
    with psycopg.connect(addresses.owner, autocommit=True) as connection:
        yield connection


def take(stack: Stack, subject: str, amount: int) -> None:
    """Correct a user's credits, as an operator does."""
    options = ["--amount", str(amount), "--reason", "a journey", "--data-dir", str(stack.up.data_dir)]
    adjusted = studiolo("credits", "adjust", subject, *options)
    assert adjusted.returncode == 0, adjusted.stderr


async def available(client: StudioloClient) -> int:
    return int((await client.run(VIEWER))["viewer"]["credits"]["available"])


async def refusal(client: StudioloClient, source_id: str) -> Any:
    """Exercises are made one by one until the credits do not last; what is said then."""
    for _ in range(30):
        try:
            await generate(client, count=1, sourceIds=[source_id])
        except OperationFailed as refused:
            return refused.errors[0]["extensions"]
    pytest.fail("the credits lasted")


async def until(what: Any) -> None:
    """Look again until it is so. TimeoutError after half a minute."""
    async with asyncio.timeout(30):
        while not await what():
            await asyncio.sleep(0.2)


async def test_from_the_first_webhook_to_the_certificate(stack: Stack, owner: psycopg.Connection) -> None:
    subject = a_subject()
    created = an_event("user.created", a_clerk_user(subject))
    headers = signed(created)
    assert await deliver(stack, created, headers) == (200, {"outcome": "done"})
    assert await deliver(stack, created, headers) == (200, {"outcome": "repeated"})

    async with StudioloClient(stack.url, stack.token(subject)) as client:
        viewer = (await client.run(VIEWER))["viewer"]
        assert (viewer["email"], viewer["credits"]["available"]) == ("anna@example.org", 10_000)

        source_id = (await upload(client, "lo_studiolo.pdf", SAMPLE.read_bytes()))["source"]["id"]
        await followed(client, source_id)
        take(stack, subject, -9_995)
        refused = await refusal(client, source_id)
        assert await available(client) == 0
        assert (refused["code"], refused["balance"], refused["required"]) == ("INSUFFICIENT_CREDITS", 0, 1)

        # A month passes: what the scheduler of the workers goes by is in these two rows.
        owner.execute("update users set credits_reset_at = '2026-01-01' where user_id = %s", [user_id_of(subject)])
        owner.execute("delete from scheduler_ticks where job = 'accounts.reset_credits'")

        async def is_reset() -> bool:
            return await available(client) == 10_000

        await until(is_reset)
        (line,) = (await client.run(VIEWER))["viewer"]["creditEntries"]["nodes"]
        assert line == {"operation": "RESET", "balanceAfter": 10_000}

        assert await deliver(stack, an_event("user.deleted", a_deleted_user(subject))) == (200, {"outcome": "done"})
        with pytest.raises(OperationFailed) as erased:
            await client.run(VIEWER)
        assert erased.value.errors[0]["extensions"]["reason"] == "erased"

    certificate: dict[str, int] = {}

    async def is_certified() -> bool:
        query = "select counts from erasures where user_id = %s and completed_at is not null"
        for (counts,) in owner.execute(query, [user_id_of(subject)]):
            certificate.update(counts)
        return bool(certificate)

    await until(is_certified)
    assert (certificate["sources"], certificate["files"]) == (1, 1)
    late = an_event("user.updated", a_clerk_user(subject, updated_at=2_000_000_000_000))
    assert (await deliver(stack, late))[0] == 200
    row = owner.execute("select email, credits from users where subject = %s", [subject]).fetchone()
    assert row == (None, 0)


async def test_what_is_not_signed_has_no_effect(stack: Stack, owner: psycopg.Connection) -> None:
    subject = a_subject()
    body = an_event("user.created", a_clerk_user(subject))
    assert await deliver(stack, body, {}) == (400, {"error": "headers"})
    assert await deliver(stack, body, {**signed(body), "svix-timestamp": "domani"}) == (400, {"error": "timestamp"})
    assert await deliver(stack, body, signed(body + b" ")) == (400, {"error": "signature"})
    assert await deliver(stack, b"x" * 10_000_000, signed(body)) == (413, {"error": "size"})
    assert owner.execute("select 1 from users where subject = %s", [subject]).fetchone() is None
