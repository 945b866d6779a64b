"""The vectors of questions: they go before everything else, ride together, and are remembered.

The memory is the process's own. Shared through Redis it would spare one request when a question is asked again in
another process within minutes; for that, words that people typed would lie in one more place to be erased from.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from application.library.ports import BatchTooLarge, Embedder, ProviderBudget, Reservation, TextRefused
from application.shared import Clock
from domain.shared import RateLimited, Unavailable

_log = structlog.get_logger(__name__)

_ASK_AGAIN = 1.0
"""Seconds after which a question that waits says so again: by that the budget knows that it still does."""


class BudgetExhausted(RateLimited):
    """The provider's limit leaves no request for a question within its patience."""

    def __init__(self, wait: float) -> None:
        super().__init__("The embedding provider's limit is reached.", retry_after=wait)


@dataclass(slots=True, eq=False)
class _Question:
    """Asked by one or more at a time, each of whom may leave; `alone` after a batch with it was refused."""

    text: str
    deadline: datetime
    answer: asyncio.Future[list[float]]
    askers: int = 0
    alone: bool = field(default=False)


class QueryEmbedder(Embedder):
    """Wraps an embedder for questions, in one event loop. The `size` most recent vectors are remembered.

    Questions that wait at the same moment go in one request of up to `batch_size` texts; those that come while one is
    under way wait for it, and go in the next. A question that the budget has no request for within `patience` seconds
    is told so at once. A request is given up after `deadline` seconds, so that no silent provider holds up the rest.
    """

    def __init__(
        self,
        embedder: Embedder,
        *,
        budget: ProviderBudget,
        clock: Clock,
        batch_size: int = 16,
        patience: float = 2.0,
        deadline: float = 10.0,
        size: int = 1_024,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._embedder = embedder
        self._budget = budget
        self._clock = clock
        self._batch_size = batch_size
        self._patience = timedelta(seconds=patience)
        self._deadline = deadline
        self._size = size
        self._sleep = sleep
        self._known: OrderedDict[str, list[float]] = OrderedDict()
        self._open: dict[str, _Question] = {}
        self._waiting: deque[_Question] = deque()
        self._driver: asyncio.Task[None] | None = None

    @property
    def model(self) -> str:
        return self._embedder.model

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """As any embedder; RateLimited also when our own budget is spent."""
        return list(await asyncio.gather(*(self._vector(text) for text in texts)))

    async def _vector(self, text: str) -> list[float]:
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return list(known)
        question = self._asked(text)
        question.askers += 1
        try:
            # Who leaves does not take the answer away from others who asked the same.
            return list(await asyncio.shield(question.answer))
        finally:
            question.askers -= 1

    def _asked(self, text: str) -> _Question:
        deadline = self._clock() + self._patience
        question = self._open.get(text)
        if question is None:
            answer = asyncio.get_running_loop().create_future()
            question = self._open[text] = _Question(text, deadline, answer)
            self._waiting.append(question)
        question.deadline = max(question.deadline, deadline)
        if self._driver is None or self._driver.done():
            # In a context of its own: it serves others than the one who happened to start it.
            self._driver = asyncio.create_task(self._drive(), context=Context())
        return question

    async def _drive(self) -> None:
        """Send what waits, one request after another, until nothing does."""
        try:
            while True:
                self._forget_who_left()
                if not self._waiting:
                    return
                try:
                    reservation = await self._budget.reserve(at=self._clock(), interactive=True)
                except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
                    self._fail(list(self._waiting), error)
                    continue
                if reservation.wait:
                    await self._wait(reservation.wait)
                else:
                    await self._send(reservation)
        finally:
            for question in list(self._open.values()):  # there are some only when the process is stopping
                question.answer.cancel()
            self._open.clear()
            self._waiting.clear()

    async def _wait(self, seconds: float) -> None:
        """Turn away whose patience ends sooner; wait with the others."""
        served_at = self._clock() + timedelta(seconds=seconds)
        self._fail([one for one in self._waiting if one.deadline < served_at], BudgetExhausted(seconds))
        if self._waiting:
            await self._sleep(min(seconds, _ASK_AGAIN))

    async def _send(self, reservation: Reservation) -> None:
        batch = self._next_batch()
        try:
            if not batch:
                return
            async with asyncio.timeout(self._deadline):
                vectors = await self._embedder.embed([question.text for question in batch])
            for question, vector in zip(batch, vectors, strict=True):
                self._answer(question, vector)
        except (TextRefused, BatchTooLarge) as error:
            self._separate(batch, error)
        except TimeoutError:
            self._fail(batch, Unavailable("The embedding provider does not answer.", retry_after=5))
        except Exception as error:  # noqa: BLE001 - as above
            self._fail(batch, error)
        finally:
            await self._finish(reservation, sent=bool(batch))

    async def _finish(self, reservation: Reservation, *, sent: bool) -> None:
        try:
            await self._budget.finish(reservation, at=self._clock(), sent=sent)
        except Exception:  # noqa: BLE001 - it is logged whole, and the questions go on
            # It expires by itself; until then the budget counts one request too many.
            _log.exception("reservation not finished")

    def _next_batch(self) -> list[_Question]:
        self._forget_who_left()
        batch: list[_Question] = []
        while self._waiting and len(batch) < self._batch_size:
            if batch and (self._waiting[0].alone or batch[0].alone):
                break
            batch.append(self._waiting.popleft())
        return batch

    def _separate(self, batch: list[_Question], error: Exception) -> None:
        """Of several it is not known which was meant: each goes by itself, before those that came later."""
        if len(batch) == 1:
            self._fail(batch, error)
            return
        for question in reversed(batch):
            question.alone = True
            self._waiting.appendleft(question)

    def _answer(self, question: _Question, vector: list[float]) -> None:
        self._known[question.text] = vector
        if len(self._known) > self._size:
            self._known.popitem(last=False)
        self._close(question)
        if not question.answer.done():
            question.answer.set_result(vector)

    def _fail(self, questions: Sequence[_Question], error: Exception) -> None:
        for question in questions:
            self._close(question)
            if not question.answer.done():
                question.answer.set_exception(error)
                question.answer.exception()  # perhaps nobody asks any more

    def _forget_who_left(self) -> None:
        for question in [one for one in self._waiting if not one.askers]:
            self._close(question)
            question.answer.cancel()

    def _close(self, question: _Question) -> None:
        self._open.pop(question.text, None)
        if question in self._waiting:
            self._waiting.remove(question)
