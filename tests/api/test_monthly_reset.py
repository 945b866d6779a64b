"""What a user sees of the monthly reset: the balance, when it was and will be refilled, and a line in the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from adapters.memory.accounts import ACCOUNTS
from domain.accounts import next_reset, period_start
from domain.shared import UserId
from entrypoints.graphql.ids import key_of
from tests.api.clients import Api
from tests.applications import InMemory

VIEWER = """{ viewer {
    id
    credits { available monthlyAllowance lastResetAt nextResetAt }
    creditEntries(first: 5) { edges { node { operation cost balanceAfter } } }
} }"""


async def was_last_reset(memory: InMemory, owner: UserId, at: datetime, *, credits: int) -> None:
    async with memory.database.begin() as transaction:
        accounts = transaction.tables[ACCOUNTS]
        accounts[owner] = replace(accounts[owner], credits=credits, reset_at=at)
        await transaction.commit()


async def test_the_first_of_the_month_refills_the_balance_and_the_ledger_says_so(api: Api, memory: InMemory) -> None:
    new = (await api(VIEWER)).data["viewer"]
    await memory.application.fire_due_jobs()
    await memory.work()
    assert (await api(VIEWER)).data["viewer"] == new  # whoever came in this month has their grant

    allowance = memory.application.accounts.allowance
    last_month = period_start(memory.application.clock()) - timedelta(days=3)
    await was_last_reset(memory, UserId(key_of("User", new["id"])), last_month, credits=7)
    before = (await api(VIEWER)).data["viewer"]["credits"]
    assert (before["available"], datetime.fromisoformat(before["lastResetAt"])) == (7, last_month)

    await memory.application.accounts.reset_credits()

    viewer = (await api(VIEWER)).data["viewer"]
    credits = viewer["credits"]
    assert credits["available"] == credits["monthlyAllowance"] == allowance
    last, following = (datetime.fromisoformat(credits[field]) for field in ("lastResetAt", "nextResetAt"))
    assert last > last_month
    assert following == next_reset(last)
    reset = {"operation": "RESET", "cost": 7 - allowance, "balanceAfter": allowance}
    assert viewer["creditEntries"]["edges"][0]["node"] == reset
