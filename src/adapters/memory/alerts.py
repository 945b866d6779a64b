"""Alerts, remembered."""

from __future__ import annotations

from application.accounts.ports import Alerts
from domain.accounts import CreditEntry


class MemoryAlerts(Alerts):
    def __init__(self) -> None:
        self.shortfalls: list[CreditEntry] = []

    def shortfall(self, entry: CreditEntry) -> None:
        self.shortfalls.append(entry)
