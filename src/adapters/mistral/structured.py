"""Mistral's chat completion, asked for JSON of a given shape. A person waits: one deadline bounds it all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import httpx2
import structlog

from adapters.mistral.connection import MistralConnection
from adapters.prompting import Prompt, Unusable, probe
from adapters.provider_answers import pause_in, words_in
from adapters.system import utc_now
from application.practice.ports import LanguageModel
from application.shared import Clock
from domain.accounts import Usage
from domain.shared import RateLimited, StudioloError, Unavailable

if TYPE_CHECKING:
    from mistralai.client.models import ChatCompletionResponse

T = TypeVar("T")

CHAT_MODEL: Final = "mistral-small-latest"
_PASSING: Final = frozenset({429, 500, 502, 503, 504})
_LONGEST_PAUSE: Final = 8.0
"""Seconds that are waited when the provider asks for it; for more, whoever waits is told."""
_PAUSE: Final = 1.0
"""Seconds before the second try where the provider names none."""
_CUT_SHORT: Final = frozenset({"length", "model_length"})

_log: structlog.stdlib.BoundLogger = structlog.get_logger("studiolo.language_model")


@dataclass(frozen=True, slots=True, kw_only=True)
class Structured(Generic[T]):
    """What was asked for. `usage` is of all tries that were answered; None where the provider gave no figures."""

    value: T
    usage: Usage | None


@dataclass(slots=True, kw_only=True)
class _Asking:
    """What one question has used up so far. `ends_at` is in the event loop's time."""

    ends_at: float
    tokens: int = 0
    may_retry: bool = True


class _NotNow(Exception):
    """A passing failure, which one more try may mend after `pause` seconds."""

    def __init__(self, error: StudioloError, pause: float | None) -> None:
        super().__init__(error.message)
        self.error = error
        self.pause = pause


class MistralStructuredModel(LanguageModel):
    """`ask` takes `deadline` seconds at most, in three requests at most.

    One passing failure (429, 5xx, a lost connection) is tried again, and one answer that cannot be used. It may be used
    from several event loops; each has a connection of its own, which `aclose` closes.
    """

    def __init__(
        self,
        api_key: str,
        *,
        model: str = CHAT_MODEL,
        server_url: str | None = None,
        deadline: float = 45.0,
        clock: Clock = utc_now,
    ) -> None:
        self._api_key = api_key
        self._model = model
        self._deadline = deadline
        self._clock = clock
        self._connection = MistralConnection(api_key, server_url=server_url, deadline=deadline)

    @property
    def name(self) -> str:
        return self._model

    async def check(self) -> Usage | None:
        return (await self.ask(probe())).usage

    async def ask(self, prompt: Prompt[T]) -> Structured[T]:
        """Errors: Unavailable (also for prose, wrong JSON, or half of it, twice), RateLimited."""
        sent = _Asking(ends_at=asyncio.get_running_loop().time() + self._deadline)
        try:
            async with asyncio.timeout(self._deadline):
                value = await self._read(prompt, sent)
        except TimeoutError:
            raise self._unavailable(f"Mistral did not answer within {self._deadline:g} seconds.") from None
        return Structured(value=value, usage=Usage(tokens=sent.tokens) if sent.tokens else None)

    async def aclose(self) -> None:
        """Close what the running event loop opened."""
        await self._connection.aclose()

    async def _read(self, prompt: Prompt[T], sent: _Asking) -> T:
        """A second try says what was wrong with the first answer, and does not show it: it may be full of orders."""
        try:
            return prompt.read(await self._answer(prompt, sent))
        except Unusable as first:
            _log.warning("an answer of the language model is no use", reason=first.reason, asked=prompt.name)
            reason = first.reason
        try:
            return prompt.read(await self._answer(prompt, sent, repairing=reason))
        except Unusable as second:
            _log.warning("an answer of the language model is no use", reason=second.reason, asked=prompt.name)
        raise self._unavailable("The language model gave no usable answer.")

    async def _answer(self, prompt: Prompt[T], sent: _Asking, *, repairing: str | None = None) -> str:
        """The text of an answer that came to its end. Errors: Unusable, and as `ask`."""
        while True:
            try:
                answer = await self._complete(prompt, repairing)
            except _NotNow as failure:
                await self._wait(failure, sent)
            else:
                sent.tokens += (answer.usage.prompt_tokens or 0) + (answer.usage.completion_tokens or 0)
                return _text_of(answer)

    async def _wait(self, failure: _NotNow, sent: _Asking) -> None:
        """Until it makes sense to try again. Errors: what failed, where it makes none."""
        pause = _PAUSE if failure.pause is None else failure.pause
        left = sent.ends_at - asyncio.get_running_loop().time()
        if not sent.may_retry or pause > _LONGEST_PAUSE or pause >= left / 2:
            raise failure.error
        sent.may_retry = False
        await asyncio.sleep(pause)

    async def _complete(self, prompt: Prompt[T], repairing: str | None) -> ChatCompletionResponse:
        """One request. Errors: _NotNow, Unavailable, RateLimited, Unusable."""
        sdk = await self._connection.sdk()
        from mistralai.client.errors import MistralError

        complete: Callable[..., Any] = sdk.chat.complete_async
        try:
            answer: ChatCompletionResponse = await complete(**self._request(prompt, repairing))
        except MistralError as error:
            if error.status_code == 200:
                raise Unusable("it was not of the agreed form") from None
            raise self._failure(error.status_code, error.body, error.headers) from None
        except httpx2.TimeoutException:
            raise TimeoutError from None
        except httpx2.HTTPError as error:
            lost = self._unavailable(f"Mistral cannot be reached ({type(error).__name__}).")
            raise _NotNow(lost, None) from None
        except ValueError:
            raise Unusable("it could not be read") from None
        return answer

    def _request(self, prompt: Prompt[T], repairing: str | None) -> dict[str, Any]:
        system, most_tokens = prompt.system, prompt.most_tokens
        if repairing is not None:
            system += f"\nYour last answer could not be used: {repairing}. Answer with the JSON object alone."
            most_tokens = 2 * most_tokens
        return {
            "model": self._model,
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": prompt.user}],
            "temperature": prompt.temperature,
            "max_tokens": most_tokens,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": prompt.name, "schema_definition": dict(prompt.schema), "strict": True},
            },
        }

    def _failure(self, status: int, body: str, headers: httpx2.Headers) -> Exception:
        """What an answer other than 200 stands for. It never holds the key, nor any text that was sent."""
        pause = pause_in(headers, now=self._clock())
        after = {} if pause is None else {"retry_after": pause}
        if status == 429:
            return _NotNow(RateLimited("The language model takes no more requests for the moment.", **after), pause)
        if status in _PASSING:
            return _NotNow(self._unavailable(f"Mistral failed with status {status}.", **after), pause)
        if status in (401, 403):
            # Not a word of the answer: some repeat the key in it.
            return self._unavailable(f"Mistral refuses the key it was given (status {status}): correct the key.")
        # Nor of this one: some repeat what was sent, which is users' text.
        _log.error("a request to the language model was refused", status=status, code=words_in(body)[1])
        return Unavailable(f"Mistral refuses the request (status {status}); is MISTRAL_CHAT_MODEL a model that it has?")

    def _unavailable(self, sentence: str, **data: float) -> Unavailable:
        _log.warning("no answer of the language model", reason=sentence)
        return Unavailable(sentence, **data)


def _text_of(answer: ChatCompletionResponse) -> str:
    """Errors: Unusable."""
    if not answer.choices:
        raise Unusable("it was empty")
    choice = answer.choices[0]
    if choice.finish_reason in _CUT_SHORT:
        raise Unusable("it was cut off at its greatest length; write less")
    if choice.finish_reason != "stop":
        raise Unusable("it did not come to its end")
    content = choice.message.content if choice.message is not None else None
    if isinstance(content, list):
        # Reasoning models send their thoughts beside the text.
        content = "".join(chunk.text for chunk in content if chunk.type == "text")
    if not content:
        raise Unusable("it was empty")
    return content


@dataclass(frozen=True, slots=True, kw_only=True)
class Together(Generic[T]):
    """What several questions came to, in order. `usage` is None where one of them gave no figures."""

    values: tuple[T, ...]
    usage: Usage | None


async def together(questions: Sequence[Awaitable[Structured[T]]], *, all_needed: bool) -> Together[T]:
    """Ask them at once. Errors: the first failure, when all are needed, or when none was answered."""
    results = await asyncio.gather(*questions, return_exceptions=True)
    failures = [result for result in results if isinstance(result, BaseException)]
    unforeseen = [failure for failure in failures if not isinstance(failure, StudioloError)]
    answered = [result for result in results if not isinstance(result, BaseException)]
    if failures and (unforeseen or all_needed or not answered):
        raise (unforeseen or failures)[0]
    usages = [one.usage for one in answered]
    known = [usage for usage in usages if usage is not None]
    whole = len(known) == len(usages)
    return Together(values=tuple(one.value for one in answered), usage=sum(known, Usage()) if whole else None)
