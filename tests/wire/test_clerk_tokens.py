"""Clerk's tokens, held to the contract of every verifier, with keys from a server; and the memory before it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import httpx2
import pytest

from adapters.cached_verifier import CachedVerifier
from adapters.clerk import ClerkKeys, ClerkTokenVerifier
from adapters.development_issuer.key import kept_key
from application.accounts import TokenVerifier, VerifiedToken
from domain.accounts import InvalidToken
from tests.builders import TickingClock
from tests.contracts.test_token_verifier import TokenVerifierContract
from tests.wire.key_server import key_server, public_jwk

ISSUER = "https://clerk.studiolo.example"
PAGE = "https://app.studiolo.example"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of one key for all tests."""
    return tmp_path_factory.mktemp("clerk")


class TestClerkTokenVerifier(TokenVerifierContract):
    # The contract's own fixture is synchronous; a server needs a loop.
    @pytest.fixture(autouse=True)
    async def trusting(self, folder: Path) -> AsyncIterator[None]:
        self.clock = TickingClock()
        self.key, self.key_id, self.issuer = kept_key(folder), "ins_1", ISSUER
        async with key_server() as server:
            server.keys = [public_jwk(self.key_id, self.key.public_key())]
            keys = ClerkKeys(server.url, httpx2.AsyncClient())
            self.verifier = self.wrapped(ClerkTokenVerifier(keys, issuer=ISSUER, parties=[PAGE], clock=self.clock))
            yield
            await keys.aclose()

    def wrapped(self, verifier: TokenVerifier) -> TokenVerifier:
        return verifier

    async def test_a_token_for_a_page_of_ours_is_good(self) -> None:
        assert (await self.verifier.verify(self.token(azp=PAGE))).subject == "user_1"

    @pytest.mark.parametrize("party", [None, "", [PAGE], {"a": 1}, 5, f"{PAGE}/", PAGE.upper()])
    async def test_a_party_that_is_not_exactly_ours_is_refused(self, party: object) -> None:
        assert await self.refusal(self.token_of_json(self.claims(azp=party))) == "party"

    async def test_clocks_may_differ_by_five_seconds_and_no_more(self) -> None:
        token = self.token()
        self.clock.advance(seconds=64)
        assert (await self.verifier.verify(token)).subject == "user_1"
        self.clock.advance(seconds=1)
        assert await self.refusal(token) == "expired"

    async def test_a_key_that_comes_with_the_token_is_not_believed(self) -> None:
        from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

        own = generate_private_key(public_exponent=65_537, key_size=2048)
        brought = {"jwk": public_jwk("own", own.public_key()), "jku": "https://evil.example/jwks.json"}
        assert await self.refusal(self.token(key=own, header=brought)) == "signature"


class TestCachedVerifier(TestClerkTokenVerifier):
    """A memory in front changes nothing but the time."""

    def wrapped(self, verifier: TokenVerifier) -> TokenVerifier:
        return CachedVerifier(verifier, clock=self.clock)


class Counting(TokenVerifier):
    """Believes everything for a minute, and counts."""

    def __init__(self, clock: TickingClock) -> None:
        self.asked: list[str] = []
        self._clock = clock

    async def verify(self, token: str) -> VerifiedToken:
        self.asked.append(token)
        if token.startswith("bad"):
            raise InvalidToken("signature")
        return VerifiedToken(subject=token, expires_at=self._clock() + timedelta(seconds=60))


async def test_a_token_seen_before_is_not_verified_again_until_it_expires() -> None:
    clock = TickingClock()
    verifier = CachedVerifier(counting := Counting(clock), clock=clock)
    for _ in range(60):
        assert (await verifier.verify("anna")).subject == "anna"
        clock.advance(seconds=1)
    assert counting.asked == ["anna"]
    await verifier.verify("anna")
    assert counting.asked == ["anna", "anna"]


async def test_a_refusal_is_not_remembered() -> None:
    verifier = CachedVerifier(counting := Counting(clock := TickingClock()), clock=clock)
    for _ in range(2):
        with pytest.raises(InvalidToken):
            await verifier.verify("bad")
    assert counting.asked == ["bad", "bad"]


async def test_of_many_tokens_those_used_last_are_remembered() -> None:
    verifier = CachedVerifier(counting := Counting(clock := TickingClock()), clock=clock, size=2)
    for token in ("one", "two", "one", "three", "one", "two"):
        await verifier.verify(token)
    assert counting.asked == ["one", "two", "three", "two"]


async def test_a_hit_takes_microseconds() -> None:
    verifier = CachedVerifier(Counting(clock := TickingClock()), clock=clock)
    token = "x" * 1_000
    await verifier.verify(token)
    best = min([await _timed(verifier, token) for _ in range(200)])
    assert best < 0.000_1


async def _timed(verifier: TokenVerifier, token: str) -> float:
    begun = perf_counter()
    await verifier.verify(token)
    return perf_counter() - begun
