"""The rules of credits: what may be held, what is charged, what can never happen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts import (
    Account,
    CreditEntry,
    CreditOperation,
    HoldStatus,
    InsufficientCredits,
    NothingToRefund,
    TakesTooMuch,
    UnsuitableReason,
    Usage,
    cost_of_tokens,
    next_reset,
    opening,
    refund_key,
    reset_key,
)
from domain.shared import CreditEntryId, UserId, user_id_of
from tests.builders import NOON, a_hold

OWNER: UserId = user_id_of("user_1")


def an_account(credits: int, held: int = 0) -> Account:
    return Account(owner=OWNER, credits=credits, held=held, reset_at=NOON)


@pytest.mark.parametrize(("tokens", "credits"), [(0, 0), (1, 1), (999, 1), (1000, 1), (1001, 2), (25_000, 25)])
def test_a_credit_pays_for_each_thousand_tokens_begun(tokens: int, credits: int) -> None:
    assert cost_of_tokens(tokens) == credits


def test_a_negative_number_of_tokens_is_a_bug() -> None:
    with pytest.raises(ValueError, match="negative"):
        cost_of_tokens(-1)


@pytest.mark.parametrize(
    ("now", "reset"),
    [
        (datetime(2026, 1, 31, 23, 59, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
        (datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=2))), datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_credits_are_reset_at_the_first_midnight_of_the_month_in_utc(now: datetime, reset: datetime) -> None:
    assert next_reset(now) == reset


def test_opening_an_account_grants_the_allowance_with_one_line() -> None:
    account, grant = opening(OWNER, allowance=10_000, at=NOON)
    assert (account.credits, grant.cost, grant.balance_after) == (10_000, -10_000, 10_000)


def test_a_hold_of_all_that_is_available_is_allowed() -> None:
    assert an_account(10, held=4).hold(a_hold(OWNER, amount=6)).available == 0


def test_a_hold_of_one_more_is_refused_with_both_figures() -> None:
    with pytest.raises(InsufficientCredits) as refused:
        an_account(10, held=4).hold(a_hold(OWNER, amount=7))
    assert refused.value.data == {"balance": 6, "required": 7}


def test_a_hold_of_nothing_is_allowed_with_nothing_left() -> None:
    assert an_account(0).hold(a_hold(OWNER, amount=0)).held == 0


def test_settling_above_the_hold_takes_what_there_is_and_no_more() -> None:
    hold = a_hold(OWNER, amount=2)
    account, settled, entry = an_account(5).hold(hold).settle(hold, cost=9, tokens_used=9_000, at=NOON)
    assert (account.credits, account.held, entry.cost, settled.status) == (0, 0, 5, HoldStatus.SETTLED)


def test_settling_leaves_the_holds_of_other_work_alone() -> None:
    mine, others = a_hold(OWNER, amount=2), a_hold(OWNER, amount=6)
    account, _, entry = an_account(10).hold(mine).hold(others).settle(mine, cost=9, tokens_used=None, at=NOON)
    assert (account.credits, account.held, entry.cost) == (6, 6, 4)


def test_releasing_twice_gives_back_once() -> None:
    hold = a_hold(OWNER, amount=2)
    once, released = an_account(5).hold(hold).release(hold)
    twice, _ = once.release(released)
    assert once == twice == an_account(5)


def test_a_hold_grows_by_what_is_missing_and_never_shrinks() -> None:
    hold, later = a_hold(OWNER, amount=2), NOON + timedelta(hours=1)
    account, grown = an_account(5).hold(hold).grow(hold, to=5, until=later)
    assert (account.held, account.available, grown.amount, grown.expires_at) == (5, 0, 5, later)
    again, same = account.grow(grown, to=3, until=NOON)
    assert (again, same) == (account, grown)
    assert account.release(grown)[0] == an_account(5)


def test_a_hold_that_cannot_grow_stays_as_it_is() -> None:
    hold = a_hold(OWNER, amount=2)
    with pytest.raises(InsufficientCredits) as refused:
        an_account(5).hold(hold).grow(hold, to=6, until=NOON)
    assert refused.value.data == {"balance": 3, "required": 4}
    held = an_account(5).hold(hold)
    account, released = held.release(hold)
    assert account.grow(released, to=4, until=NOON) == (account, released)


@given(
    balance=st.integers(0, 20),
    steps=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 12), st.booleans()), max_size=30),
)
def test_whatever_happens_the_ledger_sums_to_the_balance_and_nothing_is_negative(
    balance: int, steps: list[tuple[int, int, bool]]
) -> None:
    account, grant = opening(OWNER, allowance=balance, at=NOON)
    spent = grant.cost
    for amount, cost, settles in steps:
        hold = a_hold(OWNER, amount=amount)
        try:
            account = account.hold(hold)
        except InsufficientCredits:
            continue
        if settles:
            account, _, entry = account.settle(hold, cost=cost, tokens_used=None, at=NOON)
            spent += entry.cost
        assert account.credits == -spent
        assert 0 <= account.held <= account.credits


def test_settling_above_what_there_is_writes_down_what_was_not_covered() -> None:
    hold = a_hold(OWNER, amount=2)
    _, _, short = an_account(5).hold(hold).settle(hold, cost=9, tokens_used=9_000, at=NOON)
    _, _, covered = an_account(9).hold(hold).settle(hold, cost=9, tokens_used=9_000, at=NOON)
    assert (short.cost, short.shortfall) == (5, 4)
    assert (covered.cost, covered.shortfall) == (9, 0)


def charged(account: Account, cost: int) -> tuple[Account, CreditEntry]:
    return account.charge(
        operation=CreditOperation.WEB_SEARCH, cost=cost, entry_id=CreditEntryId(uuid4()), key=f"job:{cost}", at=NOON
    )


def test_a_charge_of_exactly_the_balance_leaves_nothing() -> None:
    account, entry = charged(an_account(10), 10)
    assert (account.credits, entry.balance_after, entry.cost) == (0, 0, 10)


def test_a_charge_of_nothing_is_possible_with_nothing_left_and_is_written_down() -> None:
    account, entry = charged(an_account(0), 0)
    assert (account.credits, entry.cost) == (0, 0)


def test_a_charge_cannot_take_what_is_held() -> None:
    with pytest.raises(InsufficientCredits) as refused:
        charged(an_account(10, held=4), 7)
    assert refused.value.data == {"balance": 6, "required": 7}


def test_a_refund_gives_a_charge_back_and_has_the_charges_key() -> None:
    account, entry = charged(an_account(10), 7)
    account, refund = account.refund(entry, reason="The search failed.", entry_id=CreditEntryId(uuid4()), at=NOON)
    assert (account.credits, refund.cost, refund.key) == (10, -7, refund_key(entry.id))


def test_what_took_nothing_cannot_be_given_back() -> None:
    account, grant = opening(OWNER, allowance=10, at=NOON)
    _, free = charged(account, 0)
    for line in (grant, free):
        with pytest.raises(NothingToRefund):
            account.refund(line, reason="Please.", entry_id=CreditEntryId(uuid4()), at=NOON)


def adjusted(account: Account, amount: int, reason: str = "Thanks for the report.") -> tuple[Account, CreditEntry]:
    return account.adjust(amount=amount, reason=reason, entry_id=CreditEntryId(uuid4()), key="adjustment:1", at=NOON)


@pytest.mark.parametrize(("amount", "left"), [(50, 60), (-6, 4), (0, 10)])
def test_an_adjustment_gives_or_takes_and_keeps_its_reason(amount: int, left: int) -> None:
    account, entry = adjusted(an_account(10, held=4), amount)
    assert (account.credits, entry.cost, entry.balance_after) == (left, -amount, left)
    assert (entry.operation, entry.reason) == (CreditOperation.ADJUSTMENT, "Thanks for the report.")


def test_an_adjustment_never_takes_more_than_is_available() -> None:
    with pytest.raises(TakesTooMuch) as refused:
        adjusted(an_account(10, held=4), -7)
    assert refused.value.data == {"available": 6, "amount": -7}


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_an_adjustment_needs_a_reason(reason: str) -> None:
    with pytest.raises(UnsuitableReason):
        adjusted(an_account(10), 1, reason)


APRIL = datetime(2026, 4, 1, tzinfo=UTC)


def reset(account: Account, at: datetime = APRIL) -> tuple[Account, CreditEntry] | None:
    return account.reset(allowance=100, period_start=APRIL, entry_id=CreditEntryId(uuid4()), at=at)


@pytest.mark.parametrize("left", [0, 30, 100, 250])
def test_a_reset_puts_the_allowance_in_place_of_what_is_left(left: int) -> None:
    done = reset(an_account(left))
    assert done is not None
    account, entry = done
    assert (account.credits, entry.cost, entry.balance_after) == (100, left - 100, 100)
    assert entry.key == reset_key(OWNER, APRIL)


def test_a_period_is_reset_once_however_late() -> None:
    late = APRIL + timedelta(days=3)
    done = reset(an_account(30), at=late)
    assert done is not None
    account, _ = done
    assert account.reset_at == late
    assert reset(account, at=late + timedelta(days=1)) is None


def test_an_account_that_was_opened_in_the_period_has_its_allowance_already() -> None:
    account, _ = opening(OWNER, allowance=100, at=APRIL + timedelta(hours=1))
    assert reset(account, at=APRIL + timedelta(hours=2)) is None


def test_a_clock_that_is_behind_does_not_reset_a_period_twice() -> None:
    done = reset(an_account(30), at=APRIL - timedelta(seconds=1))
    assert done is not None
    assert reset(done[0]) is None


def test_what_is_held_over_a_months_end_is_paid_from_the_new_month() -> None:
    hold = a_hold(OWNER, amount=4)
    done = reset(an_account(10).hold(hold))
    assert done is not None
    account, _, entry = done[0].settle(hold, cost=3, tokens_used=None, at=APRIL)
    assert (account.credits, account.held, entry.cost) == (97, 0, 3)


def test_usage_adds_up_and_is_an_estimate_as_soon_as_a_part_of_it_is() -> None:
    both = Usage(tokens=700) + Usage(tokens=400, estimated=True)
    assert (both.tokens, both.estimated, both.cost) == (1_100, True, 2)


@pytest.mark.parametrize(("part", "of", "tokens"), [(2, 3, 667), (3, 3, 1000), (0, 3, 0), (0, 0, 0)])
def test_a_share_of_usage_is_rounded_up(part: int, of: int, tokens: int) -> None:
    assert Usage(tokens=1000).share(part, of=of).tokens == tokens
