"""When the last vector of a source will be there, by the pace that the provider allows and the engine keeps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from domain.library.source import Source, SourceStatus

_FAR_TOO_LONG = 65.0
"""Seconds; longer than any embedder waits for an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingPace:
    """How fast vectors come. All times are in seconds, from now.

    Requests are made one after another, each in `seconds_per_request`. A provider with a limit has `slots`, each of
    which carries one request: when each is free, soonest first, and `slot_seconds`, how long a request keeps it. No
    slots: no limit. `blocked` is how long nothing may go at all, `in_flight` the requests that have their slot already.
    """

    texts_per_request: int
    seconds_per_request: float
    slots: tuple[float, ...] = ()
    slot_seconds: float = 0.0
    blocked: float = 0.0
    in_flight: int = 0

    def seconds(self, requests: int) -> float:
        """Until so many requests (1 or more) are answered, those in flight among them."""
        coming = requests - self.in_flight
        if coming <= 0:
            return self.seconds_per_request * requests
        one_by_one = self.blocked + self.seconds_per_request * requests
        if not self.slots:
            return one_by_one
        lap, slot = divmod(coming - 1, len(self.slots))
        opens = self.blocked
        for place, free in enumerate(self.slots[: slot + 1]):
            opens = max(free, opens + (self.seconds_per_request if place else 0.0))
        return max(one_by_one, opens + lap * self.slot_seconds + self.seconds_per_request)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingOutlook:
    """What is before a source: `ahead` counts the chunks, anybody's, that get their vector up to its last, included."""

    ahead: int
    pace: EmbeddingPace


def eta_seconds(source: Source, outlook: EmbeddingOutlook) -> int | None:
    """Seconds until every chunk of the source has its vector; None when that is so, or when nothing is coming.

    A source that is still being read is not cut yet: what is known is that it will take one request more.
    """
    if source.is_settled:
        return None
    requests = ceil(max(outlook.ahead, 1) / outlook.pace.texts_per_request)
    if source.status is not SourceStatus.READY:
        requests += 1
    return ceil(outlook.pace.seconds(requests))


def limited_pace(
    *,
    at: datetime,
    limit: int,
    texts_per_request: int,
    seconds_per_request: float,
    keeps: float,
    answered: Sequence[datetime],
    under_way: Sequence[tuple[datetime, datetime, bool]],
    unembedded: int,
    blocked_until: datetime | None,
) -> EmbeddingPace:
    """The pace with a provider that allows `limit` requests, each of which counts for `keeps` seconds after its answer.

    `answered`: until when those count that were answered. `under_way`: when each was reserved, until when it counts if
    no answer comes, and whether the engine made it. One that takes far too long is taken to have died. `unembedded`:
    how many requests of the engine have vectors still to bring; who stores them says only then that it has finished.
    """
    slow = timedelta(seconds=max(_FAR_TOO_LONG, 3 * seconds_per_request))
    taken = [(until - at).total_seconds() for until in answered]
    in_flight = 0
    for reserved_at, counts_until, of_engine in under_way:
        if at - reserved_at > slow:
            taken.append((counts_until - at).total_seconds())
        else:
            in_flight += of_engine
            taken.append(max(0.0, (reserved_at - at).total_seconds() + seconds_per_request) + keeps)
    taken.sort()
    # When the limit was lowered meanwhile, the first that stop counting make room for nobody.
    slots = [0.0] * (limit - len(taken)) + taken[max(0, len(taken) - limit) :]
    return EmbeddingPace(
        texts_per_request=texts_per_request,
        seconds_per_request=seconds_per_request,
        slots=tuple(slots),
        slot_seconds=keeps + seconds_per_request,
        blocked=0.0 if blocked_until is None else max(0.0, (blocked_until - at).total_seconds()),
        in_flight=min(in_flight, unembedded),
    )


def chunks_ahead(*, turns: int, before: Iterable[int] = (), after: Iterable[int] = ()) -> int:
    """How many chunks, anybody's, get their vector up to a user's one, itself included.

    The queue goes turn by turn: each user has one chunk a turn, and this one is in the user's turn number `turns`. What
    the others miss is in `before` for those who come first in each turn, in `after` for the rest.
    """
    return turns + sum(min(turns, waiting) for waiting in before) + sum(min(turns - 1, waiting) for waiting in after)
