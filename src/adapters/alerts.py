"""Alerts go to the log, where whoever runs the service watches for them."""

from __future__ import annotations

import structlog

from application.accounts.ports import Alerts
from domain.accounts import CreditEntry

_log = structlog.get_logger(__name__)


class LoggedAlerts(Alerts):
    """One record of level error each, with `alert=True`."""

    def shortfall(self, entry: CreditEntry) -> None:
        _log.error(
            "credits_shortfall",
            alert=True,
            user_id=str(entry.owner),
            entry_id=str(entry.id),
            operation=entry.operation.value,
            charged=entry.cost,
            shortfall=entry.shortfall,
            tokens_used=entry.tokens_used,
        )
