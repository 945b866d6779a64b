"""The real composition with memory in place of the servers: same use cases, same wiring, nothing to start."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from dependency_injector import providers

from adapters.memory.accounts import MemoryCreditReader, MemoryExpiredHolds
from adapters.memory.chat import MemoryConversationReader, MemoryMessageReader
from adapters.memory.chunk_index import MemoryChunkIndex, NoShortcuts
from adapters.memory.chunks import MemoryChunkReader
from adapters.memory.citations import MemoryWaitingCitations
from adapters.memory.credit_resets import MemoryCreditResets
from adapters.memory.database import MemoryDatabase
from adapters.memory.deliveries import MemoryFailedDeliveries
from adapters.memory.embedding_outlook import MemoryEmbeddingOutlook
from adapters.memory.embedding_queue import MemoryEmbeddingQueue
from adapters.memory.erasures import MemoryPendingErasures
from adapters.memory.files import MemoryFileStore
from adapters.memory.former_vectors import MemoryFormerVectors
from adapters.memory.jobs import MemoryJobQueue
from adapters.memory.page_sources import MemoryPageSources
from adapters.memory.pages import MemoryPageFetcher
from adapters.memory.personal_data import MemoryPersonalData, MemoryPersonalRecords
from adapters.memory.practice import MemoryExerciseReader, MemoryResponseReader
from adapters.memory.signals import MemorySourceSignals
from adapters.memory.sources import MemoryDeletedSources, MemorySourceReader, MemoryStuckSources
from adapters.memory.ticks import MemoryTicks
from adapters.memory.turn_events import MemoryTurnEvents
from adapters.memory.unit_of_work import OpenMemoryUnitOfWork
from adapters.memory.vector_archive import MemoryVectorArchive
from adapters.memory.vector_store import MemoryVectorStore
from adapters.memory.writing import MemoryDocumentReader
from adapters.system import utc_now
from adapters.unlimited_budget import UnlimitedBudget
from application.accounts import TokenVerifier
from application.app import Application
from application.chat import ChatModel
from application.library import Extractor, PageFetcher
from application.shared import Clock
from domain.library import EmbeddingPace
from domain.shared import SourceId, UserId
from entrypoints.bootstrap import Container
from entrypoints.settings import Settings


async def at_once(_: float) -> bool:
    """The engine goes on without a wait."""
    return True


@dataclass(frozen=True)
class InMemory:
    """An application, and the memory under it."""

    application: Application
    database: MemoryDatabase
    files: MemoryFileStore
    jobs: MemoryJobQueue

    async def work(self) -> None:
        """Do every job that was asked for, as a worker would, until none is left."""
        while self.jobs.asked:
            name, arguments = self.jobs.asked.pop(0)
            match name:
                case "library.ingest_source":
                    await self.application.library.ingest_source(
                        owner=UserId(UUID(arguments["owner"])), source_id=SourceId(UUID(arguments["source_id"]))
                    )
                case "library.reindex_source":
                    await self.application.library.reindex_source(
                        owner=UserId(UUID(arguments["owner"])), source_id=SourceId(UUID(arguments["source_id"]))
                    )
                case "library.remove_source":
                    await self.application.library.remove_source(
                        owner=UserId(UUID(arguments["owner"])), source_id=SourceId(UUID(arguments["source_id"]))
                    )
                case "library.embed_chunks":
                    await self.application.library.embed_chunks(pause=at_once)
                case "library.recheck_pages":
                    await self.application.library.recheck_pages()
                case "chat.reanchor_citations":
                    await self.application.chat.reanchor_citations(
                        owner=UserId(UUID(arguments["owner"])), source_id=SourceId(UUID(arguments["source_id"]))
                    )
                case "accounts.reset_credits":
                    await self.application.accounts.reset_credits()
                case "accounts.erase":
                    await self.application.accounts.erase_account(owner=UserId(UUID(arguments["owner"])))
                case _:
                    raise AssertionError(f"nobody knows the job {name}")


def memory_application(
    settings: Settings,
    *,
    verifier: TokenVerifier,
    extractor: Extractor,
    database: MemoryDatabase | None = None,
    chat_model: ChatModel | None = None,
    pages: PageFetcher | None = None,
    clock: Clock = utc_now,
) -> InMemory:
    """Everything that the product is, on memory adapters. Two applications may share a database."""
    database, files, jobs = database or MemoryDatabase(), MemoryFileStore(), MemoryJobQueue()
    container = Container(settings=settings, role="memory")
    for provider, value in (
        (container.verifier, verifier),
        (container.extractor, extractor),
        (container.files, files),
        (container.jobs, jobs),
        (container.signals, MemorySourceSignals(reminder=0.05)),
        (container.turn_events, MemoryTurnEvents()),
        (container.uow, OpenMemoryUnitOfWork(database)),
        (container.failed_deliveries, MemoryFailedDeliveries(database)),
        (container.credit_reader, MemoryCreditReader(database)),
        (container.expired_holds, MemoryExpiredHolds(database)),
        (container.credit_resets, MemoryCreditResets(database)),
        (container.ticks, MemoryTicks(database)),
        (container.pending_erasures, MemoryPendingErasures(database)),
        (container.personal_rows, MemoryPersonalData(database)),
        (container.personal_records, MemoryPersonalRecords(database)),
        (container.source_reader, MemorySourceReader(database)),
        (container.stuck_sources, MemoryStuckSources(database)),
        (container.deleted_sources, MemoryDeletedSources(database)),
        (container.page_fetcher, pages or MemoryPageFetcher()),
        (container.pause_at_a_site, 0.0),
        (container.clock, clock),
        (container.page_sources, MemoryPageSources(database)),
        (container.chunk_reader, MemoryChunkReader(database)),
        (container.chunk_index, MemoryChunkIndex(database)),
        (container.vector_archive, MemoryVectorArchive(database)),
        (container.vector_store, MemoryVectorStore()),
        (container.shortcuts, NoShortcuts()),
        (container.former_vectors, MemoryFormerVectors(database)),
        (container.embedding_queue, MemoryEmbeddingQueue(database)),
        (container.unlimited_budget, UnlimitedBudget()),
        (
            container.embedding_outlook,
            MemoryEmbeddingOutlook(
                database,
                model=settings.embedding_model,
                pace=EmbeddingPace(texts_per_request=16, seconds_per_request=30),
            ),
        ),
        (container.exercise_reader, MemoryExerciseReader(database)),
        (container.response_reader, MemoryResponseReader(database)),
        (container.document_reader, MemoryDocumentReader(database)),
        (container.conversation_reader, MemoryConversationReader(database)),
        (container.waiting_citations, MemoryWaitingCitations(database)),
        (container.message_reader, MemoryMessageReader(database)),
        (container.servers, []),
        (container.vector_store_name, "memory"),
    ):
        provider.override(providers.Object(value))
    if chat_model is not None:
        container.chat_model.override(providers.Object(chat_model))
    return InMemory(application=container.application(), database=database, files=files, jobs=jobs)
