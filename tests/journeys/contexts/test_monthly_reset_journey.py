"""The scheduler of a running worker fires, its job resets who is due, and the user sees it."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest

from entrypoints.cli.client import StudioloClient
from entrypoints.cli.running_stack import addresses_of
from entrypoints.graphql.ids import key_of
from tests.journeys.contexts.conftest import Stack

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("stack")]

VIEWER = "{ viewer { id credits { available lastResetAt } creditEntries(first: 5) { nodes { operation cost } } } }"
THIS_MONTH = "job = 'accounts.reset_credits' and tick = date_trunc('month', now(), 'UTC')"


async def viewer_of(client: StudioloClient) -> Any:
    return (await client.run(VIEWER))["viewer"]


async def test_who_was_not_reset_this_month_is_reset_by_the_worker_once(stack: Stack, client: StudioloClient) -> None:
    owner = key_of("User", (await viewer_of(client))["id"])
    addresses = addresses_of(stack.up.data_dir)
    assert addresses is not None
    with psycopg.connect(addresses.owner) as database:  # as if the stack had been down over the month's end
        moved = "update users set credits_reset_at = credits_reset_at - interval '40 days' where user_id = %s"
        database.execute(moved, [owner])
        database.execute(f"delete from scheduler_ticks where {THIS_MONTH}")

    async with asyncio.timeout(40):
        while len((viewer := await viewer_of(client))["creditEntries"]["nodes"]) == 1:
            await asyncio.sleep(0.2)

    assert viewer["credits"]["available"] == 10_000
    assert viewer["creditEntries"]["nodes"] == [
        {"operation": "RESET", "cost": 0},
        {"operation": "GRANT", "cost": -10_000},
    ]
    async with asyncio.timeout(40):
        with psycopg.connect(addresses.owner, autocommit=True) as database:
            finished = f"select finished_at is not null from scheduler_ticks where {THIS_MONTH}"
            while database.execute(finished).fetchall() != [(True,)]:
                await asyncio.sleep(0.2)
