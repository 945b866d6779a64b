"""Clerk's keys, over the wire: they rotate, the server hangs, fails and talks nonsense."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key

from adapters.clerk import ClerkKeys, KeysUnavailable
from domain.accounts import InvalidToken
from tests.wire.key_server import KeyServer, key_server, public_jwk

FIRST, SECOND = (generate_private_key(public_exponent=65_537, key_size=2048).public_key() for _ in range(2))


class Seconds:
    """A monotonic clock that moves only when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def server() -> AsyncIterator[KeyServer]:
    async with key_server() as serving:
        serving.keys = [public_jwk("first", FIRST)]
        yield serving


@pytest.fixture
async def keys(server: KeyServer, seconds: Seconds) -> AsyncIterator[ClerkKeys]:
    made = ClerkKeys(server.url, httpx2.AsyncClient(), monotonic=seconds, timeout=1.0, patience=0.1)
    yield made
    await made.aclose()


def same(one: RSAPublicKey, other: RSAPublicKey) -> bool:
    return one.public_numbers() == other.public_numbers()


async def unknown(keys: ClerkKeys, key_id: str) -> None:
    with pytest.raises(InvalidToken) as refused:
        await keys.key(key_id)
    assert refused.value.data["reason"] == "signature"


async def test_a_key_is_fetched_once_and_kept(keys: ClerkKeys, server: KeyServer, seconds: Seconds) -> None:
    for _ in range(3):
        assert same(await keys.key("first"), FIRST)
        seconds.now += 1_000
    assert server.requests == 1


async def test_a_hundred_first_requests_share_one_fetch(keys: ClerkKeys, server: KeyServer) -> None:
    found = await asyncio.gather(*(keys.key("first") for _ in range(100)))
    assert all(same(key, FIRST) for key in found)
    assert server.requests == 1


async def test_a_caller_who_goes_away_does_not_end_the_fetch_of_the_others(keys: ClerkKeys, server: KeyServer) -> None:
    server.gate.clear()
    leaving, staying = (asyncio.create_task(keys.key("first")) for _ in range(2))
    await server.asked.wait()
    leaving.cancel()
    server.gate.set()
    assert same(await staying, FIRST)
    assert server.requests == 1


async def test_a_rotated_key_is_fetched_when_a_token_names_it(
    keys: ClerkKeys, server: KeyServer, seconds: Seconds
) -> None:
    await keys.key("first")
    server.keys = [public_jwk("second", SECOND)]
    seconds.now += 11
    assert same(await keys.key("second"), SECOND)
    await unknown(keys, "first")  # withdrawn
    assert server.requests == 2


async def test_a_flood_of_unknown_keys_costs_one_request_in_ten_seconds(
    keys: ClerkKeys, server: KeyServer, seconds: Seconds
) -> None:
    await keys.key("first")
    for second in range(30):
        seconds.now = 1_000.0 + second
        await asyncio.gather(*(unknown(keys, f"forged-{number}") for number in range(10)))
    assert server.requests == 3  # at 0, 10 and 20 seconds
    assert same(await keys.key("first"), FIRST)


async def test_old_keys_are_replaced(keys: ClerkKeys, server: KeyServer, seconds: Seconds) -> None:
    await keys.key("first")
    server.keys = [public_jwk("first", SECOND)]
    seconds.now += 3_601
    assert same(await keys.key("first"), SECOND)


@pytest.mark.parametrize("status", ["500 Internal Server Error", "404 Not Found", "204 No Content"])
async def test_old_keys_serve_while_clerk_is_down(
    keys: ClerkKeys, server: KeyServer, seconds: Seconds, status: str
) -> None:
    await keys.key("first")
    server.status = status
    for _ in range(5):
        seconds.now += 3_700
        assert same(await keys.key("first"), FIRST)
    assert server.requests == 6


async def test_while_clerk_hangs_old_keys_serve_after_a_moment(
    keys: ClerkKeys, server: KeyServer, seconds: Seconds
) -> None:
    await keys.key("first")
    server.gate.clear()
    seconds.now += 3_700
    async with asyncio.timeout(0.3):  # patience is 0.1; the fetch itself would take 0.4
        found = await asyncio.gather(*(keys.key("first") for _ in range(20)))
    assert all(same(key, FIRST) for key in found)
    assert server.requests == 2


async def test_keys_that_are_too_old_serve_nobody(keys: ClerkKeys, server: KeyServer, seconds: Seconds) -> None:
    await keys.key("first")
    server.status = "500 Internal Server Error"
    seconds.now += 86_401
    with pytest.raises(KeysUnavailable):
        await keys.key("first")


async def test_a_key_that_nobody_knows_is_refused_while_clerk_is_down(
    keys: ClerkKeys, server: KeyServer, seconds: Seconds
) -> None:
    await keys.key("first")
    server.status = "500 Internal Server Error"
    seconds.now += 11
    await unknown(keys, "second")


async def test_without_any_key_one_is_told_when_to_come_again_and_clerk_is_left_in_peace(
    keys: ClerkKeys, server: KeyServer, seconds: Seconds
) -> None:
    server.status = "503 Service Unavailable"
    for _ in range(10):
        with pytest.raises(KeysUnavailable) as refused:
            await keys.key("first")
        assert refused.value.data["retry_after"] == 2
    assert server.requests == 1
    server.status = "200 OK"
    seconds.now += 2
    assert same(await keys.key("first"), FIRST)


async def test_a_first_fetch_that_hangs_ends_in_time(keys: ClerkKeys, server: KeyServer) -> None:
    server.gate.clear()
    async with asyncio.timeout(3):
        with pytest.raises(KeysUnavailable):
            await keys.key("first")


async def test_a_server_that_is_not_there_is_no_mystery(seconds: Seconds) -> None:
    async with key_server() as gone:
        url = gone.url
    keys = ClerkKeys(url, httpx2.AsyncClient(), monotonic=seconds)
    with pytest.raises(KeysUnavailable):
        await keys.key("first")
    await keys.aclose()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": []}',
        b'{"keys": [1, null]}',
        b"[" * 20_000,
        b"\xff\xfe",
    ],
    ids=lambda body: repr(body[:14]),
)
async def test_an_answer_that_holds_no_key_changes_nothing(
    keys: ClerkKeys, server: KeyServer, seconds: Seconds, body: bytes
) -> None:
    server.body = body
    with pytest.raises(KeysUnavailable):
        await keys.key("first")
    server.body = None
    seconds.now += 11
    await keys.key("first")
    server.body = body
    seconds.now += 3_700
    assert same(await keys.key("first"), FIRST)


async def test_an_endless_answer_is_not_read_to_its_end(keys: ClerkKeys, server: KeyServer) -> None:
    server.body = b" " * 1_000_000
    with pytest.raises(KeysUnavailable):
        await keys.key("first")


async def test_a_redirect_is_not_followed(keys: ClerkKeys, server: KeyServer) -> None:
    server.status, server.headers = "302 Found", [f"location: {server.url}"]
    with pytest.raises(KeysUnavailable):
        await keys.key("first")
    assert server.requests == 1


WEAK = generate_private_key(public_exponent=65_537, key_size=1024).public_key()


@pytest.mark.parametrize(
    "useless",
    [
        public_jwk("other", SECOND, kid=...),
        public_jwk("other", SECOND, kid=7),
        public_jwk("other", SECOND, use="enc"),
        public_jwk("other", SECOND, alg="PS256"),
        public_jwk("other", SECOND, kty="oct", k="c2VjcmV0"),
        public_jwk("other", SECOND, n=...),
        public_jwk("other", SECOND, n="!"),
        public_jwk("other", SECOND, e=5),
        public_jwk("other", WEAK),
        "a string",
    ],
    ids=["no id", "id no text", "encryption", "algorithm", "symmetric", "no modulus", "no base64", "e", "weak", "text"],
)
async def test_an_entry_that_is_no_key_of_ours_does_not_hide_the_others(
    keys: ClerkKeys, server: KeyServer, useless: Any
) -> None:
    server.keys = [useless, public_jwk("first", FIRST)]
    assert same(await keys.key("first"), FIRST)
    await unknown(keys, "other")


async def test_a_check_fetches_at_once_and_says_when_it_could_not(
    keys: ClerkKeys, server: KeyServer, seconds: Seconds
) -> None:
    await keys.check()
    assert same(await keys.key("first"), FIRST)
    assert server.requests == 1
    server.status = "500 Internal Server Error"
    seconds.now += 1
    with pytest.raises(KeysUnavailable):
        await keys.check()
    assert same(await keys.key("first"), FIRST)
