"""The contract of turn events: kept by their numbers, heard in every process, for as long as somebody may ask."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from adapters.embedded import EmbeddedValkey
from adapters.embedded.folders import free_port
from adapters.memory.turn_events import MemoryTurnEvents
from adapters.redis import RedisChannels, RedisTurnEvents, connect
from adapters.redis.client import MOST_CONNECTIONS
from application.chat import TurnEvents
from domain.chat import (
    CANCELLED,
    ChatEvent,
    CitationAdded,
    FailureCode,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
)
from domain.shared import TurnId, Unavailable, UserId
from tests.builders_chat import a_citation, a_conversation, a_message

SELDOM = 30.0
OWNER = UserId(uuid4())


def a_turn_id() -> TurnId:
    return TurnId(uuid4())


def deltas(turn_id: TurnId, first: int, last: int) -> list[ChatEvent]:
    return [TextDelta(turn_id=turn_id, seq=seq, text=f"parola {seq} ") for seq in range(first, last + 1)]


def one_of_each(turn_id: TurnId) -> list[ChatEvent]:
    conversation = a_conversation(OWNER, title="«Perché?»\n\u2028")
    answer = a_message(conversation, content="Sì.\x7f 😀 [1]", citations=(a_citation(), a_citation(page=None)))
    return [
        TurnStarted(turn_id=turn_id, seq=1, conversation=conversation),
        TextDelta(turn_id=turn_id, seq=2, text="«È così», disse.\n\t😀"),
        CitationAdded(turn_id=turn_id, seq=3, citation=a_citation()),
        TurnCompleted(turn_id=turn_id, seq=4, message=answer, tokens_used=12, credits_charged=1, balance=9),
        TurnFailed(turn_id=turn_id, seq=5, failure=CANCELLED, credits_charged=0),
        ToolCallStarted(turn_id=turn_id, seq=6, call_id="1", tool="querySources", arguments='{"query": "«è»\\u0000"}'),
        ToolCallFinished(
            turn_id=turn_id,
            seq=7,
            call_id="1",
            tool="querySources",
            summary="Nessuno.\n😀",
            duration_ms=12,
            failure=FailureCode.NOT_FOUND,
        ),
        ToolCallFinished(turn_id=turn_id, seq=8, call_id="2", tool="x", summary="", duration_ms=0),
    ]


@pytest.fixture(scope="module")
def valkey() -> Iterator[EmbeddedValkey]:
    with tempfile.TemporaryDirectory(prefix="studiolo-test-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedValkey(Path(folder))
        server.start()
        yield server
        server.stop()


class TurnEventsContract:
    here: TurnEvents
    """Looks by itself so seldom that only what was published can have woken it."""

    there: TurnEvents
    """The same log as another process sees it."""

    async def test_events_come_back_as_they_were(self) -> None:
        turn_id = a_turn_id()
        events = one_of_each(turn_id)
        await self.here.append(turn_id, events)
        assert await self.there.told(turn_id, after_seq=0) == tuple(events)

    async def test_only_those_behind_a_number_are_told(self) -> None:
        turn_id = a_turn_id()
        await self.here.append(turn_id, deltas(turn_id, 1, 9))
        for after in (0, 4, 8, 9, 100):
            told = await self.there.told(turn_id, after_seq=after)
            assert [event.seq for event in told] == list(range(after + 1, 10))

    async def test_of_thousands_some_are_told_at_a_time_in_order(self) -> None:
        turn_id = a_turn_id()
        await self.here.append(turn_id, deltas(turn_id, 1, 1_500))
        seen = 0
        while told := await self.there.told(turn_id, after_seq=seen):
            assert [event.seq for event in told] == list(range(seen + 1, seen + 1 + len(told)))
            seen = told[-1].seq
        assert seen == 1_500

    async def test_the_same_number_again_changes_nothing(self) -> None:
        turn_id = a_turn_id()
        first = deltas(turn_id, 1, 3)
        await self.here.append(turn_id, first)
        other = [TextDelta(turn_id=turn_id, seq=seq, text="altro") for seq in (2, 3, 4)]
        await self.there.append(turn_id, other)
        assert await self.here.told(turn_id, after_seq=0) == (*first, other[-1])

    async def test_turns_do_not_mix(self) -> None:
        one, other = a_turn_id(), a_turn_id()
        await self.here.append(one, deltas(one, 1, 2))
        assert await self.here.told(other, after_seq=0) == ()

    async def test_news_wakes_whoever_waits(self) -> None:
        turn_id = a_turn_id()
        async with self.here.news(turn_id) as news, asyncio.timeout(10):
            waiting = asyncio.ensure_future(news())
            await self.there.append(turn_id, deltas(turn_id, 1, 1))
            await waiting

    async def test_news_between_two_waits_is_not_lost(self) -> None:
        turn_id = a_turn_id()
        async with self.here.news(turn_id) as news, asyncio.timeout(10):
            for seq in (1, 2):
                await self.there.append(turn_id, deltas(turn_id, seq, seq))
                await news()

    async def test_news_wakes_everybody(self) -> None:
        turn_id = a_turn_id()

        async def wait(events: TurnEvents, ready: asyncio.Barrier) -> None:
            async with events.news(turn_id) as news:
                await ready.wait()
                await news()

        ready = asyncio.Barrier(9)
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            for events in (self.here, self.there) * 4:
                group.create_task(wait(events, ready))
            await ready.wait()
            await self.here.append(turn_id, deltas(turn_id, 1, 1))

    async def test_a_turn_runs_while_somebody_runs_it(self) -> None:
        turn_id = a_turn_id()
        assert not await self.there.is_running(turn_id)
        async with self.here.running(turn_id):
            assert await self.there.is_running(turn_id)
        assert not await self.there.is_running(turn_id)

    async def test_a_wish_to_cancel_is_heard_and_kept(self) -> None:
        before, after = a_turn_id(), a_turn_id()
        async with asyncio.timeout(10):
            waiting = asyncio.ensure_future(self.here.cancelled(before))
            await asyncio.sleep(0)
            await self.there.cancel(before)
            await waiting
            await self.there.cancel(after)
            await self.here.cancelled(after)
            await self.here.cancelled(after)


class TestMemory(TurnEventsContract):
    @pytest.fixture(autouse=True)
    def log(self) -> None:
        self.here = self.there = MemoryTurnEvents(reminder=SELDOM)


class TestRedis(TurnEventsContract):
    @pytest.fixture(autouse=True)
    async def processes(self, valkey: EmbeddedValkey) -> AsyncIterator[None]:
        clients = [connect(valkey.url()) for _ in range(2)]
        channels = [RedisChannels(client) for client in clients]
        self.here, self.there = (
            RedisTurnEvents(client, lines, reminder=SELDOM) for client, lines in zip(clients, channels, strict=True)
        )
        yield
        for lines in channels:
            await lines.aclose()
        for client in clients:
            await client.aclose()

    async def test_more_turns_at_once_than_connections_wait_for_one_another(self) -> None:
        turns = [a_turn_id() for _ in range(4 * MOST_CONNECTIONS)]
        await asyncio.gather(*(self.here.append(turn_id, deltas(turn_id, 1, 1)) for turn_id in turns))
        told = await asyncio.gather(*(self.there.told(turn_id, after_seq=0) for turn_id in turns))
        assert [len(events) for events in told] == [1] * len(turns)


async def test_without_redis_everything_is_unavailable_and_waiting_goes_on() -> None:
    client = connect(f"redis://127.0.0.1:{free_port()}/0")
    channels = RedisChannels(client)
    log, turn_id = RedisTurnEvents(client, channels, reminder=0.01), a_turn_id()
    asked: list[Awaitable[object]] = [
        log.append(turn_id, deltas(turn_id, 1, 1)),
        log.told(turn_id, after_seq=0),
        log.is_running(turn_id),
        log.cancel(turn_id),
    ]
    for answer in asked:
        with pytest.raises(Unavailable):
            await answer
    async with log.news(turn_id) as news, asyncio.timeout(10):
        await news()
    with pytest.raises(Unavailable):
        async with log.running(turn_id):
            pass
    await channels.aclose()
    await client.aclose()


async def test_who_listens_when_redis_comes_back_hears_again(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    server.start()
    client = connect(server.url())
    channels = RedisChannels(client)
    log, turn_id = RedisTurnEvents(client, channels, reminder=SELDOM), a_turn_id()
    try:
        async with log.news(turn_id) as news, asyncio.timeout(20):
            server.stop()
            server.start()
            await news()  # after a gap everybody looks
            woken = asyncio.ensure_future(news())
            while not woken.done():
                # Whether the line is back in one try or in three is the server's business.
                await log.append(turn_id, deltas(turn_id, 1, 1))
                await asyncio.wait([woken], timeout=0.1)
    finally:
        await channels.aclose()
        await client.aclose()
        server.stop()
