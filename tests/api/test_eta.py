"""The time that is still to wait, as a client sees it: told afresh with each batch, and read once for a whole list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.embedding_outlook import MemoryEmbeddingOutlook
from adapters.memory.embedding_queue import MemoryEmbeddingQueue
from adapters.memory.sources import SOURCES
from adapters.system import utc_now
from application.app import Application
from domain.library import EmbeddingOutlook, EmbeddingPace
from domain.shared import SourceId, UserId
from tests.api.clients import Api
from tests.desk import Desk

FIVE = "".join(
    f"# Capitolo {number}\n\n" + f"Il Po bagna la città numero {number}, e poi scorre verso il mare. " * 12 + "\n\n"
    for number in range(5)
)
"""Five chunks of Markdown."""
ADD = "mutation Add($input: AddSourceInput!) { addSource(input: $input) { source { id } } }"
LIST = "{ viewer { sources { nodes { status etaSeconds } } } }"
WATCH = """
    subscription Watch($source: ID!) { sourceProgress(id: $source) { status embeddedChunkCount etaSeconds } }
"""
MODEL, VECTOR = "one-vector", [1.0] + [0.0] * 1023


class CountedOutlook(MemoryEmbeddingOutlook):
    """Half a minute for each two chunks; knows how often it was asked."""

    def __init__(self, database: MemoryDatabase) -> None:
        super().__init__(database, model=MODEL, pace=EmbeddingPace(texts_per_request=2, seconds_per_request=30))
        self.asked = 0

    async def many(self, *, owner: UserId, ids: Sequence[SourceId]) -> dict[SourceId, EmbeddingOutlook]:
        self.asked += 1
        return await super().many(owner=owner, ids=ids)


@pytest.fixture
def desk(database: MemoryDatabase) -> Desk:
    return Desk(database=database, clock=utc_now)


@pytest.fixture
def outlook(database: MemoryDatabase) -> CountedOutlook:
    return CountedOutlook(database)


@pytest.fixture
def application(application: Application, desk: Desk, outlook: CountedOutlook) -> Application:
    return replace(application, library=replace(desk.library, outlook=outlook))


async def add(api: Api, text: str = FIVE) -> str:
    id: str = (await api(ADD, input={"origin": {"text": text}})).data["addSource"]["source"]["id"]
    return id


async def embed_two(desk: Desk) -> None:
    """What the engine does in one request."""
    queue = MemoryEmbeddingQueue(desk.database)
    async with queue.claim(model=MODEL, limit=2) as batch:
        await queue.store(model=MODEL, vectors={chunk.chunk_id: VECTOR for chunk in batch})
    for source_id in {chunk.source_id for chunk in batch}:
        await desk.signals.announce(source_id)


async def test_the_time_is_told_afresh_with_every_batch(api: Api, desk: Desk) -> None:
    source = await add(api)
    await desk.work("library.ingest_source")
    seen: list[dict[str, Any]] = []
    async with api.signed_in_socket() as socket:
        await socket.subscribe("1", WATCH, source=source)
        while (message := await socket.receive())["type"] == "next":
            seen.append(message["payload"]["data"]["sourceProgress"])
            await embed_two(desk)
    assert [(one["embeddedChunkCount"], one["etaSeconds"]) for one in seen] == [(0, 90), (2, 60), (4, 30), (5, None)]


async def test_what_is_still_being_read_has_a_time_too(api: Api) -> None:
    await add(api)
    (node,) = (await api(LIST)).data["viewer"]["sources"]["nodes"]
    assert node == {"status": "PROCESSING", "etaSeconds": 60}


async def test_a_whole_list_is_read_at_once_and_what_is_done_not_at_all(
    api: Api, desk: Desk, outlook: CountedOutlook
) -> None:
    await add(api, "Il Po nasce dal Monviso.")
    await desk.work()
    assert (await api(LIST)).data["viewer"]["sources"]["nodes"] == [{"status": "READY", "etaSeconds": None}]
    assert outlook.asked == 0
    for number in range(3):
        await add(api, FIVE.replace("Po", f"Po {number}"))
    await desk.work("library.ingest_source")
    nodes = (await api(LIST)).data["viewer"]["sources"]["nodes"]
    assert sorted(node["etaSeconds"] for node in nodes if node["etaSeconds"]) == [90, 150, 240]
    assert outlook.asked == 1


async def test_a_sign_of_life_of_the_worker_is_no_news(api: Api, desk: Desk) -> None:
    id = await add(api)
    seen: list[str] = []
    async with api.signed_in_socket() as socket:
        await socket.subscribe("1", WATCH, source=id)
        while (message := await socket.receive())["type"] == "next":
            seen.append(message["payload"]["data"]["sourceProgress"]["status"])
            if len(seen) == 1:
                (source,) = desk.database.committed[SOURCES].values()
                async with desk.uow(source.owner) as uow:
                    await uow.sources.save(replace(source, attempts=1, processing_since=utc_now()))
                    await uow.commit()
                await desk.signals.announce(source.id)
                await api(LIST)  # the watcher has looked by now
                await desk.work("library.ingest_source")
            await embed_two(desk)
    assert seen.count("PROCESSING") == 1
