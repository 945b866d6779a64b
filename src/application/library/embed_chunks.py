"""Give every chunk its vector: the embedding engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from logging import getLogger

from application.library.pacing import BackOff, Chance, Pause, RequestSize
from application.library.ports import (
    BatchTooLarge,
    Embedder,
    EmbeddingQueue,
    ObservedLimits,
    ProviderBudget,
    SourceSignals,
    TextRefused,
    WaitingChunk,
)
from application.shared import Clock
from domain.shared import RateLimited, SourceId, Unavailable

_LOOK_AGAIN = 0.25
"""Seconds between two looks at a batch that is not full."""

_UNTOLD = 60.0
"""Seconds to wait when a provider's limit was reached and it does not say for how long."""

_log = getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """How long texts wait for a request to fill up: `quiet` when nothing is on its way, else `at_most`."""

    quiet: timedelta
    at_most: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedChunks:
    """Any number of them may run at once; a batch that was stored stays stored whatever happens next.

    Requests are paid one by one, so they go full: texts of all sources and users share them, and a rest waits until
    more has come, or nothing more is on its way. While a request has to wait, nothing is claimed: when its time comes
    it takes those whose turn it is then.
    """

    queue: EmbeddingQueue
    embedder: Embedder
    budget: ProviderBudget
    signals: SourceSignals
    clock: Clock
    chance: Chance
    batch_size: int
    gathering: Gathering

    async def __call__(self, *, pause: Pause) -> None:
        """Until nothing waits that others do not have in hand, or `pause` says to stop: then what was begun is ended.

        Errors: Unavailable when the provider or the store was down for five minutes.
        """
        run = _Run(pause=pause, back_off=BackOff(chance=self.chance), size=RequestSize(most=self.batch_size))
        seconds: float | None = 0.0
        while seconds is not None and await pause(seconds):
            try:
                seconds = await self._batch(run)
            except RateLimited as limited:
                seconds = _retry_after(limited)
            except Unavailable as fault:
                seconds = run.back_off.after(fault, at=self.clock())

    async def _batch(self, run: _Run) -> float | None:
        """The seconds after which the next may go; None when nothing waits."""
        limit = run.size.texts
        async with self.queue.claim(model=self.embedder.model, limit=limit) as batch:
            if not batch:
                return None
            if len(batch) < limit and not await self._is_due(batch):
                return _LOOK_AGAIN
            return await self._send(batch, run)

    async def _is_due(self, batch: Sequence[WaitingChunk]) -> bool:
        waited = self.clock() - min(chunk.since for chunk in batch)
        if waited >= self.gathering.at_most:
            return True
        return waited >= self.gathering.quiet and not await self.queue.more_to_come()

    async def _send(self, batch: Sequence[WaitingChunk], run: _Run) -> float:
        """In one request; in smaller ones, each with its own reservation, when the provider does not take it whole."""
        parts = [batch]
        while parts:
            reservation = await self.budget.reserve(at=self.clock(), interactive=False)
            if reservation.id is None:
                if parts[0] is batch or not await run.pause(reservation.wait):
                    return reservation.wait
                continue
            try:
                parts[:1] = await self._part(parts[0], run)
            finally:
                await self.budget.finish(reservation, at=self.clock())
        return 0.0

    async def _part(self, part: Sequence[WaitingChunk], run: _Run) -> Sequence[Sequence[WaitingChunk]]:
        """What is still to be sent of it: nothing, or its halves when it was refused."""
        texts = list(dict.fromkeys(chunk.text for chunk in part))
        try:
            vectors = dict(zip(texts, await self.embedder.embed(texts), strict=True))
        except RateLimited as limited:
            await self.budget.observe(ObservedLimits(retry_after=_retry_after(limited)), at=self.clock())
            raise
        except (BatchTooLarge, TextRefused) as refused:
            if len(part) > 1:
                if isinstance(refused, BatchTooLarge):
                    run.size.too_large(len(part))
                half = (len(part) + 1) // 2
                return part[:half], part[half:]
            await self._announce(await self._refuse(part[0], refused.message))
        else:
            run.size.went_through()
            await self._announce(await self._store(part, vectors, run))
        run.back_off.succeeded()
        return ()

    async def _refuse(self, chunk: WaitingChunk, message: str) -> Sequence[SourceId]:
        ids = {"chunk_id": str(chunk.chunk_id), "source_id": str(chunk.source_id)}
        _log.warning("chunk refused by the embedder", extra={**ids, "reason": message})
        return await self.queue.refuse(model=self.embedder.model, chunk_id=chunk.chunk_id, message=message)

    async def _store(
        self, part: Sequence[WaitingChunk], vectors: dict[str, list[float]], run: _Run
    ) -> Sequence[SourceId]:
        """What is paid for is not thrown away because the store is away for a moment."""
        back_off, patient = BackOff(chance=self.chance), True
        while True:
            try:
                return await self.queue.store(
                    model=self.embedder.model, vectors={chunk.chunk_id: vectors[chunk.text] for chunk in part}
                )
            except Unavailable as fault:
                if not patient:
                    raise
                patient = await run.pause(back_off.after(fault, at=self.clock()))

    async def _announce(self, source_ids: Sequence[SourceId]) -> None:
        for source_id in source_ids:
            await self.signals.announce(source_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What one run knows of the provider."""

    pause: Pause
    back_off: BackOff
    size: RequestSize


def _retry_after(limited: RateLimited) -> float:
    """What the provider said, at least a second."""
    told = limited.data.get("retry_after")
    return max(1.0, float(told)) if isinstance(told, int | float) else _UNTOLD
