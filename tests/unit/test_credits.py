"""The rules of credits: what may be held, what is charged, what can never happen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts import (
    Account,
    HoldStatus,
    InsufficientCredits,
    cost_of_tokens,
    next_reset,
    opening,
)
from domain.shared import UserId, user_id_of
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
