"""A library on memory, with everything under it in reach."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from adapters.memory.chunk_index import NoShortcuts
from adapters.memory.chunks import MemoryChunkIndex, MemoryChunkReader, MemoryEmbeddingQueue
from adapters.memory.database import MemoryDatabase
from adapters.memory.embedding_outlook import MemoryEmbeddingOutlook
from adapters.memory.extraction import MemoryExtractor
from adapters.memory.files import MemoryFileStore
from adapters.memory.former_vectors import MemoryFormerVectors
from adapters.memory.jobs import MemoryJobQueue
from adapters.memory.page_sources import MemoryPageSources
from adapters.memory.pages import MemoryPageFetcher
from adapters.memory.signals import MemorySourceSignals
from adapters.memory.sources import MemoryDeletedSources, MemorySourceReader, MemoryStuckSources
from adapters.memory.ticks import MemoryTicks
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from adapters.memory.vector_archive import MemoryVectorArchive
from adapters.memory.vector_store import MemoryVectorStore
from adapters.system import new_uuid7
from adapters.unlimited_budget import UnlimitedBudget
from application.library import (
    AddSource,
    DeleteSource,
    EmbedChunks,
    Embedder,
    Extractor,
    Gathering,
    IngestSource,
    KeepVectorsAlive,
    Library,
    RecheckPages,
    ReconcileVectors,
    ReindexSource,
    ReingestSource,
    RemoveSource,
    RetireModels,
    Retrieve,
    Search,
    Sweep,
    TextOrigin,
    UpdateSource,
    WatchSource,
)
from application.library.ports import ProviderBudget
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
    vectors: MemoryVectorStore = field(default_factory=MemoryVectorStore)
    files: MemoryFileStore = field(default_factory=MemoryFileStore)
    jobs: MemoryJobQueue = field(default_factory=MemoryJobQueue)
    pages: MemoryPageFetcher = field(default_factory=MemoryPageFetcher)
    signals: MemorySourceSignals = field(default_factory=lambda: MemorySourceSignals(reminder=0.05))
    time: TickingClock = field(default_factory=TickingClock)
    embedder: OneVector = field(default_factory=OneVector)
    extractor: Extractor = field(default_factory=MemoryExtractor)
    clock: Clock | None = None
    max_upload_bytes: int = 100_000
    budget: ProviderBudget = field(default_factory=UnlimitedBudget)
    batch_size: int = 2
    gathering: Gathering = field(default_factory=lambda: Gathering(quiet=timedelta(), at_most=timedelta()))
    waited: list[float] = field(default_factory=list)

    @property
    def uow(self) -> OpenMemoryUnitOfWork:
        return OpenMemoryUnitOfWork(self.database)

    @property
    def library(self) -> Library:
        uow, files, jobs, signals = self.uow, self.files, self.jobs, self.signals
        clock, queue = self.clock or self.time, MemoryEmbeddingQueue(self.database)
        sources = MemorySourceReader(self.database)
        deleted = MemoryDeletedSources(self.database)
        remove = RemoveSource(deleted=deleted, files=files)
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
                uow=uow,
                files=files,
                pages=self.pages,
                extractor=self.extractor,
                jobs=jobs,
                signals=signals,
                clock=clock,
            ),
            embed_chunks=EmbedChunks(
                queue=queue,
                embedder=self.embedder,
                budget=self.budget,
                signals=signals,
                clock=clock,
                chance=lambda: 0.0,
                batch_size=self.batch_size,
                gathering=self.gathering,
            ),
            update_source=UpdateSource(uow=uow, jobs=jobs),
            reindex_source=ReindexSource(uow=uow),
            reingest_source=ReingestSource(uow=uow, jobs=jobs, signals=signals, clock=clock),
            delete_source=DeleteSource(uow=uow, remove=remove, jobs=jobs, signals=signals, clock=clock),
            remove_source=remove,
            sweep=Sweep(
                stuck=MemoryStuckSources(self.database),
                deleted=deleted,
                queue=queue,
                jobs=jobs,
                clock=clock,
                model=self.embedder.model,
                patience=timedelta(minutes=1),
            ),
            reconcile_vectors=ReconcileVectors(
                store=self.vectors,
                archive=MemoryVectorArchive(self.database),
                ticks=MemoryTicks(self.database),
                clock=clock,
                model=self.embedder.model,
            ),
            keep_vectors_alive=KeepVectorsAlive(store=self.vectors, ticks=MemoryTicks(self.database), clock=clock),
            retire_models=RetireModels(
                vectors=MemoryFormerVectors(self.database),
                clock=clock,
                model=self.embedder.model,
                patience=timedelta(minutes=10),
            ),
            recheck_pages=RecheckPages(
                pages=MemoryPageSources(self.database),
                fetcher=self.pages,
                ticks=MemoryTicks(self.database),
                jobs=jobs,
                clock=clock,
                pause=0,
            ),
            watch_source=WatchSource(sources=sources, signals=signals),
            search=search,
            retrieve=Retrieve(search=search),
            sources=sources,
            chunks=MemoryChunkReader(self.database),
            shortcuts=NoShortcuts(),
            outlook=MemoryEmbeddingOutlook(
                self.database,
                model=self.embedder.model,
                pace=EmbeddingPace(texts_per_request=self.batch_size, seconds_per_request=30),
            ),
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

    async def embed(self, *, waits: int = 1_000) -> None:
        """The engine until nothing waits, or until it has waited so often. Its waits only move the clock."""
        self.waited.clear()

        async def pause(seconds: float) -> bool:
            if seconds:
                self.waited.append(seconds)
                self.time.advance(seconds=seconds)
            return len(self.waited) <= waits

        await self.library.embed_chunks(pause=pause)

    async def chunks(self, source: Source) -> tuple[Chunk, ...]:
        window = Window(first=100)
        return (await self.library.chunks.page(owner=source.owner, source_id=source.id, window=window)).items

    async def work(self, *names: str) -> None:
        """Do every job that is asked for, as a worker would; with names, only those there are now of these."""
        for name, arguments in [job for job in self.jobs.asked if not names or job[0] in names]:
            self.jobs.asked.remove((name, arguments))
            if name == "library.embed_chunks":
                await self.embed()
            else:
                library = self.library
                use_cases: dict[str, Callable[..., Awaitable[None]]] = {
                    "library.ingest_source": library.ingest_source,
                    "library.reindex_source": library.reindex_source,
                    "library.remove_source": library.remove_source,
                }
                owner, source_id = UserId(UUID(arguments["owner"])), SourceId(UUID(arguments["source_id"]))
                await use_cases[name](owner=owner, source_id=source_id)
        if self.jobs.asked and not names:
            await self.work()
