"""A provider that counts, and everything that can happen between a reservation and the moment its request arrives.

Time is the machine's own. A request arrives at the provider at some moment between its reservation and its answer; a
holder may die, and then its request arrives within the lease or never. The provider looks at every sliding minute.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from application.library.ports import ObservedLimits, ProviderBudget, Reservation
from tests.builders import NOON

WINDOW, MARGIN, LEASE = timedelta(seconds=60), timedelta(seconds=1), timedelta(seconds=90)
SECONDS = st.floats(0, 100, allow_nan=False).map(lambda seconds: round(seconds, 3))


class BudgetMachine(RuleBasedStateMachine):
    """`opened` gives the same budget to each of two processes; `run` waits for what it is given."""

    opened: Callable[[int], tuple[ProviderBudget, ProviderBudget]]
    run: Callable[[Awaitable[Any]], Any]

    requests = Bundle("requests")

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.arrivals: list[datetime] = []

    @initialize(limit=st.integers(1, 6))
    def open(self, limit: int) -> None:
        self.setting = limit
        self.budgets = type(self).opened(limit)

    @rule(target=requests, process=st.integers(0, 1), interactive=st.booleans())
    def reserve(self, process: int, interactive: bool) -> Any:
        reservation = type(self).run(self.budgets[process].reserve(at=self.now, interactive=interactive))
        assert (reservation.id is None) == (reservation.wait > 0)
        if reservation.wait:
            return multiple()
        return (self.now, reservation)

    @rule(target=requests, process=st.integers(0, 1))
    def wait_as_told(self, process: int) -> Any:
        """Whoever waits as long as it is told, alone, is served in the end."""
        for _ in range(8):
            reservation = type(self).run(self.budgets[process].reserve(at=self.now, interactive=True))
            if not reservation.wait:
                return (self.now, reservation)
            self.now += timedelta(seconds=reservation.wait)
        raise AssertionError("it waited as told, and was told to wait again and again")

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(request=consumes(requests), part=st.floats(0, 1), process=st.integers(0, 1))
    def answer(self, request: tuple[datetime, Reservation], part: float, process: int) -> None:
        """It arrived some time since it was reserved, and now the answer is here."""
        reserved, reservation = request
        if self.now - reserved > LEASE:  # nobody's request may take so long
            self.die(request, part)
            return
        self._arrive(reserved + part * (self.now - reserved))
        type(self).run(self.budgets[process].finish(reservation, at=self.now))

    @rule(request=consumes(requests), part=st.floats(0, 1))
    def die(self, request: tuple[datetime, Reservation], part: float) -> None:
        """The holder is gone; what it had sent arrives, or has arrived, within the lease."""
        self._arrive(request[0] + part * LEASE)

    @rule(request=consumes(requests), process=st.integers(0, 1))
    def give_back(self, request: tuple[datetime, Reservation], process: int) -> None:
        type(self).run(self.budgets[process].finish(request[1], at=self.now, sent=False))

    @rule(limit=st.integers(0, 9), process=st.integers(0, 1))
    def the_provider_says_its_limit(self, limit: int, process: int) -> None:
        type(self).run(self.budgets[process].observe(ObservedLimits(requests_per_minute=limit), at=self.now))

    @rule(seconds=SECONDS, remaining=st.none() | st.integers(0, 2), process=st.integers(0, 1))
    def the_provider_says_wait(self, seconds: float, remaining: int | None, process: int) -> None:
        limits = ObservedLimits(remaining=remaining, retry_after=seconds or None)
        type(self).run(self.budgets[process].observe(limits, at=self.now))
        if seconds:
            asked = type(self).run(self.budgets[1 - process].reserve(at=self.now, interactive=True))
            assert asked.wait >= seconds - 0.001

    @invariant()
    def no_sliding_minute_holds_more_than_the_setting(self) -> None:
        for first, moment in enumerate(self.arrivals):
            assert sum(other < moment + WINDOW for other in self.arrivals[first:]) <= self.setting

    def _arrive(self, moment: datetime) -> None:
        insort(self.arrivals, moment)
