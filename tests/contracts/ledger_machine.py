"""Every way to change a balance, in any order, tried again at will, and killed between any two steps.

A step is one use case, whose process may die at a drawn call of a port (see `mortality`). After each step the books are
read whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from adapters.memory.alerts import MemoryAlerts
from adapters.system import new_uuid7
from application.accounts import (
    AdjustCredits,
    ChargeCredits,
    CreditReader,
    ExpiredHolds,
    RefundCharge,
    settle,
)
from application.accounts.ports import OpenUnitOfWork
from domain.accounts import (
    Account,
    CreditEntry,
    CreditOperation,
    DuplicateEntry,
    Hold,
    InsufficientCredits,
    NothingToRefund,
    TakesTooMuch,
    opening,
    period_start,
)
from domain.shared import CreditEntryId, HoldId, NoSuch
from tests.builders import TickingClock, a_hold, a_holder, a_user
from tests.contracts.books import Books, books_of, ledger_of
from tests.contracts.mortality import Killed, Mortal, Process, Statistics, mortal

ALLOWANCE = 12
LIFETIME_MINUTES = 10


@dataclass(frozen=True)
class Bank:
    """One store's ports, and the loop that they run on."""

    uow: OpenUnitOfWork
    ledger: CreditReader
    expired: ExpiredHolds
    run: Callable[[Awaitable[Any]], Any]
    statistics: Statistics


Moment: TypeAlias = int | None
MOMENTS = st.integers(0, 15)
"""A process that makes fewer calls outlives its moment."""
REFUSALS = (InsufficientCredits, TakesTooMuch, NothingToRefund, NoSuch)


class LedgerMachine(RuleBasedStateMachine):
    """`bank` is set by the test. `claimed` are keys whose work was reported as paid; `asked`, those that may be."""

    bank: Bank

    holds = Bundle("holds")
    jobs = Bundle("jobs")

    def __init__(self) -> None:
        super().__init__()
        self.clock = TickingClock(datetime.fromisoformat("2020-01-15T12:00:00+00:00"))
        self.user = a_user()
        self.owner = self.user.id
        self.alerts = MemoryAlerts()
        self.asked: dict[str, int | None] = {}
        self.claimed: set[str] = set()
        self.opened = False
        self.books: Books | None = None
        self.commits = 0
        self.bank.statistics.machines += 1

    # --- steps --------------------------------------------------------------------------------------------------------

    @initialize(credits=st.integers(0, ALLOWANCE))
    def sign_up(self, credits: int) -> None:
        self.credits = credits
        self._open(None)
        assert self.opened

    @rule(dies_at=MOMENTS)
    def open_again(self, dies_at: Moment) -> None:
        self._open(dies_at)

    @rule(target=holds, amount=st.integers(0, 6), dies_at=MOMENTS)
    def hold(self, amount: int, dies_at: Moment) -> Any:
        hold = a_hold(
            self.owner,
            id=HoldId(new_uuid7()),
            amount=amount,
            created_at=self.clock(),
            expires_at=self.clock().replace(year=self.clock().year + 1),
        )

        async def place(uow: OpenUnitOfWork) -> None:
            async with uow(self.owner) as unit:
                account = await unit.credits.lock(owner=self.owner)
                await unit.credits.save(account.hold(hold), hold=hold)
                await unit.commit()

        self._step("hold", place, dies_at)
        return hold

    @rule(hold=holds, cost=st.integers(0, 9), dies_at=MOMENTS)
    def settle(self, hold: Hold, cost: int, dies_at: Moment) -> None:
        self._settle(hold, cost, dies_at)

    @rule(hold=holds, cost=st.integers(0, 9), dies_at=MOMENTS)
    def settle_and_try_again(self, hold: Hold, cost: int, dies_at: Moment) -> None:
        self._settle(hold, cost, dies_at)
        self._settle(hold, cost, None)

    @rule(hold=holds, dies_at=MOMENTS)
    def release(self, hold: Hold, dies_at: Moment) -> None:
        async def give_back(uow: OpenUnitOfWork) -> None:
            async with uow(self.owner) as unit:
                account = await unit.credits.lock(owner=self.owner)
                account, released = account.release(await unit.credits.hold(owner=self.owner, id=hold.id))
                await unit.credits.save(account, hold=released)
                await unit.commit()

        self._step("release", give_back, dies_at)

    @rule(estimate=st.integers(0, 6), cost=st.integers(0, 9), fails=st.booleans(), dies_at=MOMENTS)
    def work(self, estimate: int, cost: int, fails: bool, dies_at: Moment) -> None:
        """Hold, work, settle, as the use cases do it; a body that fails, or whose process dies, included."""
        ids = [new_uuid7()]

        async def hold_and_settle(uow: OpenUnitOfWork) -> None:
            holder = a_holder(uow, self.clock, alerts=self.alerts, new_id=lambda: ids[0])
            async with holder(owner=self.owner, operation=CreditOperation.CHAT, estimate=estimate) as hold:
                if fails:
                    raise NoSuch("answer")
                async with uow(self.owner) as unit:
                    await settle(unit, owner=self.owner, hold=hold, cost=cost, tokens_used=None, at=self.clock())
                    await unit.commit()
                self.claimed.add(f"hold:{ids[0]}")

        self.asked[f"hold:{ids[0]}"] = None
        self._step("work", hold_and_settle, dies_at)

    @rule(hours=st.sampled_from([1, 24, 24 * 20, 24 * 400]), dies_at=MOMENTS)
    def time_passes(self, hours: int, dies_at: Moment) -> None:
        """Holds whose time is over are swept."""
        self.clock.advance(hours=hours)
        self._sweep(dies_at)

    @rule(target=jobs, operation=st.sampled_from([CreditOperation.WEB_SEARCH, CreditOperation.SAVE]), dies_at=MOMENTS)
    def charge(self, operation: CreditOperation, dies_at: Moment) -> Any:
        job = (operation, new_uuid7())
        self._charge(job, dies_at)
        return job

    @rule(job=jobs, times=st.integers(1, 3), dies_at=MOMENTS)
    def charge_again(self, job: tuple[CreditOperation, UUID], times: int, dies_at: Moment) -> None:
        for _ in range(times):
            self._charge(job, dies_at)

    @rule(target=jobs, racers=st.integers(2, 5))
    def charge_at_once(self, racers: int) -> Any:
        """Several jobs of one credit at the same moment, and one of them twice."""
        keys = [new_uuid7() for _ in range(racers)]
        before = self._account().available

        async def race(uow: OpenUnitOfWork) -> None:
            # The clock is read under the account's lock: each line has a later moment than the one before.
            charge = ChargeCredits(uow=uow, clock=lambda: self.clock.advance(microseconds=1), new_id=new_uuid7)
            outcomes = await asyncio.gather(
                *(
                    charge(owner=self.owner, operation=CreditOperation.WEB_SEARCH, key=str(key))
                    for key in (*keys, keys[0])
                ),
                return_exceptions=True,
            )
            won = {one.key for one in outcomes if isinstance(one, CreditEntry)}
            assert len(won) == min(before, racers)
            assert all(isinstance(one, (CreditEntry, InsufficientCredits)) for one in outcomes)
            self.claimed |= won

        self.asked |= {f"charge:{self.owner}:{key}": 1 for key in keys}
        self._step("race", race, None)
        return multiple(*((CreditOperation.WEB_SEARCH, key) for key in keys))

    @rule(back=st.integers(0, 5), dies_at=MOMENTS)
    def refund(self, back: int, dies_at: Moment) -> None:
        lines = self._lines()
        line = lines[max(0, len(lines) - 1 - back)]

        async def give_back(uow: OpenUnitOfWork) -> None:
            refunds = RefundCharge(uow=uow, clock=self.clock, new_id=new_uuid7)
            self.claimed.add((await refunds(owner=self.owner, entry_id=line.id, reason="It failed.")).key)

        self.asked.setdefault(f"refund:{line.id}", -line.cost)
        for moment in (dies_at, None):
            self._step("refund", give_back, moment)

    @rule(amount=st.integers(-8, 8), dies_at=MOMENTS)
    def adjust(self, amount: int, dies_at: Moment) -> None:
        key = str(new_uuid7())

        async def correct(uow: OpenUnitOfWork) -> None:
            adjusts = AdjustCredits(uow=uow, clock=self.clock, new_id=new_uuid7)
            self.claimed.add((await adjusts(owner=self.owner, amount=amount, reason="By hand.", key=key)).key)

        self.asked[f"adjustment:{self.owner}:{key}"] = -amount
        for moment in (dies_at, None):
            self._step("adjust", correct, moment)

    @rule(dies_at=MOMENTS)
    def reset(self, dies_at: Moment) -> None:
        start = period_start(self.clock())

        async def refill(uow: OpenUnitOfWork) -> None:
            async with uow(self.owner) as unit:
                account = await unit.credits.lock(owner=self.owner)
                done = account.reset(
                    allowance=ALLOWANCE, period_start=start, entry_id=CreditEntryId(new_uuid7()), at=self.clock()
                )
                if done is not None:
                    await unit.credits.save(done[0], entry=done[1])
                    await unit.commit()

        self.asked.setdefault(f"reset:{self.owner}:{start:%Y-%m-%d}", None)
        for moment in (dies_at, None):
            self._step("reset", refill, moment)
        assert self._account().reset_at >= start

    # --- what always holds --------------------------------------------------------------------------------------------

    @invariant()
    def the_books_are_right(self) -> None:
        if self.opened:
            books: Books = self.bank.run(books_of(self.owner, self.bank.ledger))
            books.balance_is_the_ledgers_sum()
            books.held_is_the_sum_of_active_holds()
            books.everything_is_paid_once(asked=self.asked, claimed=self.claimed)
            # Whoever was killed or refused before a commit has changed nothing.
            assert self.commits or books == self.books
            self.books, self.commits = books, 0
            self.bank.statistics.lines += len(books.lines)

    def teardown(self) -> None:
        """However it went, once the swept holds are free all credits can be spent."""
        if self.opened:
            self.clock.advance(days=800)
            self._sweep(None)
            assert self._account().held == 0

    # --- how --------------------------------------------------------------------------------------------------------

    def _sweep(self, dies_at: Moment) -> None:
        async def sweep(process: Process) -> None:
            process.commits += 1
            await Mortal(self.bank.expired, process).release(at=self.clock(), limit=100)

        self._step("sweep", sweep, dies_at, whole=True)

    def _open(self, dies_at: Moment) -> None:
        async def sign_up(uow: OpenUnitOfWork) -> None:
            account, grant = opening(self.owner, allowance=self.credits, at=self.clock())
            async with uow(self.owner) as unit:
                await unit.users.open(self.user, account, grant)
                await unit.commit()
            self.opened = True

        self.asked[f"grant:{self.owner}"] = -self.credits
        self._step("open", sign_up, dies_at)

    def _settle(self, hold: Hold, cost: int, dies_at: Moment) -> None:
        """The price is known with the first try; whoever tries again asks for the same."""
        asked = self.asked.setdefault(hold.key, cost)
        assert asked is not None

        async def pay(uow: OpenUnitOfWork) -> None:
            async with uow(self.owner) as unit:
                await settle(unit, owner=self.owner, hold=hold, cost=asked, tokens_used=asked * 1000, at=self.clock())
                await unit.commit()
            self.claimed.add(hold.key)

        self._step("settle", pay, dies_at)

    def _charge(self, job: tuple[CreditOperation, UUID], dies_at: Moment) -> None:
        operation, key = job

        async def pay(uow: OpenUnitOfWork) -> None:
            charge = ChargeCredits(uow=uow, clock=self.clock, new_id=new_uuid7)
            self.claimed.add((await charge(owner=self.owner, operation=operation, key=str(key))).key)

        self.asked[f"charge:{self.owner}:{key}"] = 1 if operation is CreditOperation.WEB_SEARCH else 0
        self._step("charge", pay, dies_at)

    def _step(self, name: str, body: Callable[[Any], Awaitable[Any]], dies_at: Moment, *, whole: bool = False) -> None:
        """Run `body` on a store whose calls may be the last; `whole`: on the process itself."""
        self.clock.advance(seconds=1)
        process, outcome = Process(dies_at), "done"
        try:
            self.bank.run(body(process if whole else mortal(self.bank.uow, process)))
        except Killed:
            outcome = "killed"
        except REFUSALS:
            outcome = "refused"
        except DuplicateEntry:
            assert name == "settle"
            outcome = "refused"
        self.commits += process.commits
        self.bank.statistics.steps[name] += 1
        self.bank.statistics.outcomes[outcome] += 1

    def _account(self) -> Account:
        account: Account = self.bank.run(self.bank.ledger.account(owner=self.owner))
        return account

    def _lines(self) -> list[CreditEntry]:
        lines: list[CreditEntry] = self.bank.run(ledger_of(self.owner, self.bank.ledger))
        return lines
