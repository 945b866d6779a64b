"""The embedding engine in a few lines, without a clock: who is served when, with which provider."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from domain.library import EmbeddingOutlook, EmbeddingPace, chunks_ahead, limited_pace
from tests.builders import NOON


@dataclass
class Simulation:
    """`waiting`: what each user's sources miss. `limit`: requests that count `keeps` seconds after their answer."""

    waiting: dict[str, dict[str, int]]
    batch_size: int
    latency: float
    limit: int | None
    keeps: float = 61.0
    now: float = 0.0
    order: list[str] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    done_at: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.order = list(self.waiting)

    @property
    def is_done(self) -> bool:
        return not any(self.waiting.values())

    def request(self) -> None:
        """The next full batch, as soon as the provider lets it go."""
        if self.limit is not None:
            counting = sorted(until for until in self.answered if until > self.now)
            if len(counting) >= self.limit:
                self.now = counting[len(counting) - self.limit]
        self.now += self.latency
        self.answered.append(self.now + self.keeps)
        for _ in range(self.batch_size):
            self._serve_one()

    def _serve_one(self) -> None:
        for user in self.order:
            sources = self.waiting[user]
            if sources:
                source = min(sources, key=lambda source: (sources[source], source))
                sources[source] -= 1
                if not sources[source]:
                    del sources[source]
                    self.done_at[source] = self.now
                self.order.remove(user)
                self.order.append(user)
                return

    def outlook(self, user: str, source: str) -> EmbeddingOutlook:
        """What a reader would say at this moment."""
        sources = self.waiting[user]
        turns = sum(missing for other, missing in sources.items() if (missing, other) <= (sources[source], source))
        place = self.order.index(user)
        totals = [sum(self.waiting[other].values()) for other in self.order]
        return EmbeddingOutlook(
            ahead=chunks_ahead(turns=turns, before=totals[:place], after=totals[place + 1 :]), pace=self._pace()
        )

    def _pace(self) -> EmbeddingPace:
        if self.limit is None:
            return EmbeddingPace(texts_per_request=self.batch_size, seconds_per_request=self.latency)
        return limited_pace(
            at=NOON + timedelta(seconds=self.now),
            limit=self.limit,
            texts_per_request=self.batch_size,
            seconds_per_request=self.latency,
            keeps=self.keeps,
            answered=[NOON + timedelta(seconds=until) for until in self.answered if until > self.now],
            under_way=[],
            unembedded=0,
            blocked_until=None,
        )
