"""Remembers what good tokens proved: a page sends the same one with each of its requests."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from application.accounts import TokenVerifier, VerifiedToken
from application.shared import Clock


class CachedVerifier(TokenVerifier):
    """Wraps a verifier. A token that was good is good until it expires; a refusal is never remembered.

    Tokens are known by their digests, so that none is kept, and only the `size` used last: memory stays bounded.
    """

    def __init__(self, verifier: TokenVerifier, *, clock: Clock, size: int = 50_000) -> None:
        self._verifier = verifier
        self._clock = clock
        self._size = size
        self._known: OrderedDict[bytes, VerifiedToken] = OrderedDict()

    async def verify(self, token: str) -> VerifiedToken:
        """Errors: those of the verifier."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(digest)
        if known is not None:
            if self._clock() < known.expires_at:
                self._known.move_to_end(digest)
                return known
            self._known.pop(digest)
        verified = await self._verifier.verify(token)
        # One that has expired within the verifier's leeway is judged anew each time.
        if self._clock() < verified.expires_at:
            self._known[digest] = verified
            self._known.move_to_end(digest)
            if len(self._known) > self._size:
                self._known.popitem(last=False)
        return verified
