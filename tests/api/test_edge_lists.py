"""Lists: pages that follow each other, cursors that are what they were made for, totals only when asked for."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from adapters.memory.accounts import ENTRIES
from adapters.memory.database import MemoryDatabase
from adapters.system import new_uuid7
from application.shared import Position
from domain.accounts import CreditEntry, CreditOperation
from domain.shared import CreditEntryId, UserId
from entrypoints.graphql import connections
from entrypoints.graphql.connections import BadCursor, read_cursor, write_cursor
from entrypoints.graphql.ids import key_of
from tests.api.clients import Api
from tests.builders import NOON

LEDGER = """query($first: Int, $after: String) { viewer { creditEntries(first: $first, after: $after) {
    totalCount edges { cursor node { balanceAfter } } nodes { balanceAfter }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""


async def with_ledger(api: Api, database: MemoryDatabase, lines: int) -> None:
    """A user whose ledger has this many lines beside the grant; several in the same moment."""
    owner = UserId(key_of("User", (await api("{ viewer { id } }")).data["viewer"]["id"]))
    for number in range(lines):
        entry = CreditEntry(
            id=CreditEntryId(new_uuid7()),
            owner=owner,
            operation=CreditOperation.CHAT,
            cost=1,
            balance_after=number,
            key=f"{owner}:{number}",
            created_at=NOON + timedelta(seconds=number // 3),
        )
        database.committed[ENTRIES][entry.id] = entry


async def ledger(api: Api, **variables: Any) -> Any:
    return (await api(LEDGER, **variables)).data["viewer"]["creditEntries"]


async def test_pages_follow_each_other_and_miss_nothing(api: Api, database: MemoryDatabase) -> None:
    await with_ledger(api, database, 24)
    seen, after, pages = [], None, 0
    while True:
        page = await ledger(api, first=10, after=after)
        assert page["totalCount"] == 25
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        seen += [node["balanceAfter"] for node in page["nodes"]]
        pages += 1
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
        assert after == page["edges"][-1]["cursor"]
    assert (pages, len(seen), len(set(seen))) == (3, 25, 25)


async def test_without_first_a_page_has_twenty(api: Api, database: MemoryDatabase) -> None:
    await with_ledger(api, database, 24)
    assert len((await ledger(api))["nodes"]) == 20
    assert len((await ledger(api, first=None))["nodes"]) == 20


@pytest.mark.parametrize("first", [0, -1, 101])
async def test_first_is_1_to_100(api: Api, first: int) -> None:
    answer = await api(LEDGER, first=first)
    assert answer.failure == {"code": "BAD_USER_INPUT", "field": "first", "limit": 100, "actual": first}


async def test_a_cursor_that_was_changed_or_made_up_is_bad_input(api: Api) -> None:
    cursor = (await ledger(api))["pageInfo"]["endCursor"]
    middle = len(cursor) // 2
    changed = cursor[:middle] + ("A" if cursor[middle] != "A" else "B") + cursor[middle + 1 :]
    for bad in (changed, cursor[:-4], "", "x", "héllo", "A" * 3_000):
        answer = await api(LEDGER, after=bad)
        assert answer.failure == {"code": "BAD_USER_INPUT", "field": "after"}, bad


@pytest.mark.parametrize("key", [NOON, 17, "ciao:[]"])
def test_a_cursor_is_of_one_list_only(key: Any) -> None:
    position = Position(key, uuid4())
    cursor = write_cursor("Source.chunks:1", position)
    assert read_cursor("Source.chunks:1", cursor, key=type(key)) == position
    with pytest.raises(BadCursor):
        read_cursor("Source.chunks:2", cursor, key=type(key))


@pytest.mark.parametrize(
    "body",
    [
        5,
        [],
        ["d", "2026-01-01T00:00:00+00:00"],
        ["d", "2026-01-01T00:00:00+00:00", 5],
        ["d", "2026-01-01T00:00:00+00:00", "x"],
        ["d", "2026-01-01T00:00:00", "0" * 32],
        ["d", "noon", "0" * 32],
        ["d", 5, "0" * 32],
        ["x", "", "0" * 32],
        ["i", 2**31, "0" * 32],
        ["i", True, "0" * 32],
    ],
)
async def test_a_cursor_that_was_forged_with_its_seal_is_bad_input(api: Api, body: Any) -> None:
    raw = json.dumps(body).encode()
    forged = base64.urlsafe_b64encode(connections._seal("User.creditEntries", raw) + raw).rstrip(b"=").decode()
    answer = await api(LEDGER, after=forged)
    assert answer.failure == {"code": "BAD_USER_INPUT", "field": "after"}


def test_a_cursor_with_a_key_of_another_kind_is_refused() -> None:
    cursor = write_cursor("User.sources", Position(17, uuid4()))
    with pytest.raises(BadCursor):
        read_cursor("User.sources", cursor, key=datetime)


async def test_the_total_is_counted_only_when_it_is_asked_for(
    api: Api, database: MemoryDatabase, monkeypatch: Any
) -> None:
    from adapters.memory.accounts import MemoryCreditReader

    counted = []

    async def count(self: Any, *, owner: UserId) -> int:
        counted.append(owner)
        return 1

    monkeypatch.setattr(MemoryCreditReader, "count", count)
    await api("{ viewer { creditEntries { nodes { id } } } }")
    assert counted == []
    await api("{ viewer { creditEntries { totalCount } } }")
    assert len(counted) == 1


# --- preferences ------------------------------------------------------------------------------------------------------
