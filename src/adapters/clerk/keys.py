"""Clerk's public keys, fetched when needed, kept while they are good, and served stale while Clerk is down.

Unknown key ids cost Clerk one request in `interval` seconds, however many forged tokens arrive.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import httpx2
import jwt
import structlog

from application.shared import Dependency
from domain.accounts import InvalidToken
from domain.shared import Unavailable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_LARGEST_ANSWER = 256_000
_SMALLEST_KEY = 2_048
_NEVER = -math.inf

_log: structlog.stdlib.BoundLogger = structlog.get_logger("studiolo.clerk")


class KeysUnavailable(Unavailable):
    """No key of the sign-in service is known, and none can be had now."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("Nobody can be signed in at the moment.", retry_after=retry_after)


class _NoKeys(Exception):
    """The answer held no key that we could use."""


class ClerkKeys(Dependency):
    """The RSA keys at a JWKS address, by key id. All times are in seconds.

    Keys are fresh for `ttl`. Afterwards a request waits for new ones for `patience` at most and then takes the old
    ones, which are good until they are `longest_stale` old. Two requests to Clerk are `interval` apart, or
    `impatient_interval` while no key is known; one takes `timeout` at most, and any number of callers share it.
    """

    name = "sign-in keys"

    def __init__(
        self,
        url: str,
        http: httpx2.AsyncClient,
        *,
        ttl: float = 3_600,
        interval: float = 10,
        impatient_interval: float = 2,
        timeout: float = 5,
        patience: float = 1,
        longest_stale: float = 86_400,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._http = http
        self._ttl = ttl
        self._interval = interval
        self._impatient_interval = impatient_interval
        self._timeout = timeout
        self._patience = patience
        self._longest_stale = longest_stale
        self._monotonic = monotonic
        self._keys: Mapping[str, RSAPublicKey] = {}
        self._fetched_at = _NEVER
        self._tried_at = _NEVER
        self._flight: asyncio.Task[None] | None = None

    async def key(self, key_id: str) -> RSAPublicKey:
        """The key with this id. Errors: InvalidToken when Clerk has no such key, KeysUnavailable."""
        known = self._usable.get(key_id)
        if known is not None and self._age < self._ttl:
            return known
        await self._refresh(patience=None if known is None else self._patience)
        usable = self._usable
        if not usable:
            raise KeysUnavailable(max(1, math.ceil(self._until_next_try)))
        if key_id not in usable:
            raise InvalidToken("signature")
        return usable[key_id]

    async def check(self) -> None:
        """Fetch the keys now. Errors: KeysUnavailable."""
        begun = self._monotonic()
        self._tried_at = _NEVER
        await self._refresh(patience=None)
        if self._fetched_at < begun:
            raise KeysUnavailable(max(1, math.ceil(self._until_next_try)))

    async def aclose(self) -> None:
        """Give up a fetch that is under way, and the connections."""
        if self._flight is not None:
            self._flight.cancel()
            await asyncio.wait([self._flight])
        await self._http.aclose()

    @property
    def _age(self) -> float:
        return self._monotonic() - self._fetched_at

    @property
    def _usable(self) -> Mapping[str, RSAPublicKey]:
        """The keys, unless they are too old to be trusted."""
        return self._keys if self._age <= self._longest_stale else {}

    @property
    def _until_next_try(self) -> float:
        interval = self._interval if self._usable else self._impatient_interval
        return self._tried_at + interval - self._monotonic()

    async def _refresh(self, *, patience: float | None) -> None:
        """Fetch, or join a fetch that is under way; return when it is over, or `patience` is."""
        if self._flight is None or self._flight.done():
            if self._until_next_try > 0:
                return
            self._tried_at = self._monotonic()
            self._flight = asyncio.create_task(self._fetch(), name="clerk-keys")
        # The task is not ours to cancel: others wait for it, and whoever comes next needs what it brings.
        await asyncio.wait([self._flight], timeout=patience)

    async def _fetch(self) -> None:
        """Put Clerk's keys in place of ours; when none can be had, say so in the log and leave ours."""
        try:
            async with asyncio.timeout(self._timeout):
                keys = _keys_of(await self._answer())
        except (httpx2.HTTPError, TimeoutError, ValueError, RecursionError, _NoKeys) as fault:
            reason = str(fault) or type(fault).__name__
            _log.warning("keys_not_fetched", reason=reason, known=len(self._keys), url=self._url)
            return
        self._keys, self._fetched_at = keys, self._monotonic()

    async def _answer(self) -> bytes:
        body = bytearray()
        async with self._http.stream("GET", self._url, follow_redirects=False) as response:
            if response.status_code != 200:
                raise _NoKeys(f"status {response.status_code}")
            async for part in response.aiter_bytes():
                body += part
                if len(body) > _LARGEST_ANSWER:
                    raise _NoKeys("the answer is too large")
        return bytes(body)


def _keys_of(answer: bytes) -> Mapping[str, RSAPublicKey]:
    """The signing keys of a key set (RFC 7517), by id; what else is in it is passed over. Errors: _NoKeys."""
    document = json.loads(answer)
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise _NoKeys("the answer is no key set")
    keys = dict(pair for entry in entries if (pair := _key_of(entry)) is not None)
    if not keys:
        raise _NoKeys("the key set has no RSA key for signatures")
    return keys


def _key_of(entry: Any) -> tuple[str, RSAPublicKey] | None:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    if not isinstance(entry, dict) or entry.get("kty") != "RSA" or "d" in entry:
        return None
    key_id = entry.get("kid")
    if not isinstance(key_id, str) or entry.get("use", "sig") != "sig" or entry.get("alg", "RS256") != "RS256":
        return None
    try:
        key = jwt.PyJWK(entry, algorithm="RS256").key
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
        return None
    return (key_id, key) if isinstance(key, RSAPublicKey) and key.key_size >= _SMALLEST_KEY else None
