"""The contract of every token verifier, and the development issuer held to it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from abc import abstractmethod
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.development_issuer import ISSUER, DevelopmentIssuer
from adapters.development_issuer.key import kept_key, thumbprint
from application.accounts import TokenVerifier
from domain.accounts import InvalidToken
from tests.builders import TickingClock


def encoded(part: object) -> str:
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of one issuer for all tests, because keys are slow to make."""
    return tmp_path_factory.mktemp("issuer")


class TokenVerifierContract:
    """A verifier, the key and issuer that it trusts, and a clock that it reads."""

    clock: TickingClock
    verifier: TokenVerifier
    key: RSAPrivateKey
    key_id: str
    issuer: str

    @pytest.fixture(autouse=True)
    @abstractmethod
    def trusting(self, folder: Path) -> None:
        """Sets the five above."""

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(self.clock().timestamp())
        claims = {"iss": self.issuer, "sub": "user_1", "sid": "sess_1", "iat": now, "nbf": now, "exp": now + 60, "v": 2}
        return {name: value for name, value in {**claims, **changes}.items() if value is not ...}

    def token(self, *, key: Any = None, algorithm: str = "RS256", header: Any = None, **changes: Any) -> str:
        return jwt.encode(
            self.claims(**changes), key or self.key, algorithm=algorithm, headers={"kid": self.key_id, **(header or {})}
        )

    def token_with(self, changes: dict[str, Any]) -> str:
        return self.token(**changes)

    async def refusal(self, token: str) -> object:
        with pytest.raises(InvalidToken) as refused:
            await self.verifier.verify(token)
        return refused.value.data["reason"]

    async def test_a_good_token_proves_its_subject_until_it_expires(self) -> None:
        verified = await self.verifier.verify(self.token(email="anna@example.org"))
        assert verified.subject == "user_1"
        assert verified.email == "anna@example.org"
        assert verified.expires_at == self.clock() + timedelta(seconds=60)

    async def test_a_token_without_an_address_is_good(self) -> None:
        assert (await self.verifier.verify(self.token())).email is None

    async def test_no_token_is_missing(self) -> None:
        assert await self.refusal("") == "missing"

    async def test_an_expired_token_is_refused(self) -> None:
        token = self.token()
        self.clock.advance(seconds=90)
        assert await self.refusal(token) == "expired"

    @pytest.mark.parametrize("claim", ["nbf", "iat"])
    async def test_a_token_from_the_future_is_refused(self, claim: str) -> None:
        later = int(self.clock().timestamp()) + 30
        assert await self.refusal(self.token_with({claim: later})) == "not_yet_valid"

    @pytest.mark.parametrize("claim", ["exp", "iat", "nbf", "iss", "sub", "sid"])
    async def test_a_token_without_a_required_claim_is_refused(self, claim: str) -> None:
        assert await self.refusal(self.token_with({claim: ...})) == "claims"

    @pytest.mark.parametrize("subject", ["", "  ", 7, None, ["user_1"], "x" * 256, "a\x00b", "a\ud800b"])
    async def test_a_subject_that_names_nobody_is_refused(self, subject: object) -> None:
        assert await self.refusal(self.token_of_json(self.claims(sub=subject))) == "claims"

    @pytest.mark.parametrize("moment", ["soon", True, None, -1, 10**400, 1e300, float("nan"), float("inf")])
    async def test_an_expiry_that_is_no_time_is_refused(self, moment: object) -> None:
        assert await self.refusal(self.token_of_json(self.claims(exp=moment))) == "claims"

    async def test_another_issuer_is_refused(self) -> None:
        assert await self.refusal(self.token(iss="https://elsewhere.example")) == "issuer"

    async def test_another_key_is_refused(self) -> None:
        stranger = generate_private_key(public_exponent=65_537, key_size=2048)
        assert await self.refusal(self.token(key=stranger)) == "signature"

    async def test_an_unknown_key_id_is_refused(self) -> None:
        assert await self.refusal(self.token(header={"kid": "unknown"})) == "signature"

    async def test_a_changed_claim_breaks_the_signature(self) -> None:
        header, _, signature = self.token().split(".")
        assert await self.refusal(f"{header}.{encoded(self.claims(sub='user_2'))}.{signature}") == "signature"

    async def test_an_unsigned_token_is_refused(self) -> None:
        header = {"alg": "none", "typ": "JWT", "kid": self.key_id}
        assert await self.refusal(f"{encoded(header)}.{encoded(self.claims())}.") == "algorithm"

    async def test_a_token_signed_with_the_public_key_as_a_password_is_refused(self) -> None:
        secret = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        unsigned = f"{encoded({'alg': 'HS256', 'kid': self.key_id})}.{encoded(self.claims())}"
        signature = hmac.digest(secret, unsigned.encode(), hashlib.sha256)
        assert await self.refusal(f"{unsigned}.{encoded(signature)}") == "algorithm"

    @pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
    async def test_another_algorithm_of_the_same_key_is_refused(self, algorithm: str) -> None:
        assert await self.refusal(self.token(algorithm=algorithm)) == "algorithm"

    async def test_a_pending_session_is_refused(self) -> None:
        assert await self.refusal(self.token(sts="pending")) == "pending"

    async def test_a_token_for_an_unknown_party_is_refused(self) -> None:
        assert await self.refusal(self.token(azp="https://evil.example")) == "party"

    async def test_a_token_without_a_key_id_is_refused(self) -> None:
        unsigned = f"{encoded({'alg': 'RS256'})}.{encoded(self.claims())}"
        assert await self.refusal(f"{unsigned}.{encoded(b'x' * 256)}") == "malformed"

    @pytest.mark.parametrize(
        "text",
        ["nonsense", "a.b", "a.b.c", "....", "é.é.é", "\x00", "Bearer x", f"{encoded([1])}.{encoded(5)}.x"],
        ids=lambda text: repr(text)[:12],
    )
    async def test_what_is_no_token_is_refused(self, text: str) -> None:
        assert await self.refusal(text) == "malformed"

    async def test_a_huge_token_is_refused_unread(self) -> None:
        assert await self.refusal(self.token(padding="x" * 20_000)) == "malformed"

    async def test_a_deeply_nested_header_is_refused(self) -> None:
        assert await self.refusal(f"{encoded(b'[' * 11_000)}.e30.x") == "malformed"

    def token_of_json(self, claims: dict[str, Any]) -> str:
        """Signed well, whatever the claims are."""
        return jwt.api_jws.encode(
            json.dumps(claims).encode(), self.key, algorithm="RS256", headers={"kid": self.key_id}
        )


class TestDevelopmentIssuer(TokenVerifierContract):
    @pytest.fixture(autouse=True)
    def trusting(self, folder: Path) -> None:
        self.clock = TickingClock()
        self.verifier = self.minting = DevelopmentIssuer(folder, clock=self.clock)
        self.key = kept_key(folder)
        self.key_id = thumbprint(self.key.public_key())
        self.issuer = ISSUER

    async def test_what_it_mints_it_verifies(self) -> None:
        token = self.minting.mint("student", timedelta(days=30), email="student@example.org")
        verified = await self.verifier.verify(token)
        assert (verified.subject, verified.email) == ("student", "student@example.org")
        assert verified.expires_at == self.clock() + timedelta(days=30)

    async def test_a_token_minted_for_the_past_has_expired(self) -> None:
        assert await self.refusal(self.minting.mint("student", timedelta(seconds=-1))) == "expired"

    async def test_it_has_no_patience_with_expired_tokens(self) -> None:
        token = self.minting.mint("student", timedelta(seconds=1))
        self.clock.advance(seconds=1)
        assert await self.refusal(token) == "expired"

    async def test_the_same_folder_has_the_same_key(self, folder: Path) -> None:
        again = DevelopmentIssuer(folder, clock=self.clock)
        assert (await again.verify(self.minting.mint("student", timedelta(1)))).subject == "student"

    async def test_the_key_is_private(self, folder: Path) -> None:
        assert (folder / "key.pem").stat().st_mode & 0o777 == 0o600

    async def test_another_folder_has_another_key(self, tmp_path: Path) -> None:
        stranger = DevelopmentIssuer(tmp_path / "other", clock=self.clock)
        assert await self.refusal(stranger.mint("student", timedelta(days=1))) == "signature"
