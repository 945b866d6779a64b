"""The contract of source signals: who listens hears, soon; who hears nothing looks again at leisure."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest

from adapters.embedded import EmbeddedValkey
from adapters.embedded.folders import free_port
from adapters.memory.signals import MemorySourceSignals
from adapters.redis import RedisSourceSignals, connect
from application.library.ports import SourceSignals
from domain.shared import SourceId

SELDOM = 30.0


def a_source_id() -> SourceId:
    return SourceId(uuid4())


@pytest.fixture(scope="module")
def valkey() -> Iterator[EmbeddedValkey]:
    with tempfile.TemporaryDirectory(prefix="studiolo-test-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedValkey(Path(folder))
        server.start()
        yield server
        server.stop()


class SourceSignalsContract:
    seldom: SourceSignals
    """One that reminds so seldom that only an announcement can have been heard."""

    often: SourceSignals
    """One that reminds at once."""

    async def test_an_announcement_is_heard(self) -> None:
        source = a_source_id()
        async with self.seldom.listen(source) as moments, asyncio.timeout(5):
            await self.seldom.announce(source)
            await anext(moments)

    async def test_what_is_announced_between_two_looks_is_heard_at_the_next(self) -> None:
        source = a_source_id()
        async with self.seldom.listen(source) as moments, asyncio.timeout(5):
            await self.seldom.announce(source)
            await anext(moments)
            await self.seldom.announce(source)
            await anext(moments)

    async def test_everybody_who_listens_hears(self) -> None:
        source = a_source_id()
        async with (
            self.seldom.listen(source) as one,
            self.seldom.listen(source) as other,
            asyncio.timeout(5),
        ):
            await self.seldom.announce(source)
            await asyncio.gather(anext(one), anext(other))

    async def test_another_source_is_not_heard(self) -> None:
        async with self.seldom.listen(a_source_id()) as moments:
            await self.seldom.announce(a_source_id())
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await anext(moments)

    async def test_without_an_announcement_one_is_reminded(self) -> None:
        async with self.often.listen(a_source_id()) as moments, asyncio.timeout(5):
            await anext(moments)
            await anext(moments)

    async def test_announcing_to_nobody_is_no_error(self) -> None:
        await self.seldom.announce(a_source_id())


class TestMemorySourceSignals(SourceSignalsContract):
    @pytest.fixture(autouse=True)
    def made(self) -> None:
        self.seldom, self.often = MemorySourceSignals(reminder=SELDOM), MemorySourceSignals(reminder=0.05)


class TestRedisSourceSignals(SourceSignalsContract):
    client: Any

    @pytest.fixture(autouse=True)
    async def connected(self, valkey: EmbeddedValkey) -> AsyncIterator[None]:
        self.client = connect(valkey.url())
        self.seldom = RedisSourceSignals(self.client, reminder=SELDOM)
        self.often = RedisSourceSignals(self.client, reminder=0.05)
        yield
        await self.client.aclose()

    async def test_a_listener_lives_through_a_restart_of_the_server(self, valkey: EmbeddedValkey) -> None:
        source = a_source_id()
        patient = RedisSourceSignals(self.client, reminder=0.2)
        async with patient.listen(source) as moments, asyncio.timeout(20):
            await anext(moments)
            valkey.stop()
            await anext(moments)
            valkey.start()
            heard = asyncio.Event()

            async def listen() -> None:
                async for _ in moments:
                    heard.set()

            listening = asyncio.create_task(listen())
            await patient.announce(source)
            await heard.wait()
            listening.cancel()

    async def test_without_a_server_nothing_fails_and_one_is_still_reminded(self) -> None:
        client = connect(f"redis://127.0.0.1:{free_port()}/0")
        signals = RedisSourceSignals(client, reminder=0.05)
        began = monotonic()
        await signals.announce(a_source_id())
        async with signals.listen(a_source_id()) as moments, asyncio.timeout(5):
            await anext(moments)
        assert monotonic() - began < 5
        await client.aclose()
