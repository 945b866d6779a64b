"""How long the monthly reset of everybody takes, and what the API's users notice of it.

    .venv/bin/python -m benchmarks.monthly_reset [--users 100000] [--batch-size 2000] [--json]

An embedded PostgreSQL with its production settings, and in it users with last month's balance. The real use case resets
them as the worker's role. Meanwhile, as the API's role, some read their credits and others spend one (a hold, then the
charge), each after a short pause; before it they do the same for a few seconds with nothing else going on.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any, LiteralString

import psycopg

from adapters.alerts import LoggedAlerts
from adapters.embedded.postgres import EmbeddedPostgres
from adapters.postgres import migrations
from adapters.postgres.accounts import PostgresCreditReader
from adapters.postgres.credit_resets import PostgresCreditResets
from adapters.postgres.engine import API_ROLE, WORKER_ROLE, Transactions, create_engine
from adapters.postgres.ticks import PostgresTicks
from adapters.postgres.unit_of_work import OpenPostgresUnitOfWork
from adapters.system import new_uuid7
from application.accounts import CreditResets, HoldCredits, ResetBatch, ResetCredits, settle
from domain.accounts import CreditOperation
from domain.shared import UserId

ALLOWANCE = 10_000
LAST_MONTH = datetime(2031, 2, 10, tzinfo=UTC)
NOW = datetime(2031, 3, 1, 0, 0, 2, tzinfo=UTC)
READERS, SPENDERS = 4, 2
PAUSE = 0.01
QUIET_SECONDS = 5.0

_USERS = """
    insert into users (user_id, subject, email, username, credits, credits_reset_at, created_at)
    select gen_random_uuid(), 'user_' || n, 'user' || n || '@example.org', 'user' || n, n %% 10001, %(at)s, %(at)s
    from generate_series(1, %(users)s) n
    """
_GRANTS = """
    insert into credit_logs (id, user_id, operation, cost, balance_after, key, created_at)
    select user_id, user_id, 'GRANT', -credits, credits, 'grant:' || user_id, %s from users
    """
_UNBALANCED = """
    select count(*) from users left join (
      select user_id, -sum(cost) as written from credit_logs group by user_id
    ) ledger using (user_id) where written is distinct from credits
    """
_RESETS = "select count(*), count(distinct user_id) from credit_logs where operation = 'RESET'"
_WRITTEN = "select pg_current_wal_lsn() - '0/0'"
_LEDGER = "select pg_total_relation_size('credit_logs') / count(*) from credit_logs"
_IN_PLACE = "select n_tup_hot_upd, n_tup_upd from pg_stat_user_tables where relname = 'users'"


@dataclass
class Timed(CreditResets):
    """The real one; `seconds` has how long each batch took."""

    resets: CreditResets
    seconds: list[float] = field(default_factory=list)

    async def reset_batch(
        self,
        *,
        period_start: datetime,
        allowance: int,
        at: datetime,
        limit: int,
        after: UserId | None = None,
        patient: bool = False,
    ) -> ResetBatch:
        began = time.perf_counter()
        batch = await self.resets.reset_batch(
            period_start=period_start, allowance=allowance, at=at, limit=limit, after=after, patient=patient
        )
        if not patient:
            self.seconds.append(time.perf_counter() - began)
        return batch


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.monthly_reset", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--users", type=int, default=100_000, help="default: 100000")
    parser.add_argument("--batch-size", type=int, default=2_000, help="users a transaction (default: 2000)")
    parser.add_argument("--json", action="store_true", help="print one object and nothing else")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="studiolo-benchmark-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder))
        server.start()
        try:
            migrations.upgrade(server.url("owner"))
            owners = _fill(server, options.users)
            before = _one(server, _WRITTEN)
            measured = asyncio.run(_run(server, owners, options.batch_size))
            measured["log_mb"] = round(int(_one(server, _WRITTEN) - before) / 1e6)
            measured |= _checked(server, options.users)
        finally:
            server.stop()
    if options.json:
        json.dump(measured, sys.stdout)
        print()
    else:
        _print(measured)


def _fill(server: EmbeddedPostgres, users: int) -> list[UserId]:
    """Users with last month's balances, and some of their ids."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(_USERS, {"users": users, "at": LAST_MONTH})
        connection.execute(_GRANTS, [LAST_MONTH])
        connection.execute("vacuum analyze users, credit_logs")
        connection.execute("checkpoint")
        sample = connection.execute("select user_id from users where credits > 1000 order by user_id limit 2000")
        return [UserId(row[0]) for row in sample]


async def _run(server: EmbeddedPostgres, owners: list[UserId], batch_size: int) -> dict[str, Any]:
    engines = [create_engine(server.url("api")), create_engine(server.url("worker"))]
    api, worker = Transactions(engines[0], role=API_ROLE), Transactions(engines[1], role=WORKER_ROLE)
    reader, uow = PostgresCreditReader(api), OpenPostgresUnitOfWork(api)
    hold = HoldCredits(
        uow=uow, alerts=LoggedAlerts(), clock=lambda: NOW, new_id=new_uuid7, lifetime=timedelta(minutes=10)
    )
    resets = Timed(PostgresCreditResets(worker))
    reset = ResetCredits(
        resets=resets, ticks=PostgresTicks(worker), clock=lambda: NOW, allowance=ALLOWANCE, batch_size=batch_size
    )

    async def read(owner: UserId) -> None:
        await reader.account(owner=owner)

    async def spend(owner: UserId) -> None:
        async with hold(owner=owner, operation=CreditOperation.CHAT, estimate=1) as held, uow(owner) as unit:
            await settle(unit, owner=owner, hold=held, cost=1, tokens_used=None, at=NOW)
            await unit.commit()

    quiet = await _meanwhile(asyncio.sleep(QUIET_SECONDS), owners, read=read, spend=spend)
    load = os.getloadavg()[0]
    began = time.perf_counter()
    during = await _meanwhile(reset(), owners, read=read, spend=spend)
    seconds = time.perf_counter() - began
    for engine in engines:
        await engine.dispose()
    return {
        "seconds": round(seconds, 2),
        "batches": len(resets.seconds),
        "batch_size": batch_size,
        "slowest_batch_ms": round(1000 * max(resets.seconds)),
        "load_before": round(load, 2),
        "quiet": quiet,
        "during": during,
    }


async def _meanwhile(
    work: Awaitable[object],
    owners: list[UserId],
    *,
    read: Callable[[UserId], Awaitable[None]],
    spend: Callable[[UserId], Awaitable[None]],
) -> dict[str, dict[str, float]]:
    """What reads and spends take while the work is being done."""
    times: dict[str, list[float]] = {"read": [], "spend": []}
    chance = random.Random(1)

    async def go_on(name: str, ask: Callable[[UserId], Awaitable[None]]) -> None:
        while True:
            began = time.perf_counter()
            await ask(chance.choice(owners))
            times[name].append(1000 * (time.perf_counter() - began))
            await asyncio.sleep(PAUSE)

    tasks = [asyncio.create_task(go_on("read", read)) for _ in range(READERS)]
    tasks += [asyncio.create_task(go_on("spend", spend)) for _ in range(SPENDERS)]
    await work
    failed = [task for task in tasks if task.done()]
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
    assert not failed, "a request failed"
    return {name: _latency(taken) for name, taken in times.items()}


def _latency(times: list[float]) -> dict[str, float]:
    cuts = quantiles(times, n=20, method="inclusive")
    return {
        "requests": len(times),
        "p50_ms": round(cuts[9], 2),
        "p95_ms": round(cuts[18], 2),
        "max_ms": round(max(times), 2),
    }


def _checked(server: EmbeddedPostgres, users: int) -> dict[str, Any]:
    """Each user has one line, and the ledger is the balance, to the credit."""
    with psycopg.connect(server.url("postgres")) as connection:
        assert connection.execute(_RESETS).fetchone() == (users, users)
        assert connection.execute(_UNBALANCED).fetchone() == (0,)
        in_place, all_updates = connection.execute(_IN_PLACE).fetchone() or (0, 0)
    return {
        "users": users,
        "updated_in_place": round(in_place / max(1, all_updates), 3),
        "ledger_bytes_a_line": int(_one(server, _LEDGER)),
    }


def _one(server: EmbeddedPostgres, query: LiteralString) -> Any:
    with psycopg.connect(server.url("postgres")) as connection:
        return (connection.execute(query).fetchone() or (None,))[0]


def _print(measured: dict[str, Any]) -> None:
    in_place = f"{measured['updated_in_place']:.0%} of rows updated within their page"
    print(f"{measured['users']} users in {measured['seconds']} s; {in_place}; load before {measured['load_before']}")
    print(f"{measured['log_mb']} MB of write-ahead log; {measured['ledger_bytes_a_line']} bytes a line of the ledger")
    print(f"{measured['batches']} batches of {measured['batch_size']}, the slowest {measured['slowest_batch_ms']} ms")
    print(f"{'':22}{'requests':>9}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}")
    for when in ("quiet", "during"):
        for name, row in measured[when].items():
            figures = f"{row['requests']:>9}{row['p50_ms']:>9.1f}{row['p95_ms']:>9.1f}{row['max_ms']:>9.1f}"
            print(f"{name + (' before' if when == 'quiet' else ' during the reset'):22}{figures}")


if __name__ == "__main__":
    main()
