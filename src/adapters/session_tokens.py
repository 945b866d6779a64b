"""What makes a session token good, whoever issued it: the rules in one place, so that no verifier is laxer.

The shape is that of Clerk's session token, version 2: https://clerk.com/docs/backend-requests/resources/session-tokens
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jwt

from application.accounts import VerifiedToken
from domain.accounts import InvalidToken

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from jwt.types import Options

ALGORITHM = "RS256"
LARGEST_TOKEN = 16_384
"""Characters. A real one has about a thousand; nothing larger is even parsed."""

_REQUIRED = ("exp", "iat", "nbf", "iss", "sub", "sid")
_LONGEST_SUBJECT = 255
_SIGNATURE_ONLY: Options = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


def key_id_of(token: str) -> str:
    """The id of the key that a token says it was signed with; nothing is proved by it yet.

    Errors: InvalidToken (missing, malformed, algorithm).
    """
    if not token:
        raise InvalidToken("missing")
    if len(token) > LARGEST_TOKEN or not token.isascii():
        raise InvalidToken("malformed")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise InvalidToken("malformed") from error
    if header.get("alg") != ALGORITHM:
        raise InvalidToken("algorithm")
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not key_id:
        raise InvalidToken("malformed")
    return key_id


def decode_session_token(
    token: str, key: RSAPublicKey, *, issuer: str, parties: Collection[str], leeway: float, at: datetime
) -> VerifiedToken:
    """What the token proves at this moment. `leeway` is in seconds, for clocks that differ.

    `parties` are the origins that tokens may be issued for; a token that names none is good for any.
    Errors: InvalidToken with its reason.
    """
    key_id_of(token)
    claims = _signed_claims(token, key)
    if any(name not in claims for name in _REQUIRED):
        raise InvalidToken("claims")
    if claims["iss"] != issuer:
        raise InvalidToken("issuer")
    now = at.timestamp()
    expires_at = _moment(claims["exp"])
    if expires_at + leeway <= now:
        raise InvalidToken("expired")
    if max(_moment(claims["nbf"]), _moment(claims["iat"])) - leeway > now:
        raise InvalidToken("not_yet_valid")
    if "azp" in claims and claims["azp"] not in parties:
        raise InvalidToken("party")
    if claims.get("sts") == "pending":
        raise InvalidToken("pending")
    email = claims.get("email")
    return VerifiedToken(
        subject=_subject(claims["sub"]),
        expires_at=datetime.fromtimestamp(expires_at, UTC),
        email=email if isinstance(email, str) and email else None,
    )


def _signed_claims(token: str, key: RSAPublicKey) -> dict[str, Any]:
    """The claims, once the signature holds. Their meaning is judged by us, against the moment that we are given."""
    try:
        return jwt.decode(token, key, algorithms=[ALGORITHM], options=_SIGNATURE_ONLY)
    except jwt.InvalidSignatureError as error:
        raise InvalidToken("signature") from error
    except jwt.InvalidAlgorithmError as error:
        raise InvalidToken("algorithm") from error
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise InvalidToken("malformed") from error


def _moment(claim: object) -> float:
    """A time claim, in seconds since 1970. InvalidToken when it is not a time that a calendar holds."""
    if isinstance(claim, bool) or not isinstance(claim, int | float) or not 0 <= claim < 2**37:
        raise InvalidToken("claims")
    return float(claim)


def _subject(claim: object) -> str:
    if not isinstance(claim, str) or not claim.strip() or len(claim) > _LONGEST_SUBJECT or not claim.isprintable():
        raise InvalidToken("claims")
    return claim
