"""A process of its own that asks a provider as fast as the budget that it shares allows.

    python -m tests.contracts.budget_process DATABASE ROLE SERVER ACCOUNT LIMIT WINDOW MARGIN SECONDS

It prints how many requests it made.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime, timedelta

from adapters.openai_compatible import OpenAICompatibleEmbedder
from adapters.postgres.engine import Transactions, create_engine
from adapters.postgres.provider_budget import PostgresProviderBudget
from adapters.system import utc_now

_CALLERS = 3
"""That ask at the same time; the first is interactive."""


async def main(database: str, role: str, server: str, account: str, limit: int, *times: float) -> int:
    window, margin, seconds = times
    engine = create_engine(database)
    budget = PostgresProviderBudget(
        Transactions(engine, role=role),
        account=account,
        requests_per_minute=limit,
        window=timedelta(seconds=window),
        margin=timedelta(seconds=margin),
    )
    embedder = OpenAICompatibleEmbedder(server, model="bge-m3")
    end = utc_now() + timedelta(seconds=seconds)
    made = await asyncio.gather(
        *(_ask(budget, embedder, end, interactive=not caller) for caller in range(_CALLERS)),
    )
    await embedder.aclose()
    await engine.dispose()
    return sum(made)


async def _ask(
    budget: PostgresProviderBudget, embedder: OpenAICompatibleEmbedder, end: datetime, *, interactive: bool
) -> int:
    made = 0
    while (now := utc_now()) < end:
        reservation = await budget.reserve(at=now, interactive=interactive)
        if reservation.wait:
            await asyncio.sleep(min(reservation.wait, 1.0) if interactive else reservation.wait)
            continue
        await embedder.embed(["Il Po nasce dal Monviso."])
        made += 1
        await budget.finish(reservation, at=utc_now())
    return made


if __name__ == "__main__":
    given = sys.argv[1:]
    database, role, server, account = given[:4]
    made_requests = asyncio.run(main(database, role, server, account, int(given[4]), *map(float, given[5:])))
    sys.stdout.write(f"{made_requests}\n")
