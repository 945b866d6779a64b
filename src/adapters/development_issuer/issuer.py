"""Mints session tokens shaped like Clerk's, and verifies them by the same rules."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

import jwt

from adapters.development_issuer.key import kept_key, thumbprint
from adapters.session_tokens import ALGORITHM, decode_session_token, key_id_of
from application.accounts import TokenVerifier, VerifiedToken
from application.shared import Clock
from domain.accounts import InvalidToken

ISSUER = "https://development.studiolo.localhost"
_NO_LEEWAY = 0.0  # one machine, one clock


class DevelopmentIssuer(TokenVerifier):
    """Signs in whom it is told to, with the key in `folder` (made on first use)."""

    def __init__(self, folder: Path, *, clock: Clock) -> None:
        self._clock = clock
        self._private = kept_key(folder)
        self._public = self._private.public_key()
        self._key_id = thumbprint(self._public)

    def mint(self, subject: str, expires_in: timedelta, email: str | None = None) -> str:
        """A token for this user, good from now on; one with a negative `expires_in` has already expired."""
        now = self._clock()
        issued = int(min(now, now + expires_in).timestamp())
        claims = {
            "iss": ISSUER,
            "sub": subject,
            "sid": f"sess_{secrets.token_hex(12)}",
            "jti": secrets.token_hex(10),
            "iat": issued,
            "nbf": issued,
            "exp": int((now + expires_in).timestamp()),
            "sts": "active",
            "fva": [0, -1],
            "v": 2,
        }
        if email is not None:
            claims["email"] = email
        return jwt.encode(claims, self._private, algorithm=ALGORITHM, headers={"kid": self._key_id})

    async def verify(self, token: str) -> VerifiedToken:
        """Errors: InvalidToken."""
        if key_id_of(token) != self._key_id:
            raise InvalidToken("signature")
        return decode_session_token(token, self._public, issuer=ISSUER, parties=(), leeway=_NO_LEEWAY, at=self._clock())
