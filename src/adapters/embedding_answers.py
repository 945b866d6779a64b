"""What the answers of all hosted embedders have in common: vectors to check, limits to read, failures to translate."""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import structlog

from adapters.provider_answers import pause_in, without_key, words_in
from application.library.ports import BatchTooLarge, ObservedLimits, TextRefused
from domain.shared import RateLimited, StudioloError, Unavailable

DIMENSIONS = 1024
"""Of every stored vector."""

OnLimits: TypeAlias = Callable[[ObservedLimits], Awaitable[None]]

_LONGEST_QUOTE = 200
_TOO_LARGE_CODE = "3210"
_TOO_LARGE = re.compile(
    r"too many (tokens|inputs)|(?=.*\bbatch)(?=.*(too large|too big|exceed|maximum|more than))", re.IGNORECASE
)
_UNKNOWN_MODEL_CODE = "1500"
_UNKNOWN_MODEL = re.compile(
    r"(invalid|unknown|no such|unsupported) model|\bmodel\b.{0,120}(not found|not exist|unknown)",
    re.IGNORECASE,
)
_TOO_LONG = re.compile(r"input .*(too large|too long)|exceeds? the (available )?context", re.IGNORECASE)
"""llama.cpp says so of a text that is longer than it can take, with status 500."""

_log: structlog.stdlib.BoundLogger = structlog.get_logger("studiolo.embeddings")


def sendable(texts: Sequence[str]) -> list[str]:
    """The texts, a full stop for each that is empty: providers refuse those."""
    return [text if text.strip() else "." for text in texts]


def limits_in(headers: Mapping[str, str], *, now: datetime) -> ObservedLimits | None:
    """What an answer's headers say of the provider's limits; None where they say nothing. Names are lower case."""
    observed = ObservedLimits(
        requests_per_minute=_count(headers.get("x-ratelimit-limit-req-minute")) or None,
        remaining=_count(headers.get("x-ratelimit-remaining-req-minute")),
        retry_after=pause_in(headers, now=now),
    )
    return None if observed == ObservedLimits() else observed


async def tell_limits(headers: Mapping[str, str], *, now: datetime, to: OnLimits | None) -> None:
    """Pass on what the headers say. Never raises: an answer that was paid for is not lost for a note beside it."""
    limits = None if to is None else limits_in(headers, now=now)
    if to is None or limits is None:
        return
    try:
        await to(limits)
    except StudioloError as error:
        _log.warning("the limits that a provider told were not noted", reason=error.message)


def failure(
    *, provider: str, key: str | None, texts: int, status: int, body: str, headers: Mapping[str, str], now: datetime
) -> StudioloError:
    """The error that an answer other than 200 stands for, for `texts` texts. It never holds the key."""
    pause = pause_in(headers, now=now)
    after = {} if pause is None else {"retry_after": pause}
    words, code = words_in(body)
    said = without_key(key, words)[:_LONGEST_QUOTE]
    if status == 429:
        return RateLimited(f"{provider} takes no more requests for the moment.", **after)
    if status in (401, 403):
        # Not a word of the answer: some repeat the key in it.
        return _unavailable(f"{provider} refuses the key it was given (status {status}): correct the key.")
    if status in (400, 422) and (code == _UNKNOWN_MODEL_CODE or _UNKNOWN_MODEL.search(words)):
        return _unavailable(f"{provider} does not know the model that EMBEDDING_MODEL names: {said}")
    if status == 413 or (status in (400, 422) and (code == _TOO_LARGE_CODE or _TOO_LARGE.search(words))):
        # Alone, a text can only be too long, and fewer cannot go.
        return (BatchTooLarge if texts > 1 else TextRefused)(f"{provider} says that this is too much: {said}")
    if status in (400, 422) or (status == 500 and _TOO_LONG.search(words)):
        return TextRefused(f"{provider} refuses a text: {said}")
    if status == 404:
        return _unavailable(f"{provider} has no such address, or does not know the model (status 404): {said}")
    return _unavailable(f"{provider} failed with status {status}.", **after)


def unreachable(provider: str, error: Exception) -> Unavailable:
    """The provider could not be asked, or its answer broke off. Only the error's kind is told."""
    return _unavailable(f"{provider} cannot be reached ({type(error).__name__}).")


def not_sent(provider: str) -> Unavailable:
    """No request can be made of the settings: a key or an address with signs that do not go over the wire."""
    return _unavailable(f"{provider} cannot be asked: its key or its address has characters that cannot be sent.")


def too_slow(provider: str, seconds: float) -> Unavailable:
    """The provider had its time."""
    return _unavailable(f"{provider} did not answer within {seconds:g} seconds.")


def not_understood(provider: str, what: str) -> Unavailable:
    """The provider's answer is not what it should be."""
    return _unavailable(f"{provider} gave an answer that cannot be used: {what}.")


def unit_vectors(
    entries: Sequence[tuple[Any, Any]], *, count: int, provider: str, model: str, padded: bool = False
) -> list[list[float]]:
    """The vectors of `(index, vector)` pairs in the order of their texts, 1,024 numbers of unit length each.

    `padded`: shorter ones are filled up with zeros, which changes no angle between them. Errors: Unavailable.
    """
    if len(entries) != count:
        raise not_understood(provider, f"{len(entries)} vectors for {count} texts")
    indices = [index for index, _ in entries]
    if all(index is None for index in indices):
        ordered = [vector for _, vector in entries]
    elif sorted(index if isinstance(index, int) else -1 for index in indices) == list(range(count)):
        ordered = [vector for _, vector in sorted(entries, key=lambda entry: entry[0])]
    else:
        raise not_understood(provider, "its vectors are not numbered as the texts are")
    if len({len(vector) if isinstance(vector, list) else -1 for vector in ordered}) > 1:
        raise not_understood(provider, "its vectors are not all of one size")
    return [_unit(vector, provider=provider, model=model, padded=padded) for vector in ordered]


def _unit(vector: Any, *, provider: str, model: str, padded: bool) -> list[float]:
    if not isinstance(vector, list) or not all(isinstance(number, (int, float)) for number in vector):
        raise not_understood(provider, "a vector is not a list of numbers")
    if len(vector) > DIMENSIONS or (len(vector) < DIMENSIONS and not padded):
        needed = f"{DIMENSIONS} or fewer" if padded else f"{DIMENSIONS}"
        raise not_understood(
            provider,
            f"{model} makes vectors of {len(vector)} numbers, and {needed} are needed; "
            "name a model of that size in EMBEDDING_MODEL",
        )
    length = math.hypot(*vector)
    if not math.isfinite(length) or length == 0.0:
        raise not_understood(provider, "a vector has no length, or numbers that are none")
    return [number / length for number in vector] + [0.0] * (DIMENSIONS - len(vector))


def _unavailable(sentence: str, **data: float) -> Unavailable:
    _log.warning("no vectors", reason=sentence)
    return Unavailable(sentence, **data)


def _count(value: str | None) -> int | None:
    return int(value) if value is not None and value.isascii() and value.isdigit() and len(value) < 10 else None
