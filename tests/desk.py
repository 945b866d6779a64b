"""A library on memory, with everything under it in reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from adapters.memory.chunks import MemoryChunkIndex, MemoryChunkReader, MemoryEmbeddingQueue
from adapters.memory.database import MemoryDatabase
from adapters.memory.extraction import MemoryExtractor
from adapters.memory.files import MemoryFileStore
from adapters.memory.jobs import MemoryJobQueue
from adapters.memory.signals import MemorySourceSignals
from adapters.memory.sources import MemorySourceReader, MemoryStuckSources
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from adapters.system import new_uuid7
from application.library import (
    AddSource,
    DeleteSource,
    EmbedChunks,
    Embedder,
    Extractor,
    IngestSource,
    Library,
    ReingestSource,
    Retrieve,
    Search,
    Sweep,
    TextOrigin,
    UpdateSource,
    WatchSource,
)
from application.shared import Clock, Window
from domain.library import Chunk, EmbeddingPace, Source, Weights
from domain.shared import RateLimited, SourceId, UserId, user_id_of
from tests.builders import TickingClock

OWNER, OTHER = user_id_of("ada"), user_id_of("ugo")
TEXT = "# Il Po\n\nIl Po nasce dal Monviso.\n\n# La foce\n\nSfocia nell'Adriatico, **dopo** 652 chilometri.\n"
"""Two chunks of Markdown."""


class OneVector(Embedder):
    """Every text means the same; after `most` texts the provider has had enough."""

    model = "one-vector"
    dimensions = 1024

    def __init__(self, most: int = 1_000) -> None:
        self.asked: list[int] = []
        self._left = most

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        if self._left < len(texts):
            raise RateLimited("Not so fast.", retry_after=30)
        self._left -= len(texts)
        self.asked.append(len(texts))
        return [[1.0] + [0.0] * 1023 for _ in texts]


@dataclass
class Desk:
    """Where sources are worked on. Jobs wait in `jobs.asked` until `work` does them."""

    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    files: MemoryFileStore = field(default_factory=MemoryFileStore)
    jobs: MemoryJobQueue = field(default_factory=MemoryJobQueue)
    signals: MemorySourceSignals = field(default_factory=lambda: MemorySourceSignals(reminder=0.05))
    time: TickingClock = field(default_factory=TickingClock)
    embedder: OneVector = field(default_factory=OneVector)
    extractor: Extractor = field(default_factory=MemoryExtractor)
    clock: Clock | None = None
    max_upload_bytes: int = 100_000

    @property
    def uow(self) -> OpenMemoryUnitOfWork:
        return OpenMemoryUnitOfWork(self.database)

    @property
    def library(self) -> Library:
        uow, files, jobs, signals = self.uow, self.files, self.jobs, self.signals
        clock, queue = self.clock or self.time, MemoryEmbeddingQueue(self.database)
        sources = MemorySourceReader(self.database)
        search = Search(
            index=MemoryChunkIndex(self.database),
            embedder=self.embedder,
            weights=Weights(lexical=1.0, semantic=1.0),
        )
        return Library(
            add_source=AddSource(
                uow=uow,
                files=files,
                jobs=jobs,
                clock=clock,
                new_id=new_uuid7,
                max_upload_bytes=self.max_upload_bytes,
            ),
            ingest_source=IngestSource(
                uow=uow, files=files, extractor=self.extractor, jobs=jobs, signals=signals, clock=clock
            ),
            embed_chunks=EmbedChunks(queue=queue, embedder=self.embedder, signals=signals, batch_size=2),
            update_source=UpdateSource(uow=uow),
            reingest_source=ReingestSource(uow=uow, jobs=jobs, signals=signals, clock=clock),
            delete_source=DeleteSource(uow=uow, files=files, signals=signals),
            sweep=Sweep(
                stuck=MemoryStuckSources(self.database),
                queue=queue,
                jobs=jobs,
                clock=clock,
                model=self.embedder.model,
                patience=timedelta(minutes=1),
            ),
            watch_source=WatchSource(sources=sources, signals=signals),
            search=search,
            retrieve=Retrieve(search=search),
            sources=sources,
            chunks=MemoryChunkReader(self.database),
            pace=EmbeddingPace(texts_per_request=16, requests_per_minute=2),
        )

    async def added(self, text: str = TEXT, **given: Any) -> Source:
        """Received, not read yet."""
        return (await self.library.add_source(owner=OWNER, origin=TextOrigin(text=text), **given)).source

    async def ingest(self, source: Source) -> Source:
        await self.library.ingest_source(owner=source.owner, source_id=source.id)
        return await self.library.sources.get(owner=source.owner, id=source.id)

    async def read(self, text: str = TEXT, **given: Any) -> Source:
        """Received and read, without vectors."""
        return await self.ingest(await self.added(text, **given))

    async def chunks(self, source: Source) -> tuple[Chunk, ...]:
        window = Window(first=100)
        return (await self.library.chunks.page(owner=source.owner, source_id=source.id, window=window)).items

    async def work(self, *names: str) -> None:
        """Do every job that is asked for, as a worker would; with names, only those there are now of these."""
        for name, arguments in [job for job in self.jobs.asked if not names or job[0] in names]:
            self.jobs.asked.remove((name, arguments))
            if name == "library.embed_chunks":
                await self.library.embed_chunks()
            else:
                owner, source_id = UserId(UUID(arguments["owner"])), SourceId(UUID(arguments["source_id"]))
                await self.library.ingest_source(owner=owner, source_id=source_id)
        if self.jobs.asked and not names:
            await self.work()
