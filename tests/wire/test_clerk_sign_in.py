"""With CLERK_ISSUER set, the product signs in with Clerk: the real wiring, over the wire."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import jwt
import pytest

from adapters.development_issuer import DevelopmentIssuer
from adapters.development_issuer.key import kept_key
from adapters.system import utc_now
from domain.accounts import InvalidToken
from domain.shared import Unavailable
from entrypoints.bootstrap import Container
from entrypoints.cli.development_token import ClerkSignsIn, mint
from entrypoints.cli.doctor import Complaint, issuer
from entrypoints.settings import Settings, load_settings
from tests.wire.key_server import key_server, public_jwk

PAGE = "https://app.studiolo.example"


def settings_for(issuer: str, folder: Path) -> Settings:
    return load_settings(env_file=None, data_dir=folder, clerk_issuer=issuer, clerk_authorized_parties=PAGE)


async def test_clerks_tokens_are_good_and_those_of_the_development_issuer_are_not(tmp_path: Path) -> None:
    key = kept_key(tmp_path / "clerk")
    async with key_server() as server:
        server.keys = [public_jwk("ins_1", key.public_key())]
        address = server.url.removesuffix("/.well-known/jwks.json")
        container = Container(settings=settings_for(address, tmp_path), role="memory")
        verifier = container.verifier()
        now = int(utc_now().timestamp())
        claims = {"iss": address, "sub": "user_1", "sid": "s", "iat": now, "nbf": now, "exp": now + 60, "azp": PAGE}
        token = jwt.encode(claims, key, algorithm="RS256", headers={"kid": "ins_1"})
        for _ in range(3):
            assert (await verifier.verify(token)).subject == "user_1"
        assert server.requests == 1
        homemade = DevelopmentIssuer(tmp_path / "issuer", clock=utc_now).mint("user_1", timedelta(minutes=1))
        with pytest.raises(InvalidToken):
            await verifier.verify(homemade)
        await container.sign_in_keys().check()
        server.status = "500 Internal Server Error"
        with pytest.raises(Unavailable):
            await container.sign_in_keys().check()
        await container.clerk_keys().aclose()


async def test_the_doctor_says_whether_clerks_keys_can_be_had(tmp_path: Path) -> None:
    async with key_server() as server:
        server.keys = [public_jwk("ins_1", kept_key(tmp_path / "clerk").public_key())]
        settings = settings_for(server.url.removesuffix("/.well-known/jwks.json"), tmp_path).model_copy(
            update={"database_url": "postgresql://nowhere/x", "redis_url": "redis://nowhere/0"}
        )
        told = await asyncio.to_thread(issuer, settings)
        assert told == f"Clerk at {settings.clerk_issuer}, keys fetched, no webhooks (CLERK_WEBHOOK_SECRET is empty)"
        server.status = "404 Not Found"
        with pytest.raises(Complaint, match="no key at http"):
            await asyncio.to_thread(issuer, settings)


def test_the_development_issuer_mints_nothing_beside_clerk(tmp_path: Path) -> None:
    with pytest.raises(ClerkSignsIn):
        mint(settings_for("https://clerk.example", tmp_path), "student", timedelta(hours=1))


def test_without_clerk_the_keys_are_our_own(tmp_path: Path) -> None:
    container = Container(settings=load_settings(env_file=None, data_dir=tmp_path), role="memory")
    assert container.sign_in_keys() is None
    assert container.delivery_reader() is None
