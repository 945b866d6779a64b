"""What streaming from all hosted chat models has in common: deadlines, second tries, calls in pieces, failures.

Nothing is tried again once the model began to answer. How long anybody waits is said by `Patience`, not by the network.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias

import httpx2
import structlog

from adapters.prompting.chat import ChatPrompt
from adapters.provider_answers import pause_in, words_in
from adapters.tool_call_pieces import CallPiece, CallsInPieces
from application.chat.ports import Piece
from domain.accounts import Usage
from domain.shared import RateLimited, StudioloError, Unavailable

RETRIES: Final = 2
LONGEST_PAUSE: Final = 8.0
"""Seconds that are waited when the provider asks for it; for more, whoever waits is told."""
_AFTER: Final = 5.0
"""Seconds at most for what may follow the end of an answer: the usage, and the end of the stream."""
_PASSING: Final = frozenset({429, 500, 502, 503, 504, 529})
_ENDS: Final = frozenset({"stop", "tool_calls", "function_call", "eos"})
_CUT_SHORT: Final = frozenset({"length", "model_length"})

_log: structlog.stdlib.BoundLogger = structlog.get_logger("studiolo.language_model")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds. The first token is waited for with all tries and pauses; `whole` is from the first request to the end.

    `pause` is before a second try where the provider names none, and twice that before the third.
    """

    first_token: float = 30.0
    between_tokens: float = 20.0
    whole: float = 180.0
    pause: float = 1.0


PATIENCE: Final = Patience()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """What one event of a stream says. `thinks`: the model is at work on what is not shown. `finish`: why it ended."""

    text: str = ""
    calls: tuple[CallPiece, ...] = ()
    thinks: bool = False
    finish: str | None = None
    tokens: int | None = None


Deltas: TypeAlias = AsyncGenerator[Delta, None]


class NotNow(Exception):
    """A passing failure, which one more try may mend; `pause`: in so many seconds, as the provider says."""

    def __init__(self, error: StudioloError, pause: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.pause = pause


@dataclass(slots=True, kw_only=True)
class _Reading:
    """How far one answer has come. `until`: when it has to come further, in the event loop's time."""

    until: float
    ends_at: float
    begun: bool = False
    finish: str | None = None
    tokens: int = 0
    calls: CallsInPieces = field(default_factory=CallsInPieces)

    def take(self, delta: Delta, *, now: float, patience: Patience) -> None:
        for piece in delta.calls:
            self.calls.take(piece)
        self.finish = delta.finish or self.finish
        self.tokens = delta.tokens or self.tokens
        if delta.text or delta.calls or delta.thinks or delta.finish:
            self.begun = self.begun or bool(delta.text or delta.calls or delta.thinks)
            self.wait_anew(now, patience)

    def wait_anew(self, now: float, patience: Patience) -> None:
        """Let the time for the next token begin now."""
        wait = patience.between_tokens if self.finish is None else min(patience.between_tokens, _AFTER)
        self.until = min(now + wait, self.ends_at)


async def streamed(start: Callable[[], Deltas], *, provider: str, patience: Patience) -> AsyncGenerator[Piece, None]:
    """The answer as the port wants it, of a stream that `start` begins and that is closed with this one.

    What `start` gives may raise NotNow, any StudioloError, and the errors of httpx2. Errors: Unavailable, RateLimited.
    """
    now = asyncio.get_running_loop().time
    began = now()
    first, ends_at = began + min(patience.first_token, patience.whole), began + patience.whole
    retries = 0
    while True:
        reading = _Reading(until=first, ends_at=ends_at)
        try:
            async with aclosing(_texts(start(), reading, provider, patience)) as texts:
                async for text in texts:
                    yield text
            break
        except NotNow as failure:
            pause = patience.pause * 2**retries if failure.pause is None else failure.pause
            if reading.begun or retries == RETRIES or pause > LONGEST_PAUSE or pause >= (first - now()) / 2:
                raise failure.error from None
        retries += 1
        await asyncio.sleep(pause)
    for call in reading.calls.complete():
        yield call
    if reading.tokens:
        yield Usage(tokens=reading.tokens)


async def _texts(stream: Deltas, reading: _Reading, provider: str, patience: Patience) -> AsyncGenerator[str, None]:
    """The words of one stream, to its end. Errors: NotNow, Unavailable, RateLimited."""
    now = asyncio.get_running_loop().time
    async with aclosing(stream):
        while True:
            try:
                # Nobody's time is taken from while the caller has the word: the deadline is for this wait alone.
                async with asyncio.timeout_at(reading.until):
                    delta = await anext(stream, None)
            except (TimeoutError, httpx2.TimeoutException):
                if reading.finish is None:
                    raise _too_slow(provider, patience, begun=reading.begun, late=now() >= reading.ends_at) from None
                break
            except httpx2.HTTPError as error:
                if reading.finish is None:
                    raise NotNow(unavailable(f"{provider} cannot be reached ({type(error).__name__}).")) from None
                break
            except (NotNow, StudioloError):
                # What comes behind the end may be lost: the answer is not.
                if reading.finish is None:
                    raise
                break
            if delta is None:
                break
            reading.take(delta, now=now(), patience=patience)
            if delta.text:
                yield delta.text
                # What the caller did with it took nothing of the provider's time.
                reading.wait_anew(now(), patience)
    _check_end(reading.finish, provider)


def _check_end(finish: str | None, provider: str) -> None:
    """Errors: NotNow, when the answer has no end, or a bad one."""
    if finish is None:
        raise NotNow(unavailable(f"The answer of {provider} broke off."))
    if finish == "error":
        raise NotNow(unavailable(f"{provider} failed in the middle of its answer."))
    if finish in _CUT_SHORT:
        _log.warning("an answer was cut at its greatest length", provider=provider, finish_reason=finish)
    elif finish not in _ENDS:
        _log.warning("an answer ended for a reason of its own", provider=provider, finish_reason=finish[:40])


def tell_left_out(prompt: ChatPrompt, *, model: str) -> None:
    """Say in the log what had no room in the model's context."""
    if prompt.left_out:
        _log.info(
            "a conversation was shortened to the context of the language model",
            model=model,
            messages=prompt.left_out.messages,
            results=prompt.left_out.results,
            passages=prompt.left_out.passages,
            tokens=prompt.tokens,
        )


def failure(
    *, provider: str, setting: str, status: int, body: str, headers: Mapping[str, str], now: datetime
) -> NotNow | Unavailable:
    """What an answer other than 200 stands for. It never holds the key, nor any text that was sent."""
    pause = pause_in(headers, now=now)
    after = {} if pause is None else {"retry_after": pause}
    if status == 429:
        return NotNow(RateLimited("The language model takes no more requests for the moment.", **after), pause)
    if status in _PASSING:
        return NotNow(unavailable(f"{provider} failed with status {status}.", **after), pause)
    if status in (401, 403):
        # Not a word of the answer: some repeat the key in it.
        return unavailable(f"{provider} refuses the key it was given (status {status}): correct the key.")
    # Nor of this one: some repeat what was sent, which is users' text.
    code = words_in(body)[1]
    _log.error("a request to the language model was refused", status=status, code=code and code[:40])
    return Unavailable(f"{provider} refuses the request (status {status}); is {setting} a model that it has?")


def not_understood(provider: str) -> Unavailable:
    """The answer is not what it should be. Not a word of it is repeated."""
    return unavailable(f"{provider} gave an answer that cannot be read.")


def not_sent(provider: str) -> Unavailable:
    """No request can be made of the settings: a key or an address with signs that do not go over the wire."""
    return unavailable(f"{provider} cannot be asked: its key or its address has characters that cannot be sent.")


def unavailable(sentence: str, **data: float) -> Unavailable:
    """The error, told in the log as well."""
    _log.warning("no answer of the language model", reason=sentence)
    return Unavailable(sentence, **data)


def _too_slow(provider: str, patience: Patience, *, begun: bool, late: bool) -> Unavailable:
    if late:
        return unavailable(f"{provider} did not come to the end of its answer within {patience.whole:g} seconds.")
    if begun:
        return unavailable(f"{provider} fell silent in its answer for {patience.between_tokens:g} seconds.")
    return unavailable(f"{provider} did not begin to answer within {patience.first_token:g} seconds.")
