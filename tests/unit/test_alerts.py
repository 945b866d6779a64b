"""Alerts reach the log, with what somebody needs to look further."""

from __future__ import annotations

from structlog.testing import capture_logs

from adapters.alerts import LoggedAlerts
from domain.accounts import Account
from domain.shared import user_id_of
from tests.builders import NOON, a_hold


def test_a_shortfall_is_an_error_in_the_log_with_the_line_and_what_is_missing() -> None:
    owner = user_id_of("user_1")
    hold = a_hold(owner, amount=2)
    account = Account(owner=owner, credits=5, reset_at=NOON).hold(hold)
    _, _, entry = account.settle(hold, cost=9, tokens_used=8_400, at=NOON)
    with capture_logs() as logs:
        LoggedAlerts().shortfall(entry)
    assert logs == [
        {
            "event": "credits_shortfall",
            "log_level": "error",
            "alert": True,
            "user_id": str(owner),
            "entry_id": str(entry.id),
            "operation": "GENERATION",
            "charged": 5,
            "shortfall": 4,
            "tokens_used": 8_400,
        }
    ]
