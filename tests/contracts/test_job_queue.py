"""The contract of every job queue: what was asked for arrives, in order, with its arguments; and asking never hurts."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from abc import abstractmethod
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from time import monotonic

import pytest
from dramatiq.brokers.redis import RedisBroker
from structlog.contextvars import bound_contextvars

from adapters.dramatiq import DramatiqJobQueue, publishing_broker
from adapters.dramatiq.job_queue import QUEUE
from adapters.embedded import EmbeddedValkey
from adapters.embedded.folders import free_port
from adapters.memory.jobs import MemoryJobQueue
from application.shared import JobQueue


class JobQueueContract:
    queue: JobQueue

    @abstractmethod
    async def arrived(self) -> list[tuple[str, dict[str, str]]]:
        """What a worker would be given, in order."""

    async def test_a_job_arrives_with_its_arguments(self) -> None:
        await self.queue.enqueue("library.ingest_source", owner="anna", source_id="s1")
        assert await self.arrived() == [("library.ingest_source", {"owner": "anna", "source_id": "s1"})]

    async def test_a_job_may_have_no_arguments(self) -> None:
        await self.queue.enqueue("library.embed_chunks")
        assert await self.arrived() == [("library.embed_chunks", {})]

    async def test_jobs_arrive_in_the_order_of_asking(self) -> None:
        for number in range(5):
            await self.queue.enqueue("job", number=str(number))
        assert [arguments["number"] for _, arguments in await self.arrived()] == ["0", "1", "2", "3", "4"]

    async def test_none_is_lost_when_many_ask_at_once(self) -> None:
        await asyncio.gather(*(self.queue.enqueue("job", number=str(number)) for number in range(50)))
        assert {arguments["number"] for _, arguments in await self.arrived()} == {str(number) for number in range(50)}

    async def test_an_argument_may_have_the_name_of_the_job(self) -> None:
        await self.queue.enqueue("job", job="x")
        assert await self.arrived() == [("job", {"job": "x"})]


class TestMemoryJobQueue(JobQueueContract):
    @pytest.fixture(autouse=True)
    def empty(self) -> None:
        self.queue = self.memory = MemoryJobQueue()

    async def arrived(self) -> list[tuple[str, dict[str, str]]]:
        return self.memory.asked


@pytest.fixture(scope="module")
def valkey() -> Iterator[EmbeddedValkey]:
    with tempfile.TemporaryDirectory(prefix="studiolo-test-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedValkey(Path(folder))
        server.start()
        yield server
        server.stop()


class TestDramatiqJobQueue(JobQueueContract):
    broker: RedisBroker

    @pytest.fixture(autouse=True)
    async def connected(self, valkey: EmbeddedValkey) -> AsyncIterator[None]:
        self.broker = publishing_broker(valkey.url())
        self.broker.client.flushall()
        self.queue = DramatiqJobQueue(self.broker)
        yield
        self.broker.close()

    async def arrived(self) -> list[tuple[str, dict[str, str]]]:
        found = []
        consumer = self.broker.consume(QUEUE, prefetch=100, timeout=1)
        for message in consumer:
            if message is None:
                break
            found.append((message.actor_name, message.kwargs))
            consumer.ack(message)
        return found

    async def test_the_request_goes_along(self) -> None:
        with bound_contextvars(request_id="r1"):
            await self.queue.enqueue("job", id="x")
        assert await self.arrived() == [("job", {"id": "x", "request_id": "r1"})]

    async def test_asking_while_the_broker_is_down_is_no_error_and_takes_little_time(self) -> None:
        nobody = publishing_broker(f"redis://127.0.0.1:{free_port()}/0")
        began = monotonic()
        await DramatiqJobQueue(nobody).enqueue("job", id="x")
        assert monotonic() - began < 3

    async def test_the_event_loop_goes_on_while_the_broker_is_silent(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            mute = publishing_broker(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
            asking = asyncio.create_task(DramatiqJobQueue(mute, patience=0.5).enqueue("job"))
            turns = 0
            while not asking.done():
                await asyncio.sleep(0.02)
                turns += 1
            await asking
        assert turns > 5

    async def test_it_goes_on_after_the_broker_was_killed(self, valkey: EmbeddedValkey) -> None:
        await self.queue.enqueue("job", id="before")
        valkey.stop()
        await self.queue.enqueue("job", id="lost, and the sweeper's to ask for again")
        valkey.start()
        await self.queue.enqueue("job", id="after")
        assert [arguments["id"] for _, arguments in await self.arrived()] == ["before", "after"]
