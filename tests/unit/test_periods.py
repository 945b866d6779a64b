"""The allowance's periods are calendar months in UTC, wherever the clock on the wall hangs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts import next_reset, period_start

ROME = timezone(timedelta(hours=2))

moments = st.builds(
    lambda seconds, zone: datetime.fromtimestamp(seconds, tz=zone),
    st.floats(3_000_000, 200_000_000_000),
    st.sampled_from([UTC, ROME, timezone(timedelta(hours=-11))]),
)


@pytest.mark.parametrize(
    ("moment", "start"),
    [
        (datetime(2026, 3, 15, 12, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),
        (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),
        (datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
        (datetime(2026, 4, 1, 1, 30, tzinfo=ROME), datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_period_begins_with_the_month_in_utc(moment: datetime, start: datetime) -> None:
    assert period_start(moment) == start


@given(moment=moments)
def test_every_moment_is_in_one_period_and_the_next_begins_where_it_ends(moment: datetime) -> None:
    start, end = period_start(moment), next_reset(moment)
    assert start <= moment < end
    assert period_start(end) == end
    assert period_start(end - timedelta(microseconds=1)) == start
    assert 28 <= (end - start).days <= 31
