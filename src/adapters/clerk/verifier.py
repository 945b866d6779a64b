"""Clerk's session tokens, verified on this machine with Clerk's public keys."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.clerk.keys import ClerkKeys
from adapters.session_tokens import decode_session_token, key_id_of
from application.accounts import TokenVerifier, VerifiedToken
from application.shared import Clock

_LEEWAY = 5.0
"""Seconds that Clerk's clock and ours may differ."""


class ClerkTokenVerifier(TokenVerifier):
    """Believes the tokens of one issuer, made for the pages of `parties` (or for no page in particular)."""

    def __init__(
        self, keys: ClerkKeys, *, issuer: str, parties: Sequence[str], clock: Clock, leeway: float = _LEEWAY
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._parties = tuple(parties)
        self._clock = clock
        self._leeway = leeway

    async def verify(self, token: str) -> VerifiedToken:
        """Errors: InvalidToken, KeysUnavailable."""
        key = await self._keys.key(key_id_of(token))
        return decode_session_token(
            token, key, issuer=self._issuer, parties=self._parties, leeway=self._leeway, at=self._clock()
        )
